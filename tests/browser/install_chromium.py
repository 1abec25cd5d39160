"""`python tests/browser/install_chromium.py`: install Debian's Chromium where there is none.

It needs root and apt-get; without them it says in one line what to do, and is no failure: the
tests are then skipped with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import chromium

INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
PLEASE = f"install one of {', '.join(chromium.NAMES)}, and run this again"


def main() -> int:
    """Install Chromium if it is missing and can be installed; return 0 in any case."""
    found = chromium.path()
    if found is not None:
        print(f"Chromium is there: {found}")
    elif os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"no Chromium, and no apt-get as root to install it with: {PLEASE}")
    elif failure := _installed():
        print(f"no Chromium, and apt-get could not install it ({failure}): {PLEASE}")
    else:
        print(f"installed {chromium.path()}")
    return 0


def _installed() -> str:
    """Install it; return the last line of what went wrong, or nothing."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "update"), INSTALL):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return "" if chromium.path() else "it is not on the PATH"


if __name__ == "__main__":
    sys.exit(main())
