"""Chromium as it is installed here, and how it is started."""

from __future__ import annotations

import importlib.util
import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("playwright", "axe_playwright_python")
HOW = "`tox run -e browser` installs what it can and runs these tests"


def path() -> str | None:
    """Return the path of the first Chromium there is."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def what_is_missing() -> str | None:
    """Return why no browser test can run here and what to do, or None."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if path() is None:
        missing.append(f"Chromium ({', '.join(NAMES)})")
    return f"needs {' and '.join(missing)}: {HOW}" if missing else None


def arguments() -> list[str]:
    """Return switches that keep Chromium from asking, updating and calling home."""
    switches = [
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--disable-gpu",
    ]
    # Chromium refuses its sandbox to root, which is what containers run as.
    return [*switches, "--no-sandbox"] if os.geteuid() == 0 else switches
