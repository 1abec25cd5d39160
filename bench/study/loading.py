"""A study read from its file, with what the command line replaces, every problem told at once."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bench.study.given import option_of, options_of
from bench.study.named import path_of
from bench.study.options import problems_of_known_methods
from bench.study.overriding import overridden
from bench.study.problems import InvalidInput, blamed, problems_with
from bench.study.study import PART_OF_A_STUDY, Study
from bench.study.whole_numbers import TOO_LARGE, too_large
from noprop_core.words import one_line, printable


def load_study(reference: str, overrides: Mapping[str, Any] | None = None) -> Study:
    """Return the study called `reference`, or the one in the file at that path.

    `overrides` replaces entries (the command line's options), see `overridden`. Raises
    `UnknownName` or `InvalidInput`, which lists every problem.
    """
    path = path_of(reference)
    if path.exists() and not path.is_file():  # a pipe would be waited for, and is read twice
        raise InvalidInput(printable(str(path)), ["cannot be read: is no regular file"])
    try:
        with path.open("rb") as file:
            # A folder of results keeps its study as JSON, which can be run again as it is.
            content = json.load(file) if reference.endswith(".json") else tomllib.load(file)
        if not isinstance(content, dict):
            raise ValueError("it holds no table")
    except (OSError, ValueError, RecursionError) as error:
        said = f"cannot be read: {one_line(str(error))}"
        raise InvalidInput(printable(str(path)), [said]) from error
    content.setdefault("name", path.stem)
    given = overrides or {}
    # The file alone has been found sound, or will be: what is wrong now came with the options.
    source = " with ".join([path.name, *([" ".join(options_of(given))] if given else [])])
    part = not given.keys().isdisjoint({"methods", "timesteps"})
    blamed_on = {**given, **dict.fromkeys(("options", "method") if "set" in given else ())}
    return build_study(overridden(content, given), source, part=part, given=blamed_on)


def build_study(
    content: Mapping[str, Any],
    source: str,
    *,
    part: bool = False,
    given: Mapping[str, Any] | None = None,
) -> Study:
    """Validate a study's entries; raises `InvalidInput`, which names `source`.

    With `part`, only some of a study's methods run this time, perhaps without the baseline. An
    entry that is in `given` came from the command line: its option is named instead.
    """
    given = given or {}
    lines = [
        line
        for place in too_large(content)
        for line in _of_entry(place, [f"{_named(place)}: {TOO_LARGE}"], source, given)
    ]
    if lines:  # before anything computes with them
        raise InvalidInput("", lines)
    try:
        return Study.model_validate(content, context=PART_OF_A_STUDY if part else None)
    except ValidationError as error:
        for detail in error.errors():
            lines += _of_entry(detail["loc"], problems_with(detail, Study), source, given)
        # Where a method is unknown, pydantic has not looked at the others' options.
        if any(detail["loc"][:1] == ("methods",) for detail in error.errors()):
            lines += [f"{source}: {p}" for p in problems_of_known_methods(content)]
        raise InvalidInput("", lines) from error


def _of_entry(
    place: tuple[int | str, ...], found: list[str], source: str, given: Mapping[str, Any]
) -> list[str]:
    """Return problems of the entry at `place` with what it came from before them."""
    option = option_of(place, given)
    entry = str(place[0]) if place else ""
    return blamed(found, entry, option) if option else [f"{source}: {line}" for line in found]


def _named(place: tuple[int | str, ...]) -> str:
    return printable(".".join(part for part in place if isinstance(part, str)))
