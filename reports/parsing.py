"""How the commands of this package tell what is wrong with a line: on one line."""

import argparse
import sys
from typing import NoReturn

LONGEST = 600
"""Characters of a line that says what is wrong: a value may be a whole file."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line of bearable length."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with exit code 2."""
        from reports.display.words import visible  # takes a second: not before it is needed

        print(f"error: {visible(shortened(message))}", file=sys.stderr)
        sys.exit(2)


def shortened(text: str) -> str:
    """Return `text`, cut where it is longer than anybody reads."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
