"""A picture of a page, taken by a Chromium that is installed."""

import os
import shutil
import subprocess
from pathlib import Path

from reports.files.output import whole_file

NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = f"no picture without one of {', '.join(NAMES)}"
WIDTH, HEIGHT = 1280, 1130
"""Pixels: a laptop's width, and the answer without what follows."""
LONGEST = 120.0
"""Seconds."""


def take_picture(page: Path, picture: Path) -> bool:
    """Write what the top of `page` looks like as a PNG; return whether there was a browser."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        return False
    # Chromium refuses its sandbox to root, which is what containers run as.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with whole_file(picture) as written:
        png = written.with_suffix(".png")
        words = [
            browser, "--headless", *as_root, "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-dev-shm-usage", "--force-device-scale-factor=1",
            f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={png}", page.resolve().as_uri(),
        ]  # fmt: skip
        subprocess.run(words, check=True, capture_output=True, timeout=LONGEST)
        png.replace(written)
    return True
