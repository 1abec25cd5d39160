"""Where the commands of an SVG path lead, for tests that look at what was drawn."""

import re

COMMAND = re.compile(r"([A-Za-z])([^A-Za-z]*)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def ends(path: str) -> list[tuple[float, float] | None]:
    """Return the place at which every absolute command ends; `None` where it closes the path."""
    at, found = (0.0, 0.0), []
    for command, rest in COMMAND.findall(path):
        numbers = [float(number) for number in NUMBER.findall(rest)]
        if command == "H":
            at = (numbers[0], at[1])
        elif command == "V":
            at = (at[0], numbers[0])
        elif numbers:
            at = (numbers[-2], numbers[-1])
        found.append(None if command in "zZ" else at)
    return found
