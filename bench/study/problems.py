"""Validation errors in a person's words: what was given, where, what would fit; one line each."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from noprop_core.errors import UserError
from noprop_core.words import printable, shortened


class InvalidInput(UserError):
    """Everything that is wrong with one input, all at once."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        """Prefix each problem with `source`, the file it was found in; "" if each says its own."""
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {p}" if source else p for p in problems))


def blamed(lines: Iterable[str], entry: str, option: str) -> list[str]:
    """Return lines about an entry of a study as lines about the option that gave it."""
    begins = (f"{entry}.also.", f"{entry}.", f"{entry}: ", f"{option.removeprefix('--')}: ")
    said = []
    for line in lines:
        for begin in begins:
            line = line.removeprefix(begin)
        said.append(f"{option}: {line}")
    return said


def problems_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return one line per problem that pydantic found in an input for `model`.

    A validator of ours that finds several puts each on a line of its message.
    """
    return [line for detail in error.errors() for line in problems_with(detail, model, prefix)]


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return the line for a key that nothing reads, with the nearest one that something does."""
    choices = sorted(known)
    nearest = difflib.get_close_matches(key, choices, n=1)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"known: {', '.join(choices)}"
    return f"unknown key '{printable(key)}'; {hint}"


def problems_with(detail: Any, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return the lines for one of the errors that pydantic found."""
    location = detail["loc"]
    names = [str(part) for part in location if not isinstance(part, int)]
    where = printable((prefix + ".".join(names)).rstrip("."))
    if detail["type"] == "extra_forbidden":
        table = printable((prefix + ".".join(names[:-1])).rstrip("."))
        line = unknown_key(names[-1], _fields_at(model, location[:-1]))
        return [f"{table}: {line}" if table else line]
    if detail["type"] == "missing":
        return [f"{where} is missing"]
    message = str(detail["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if detail["type"] == "value_error":
        return [f"{where}: {printable(line)}" for line in message.split("\n")]
    return [
        f"{where}: {printable(message)}, got {shortened(printable(repr(detail['input'])), 200)}"
    ]


def _fields_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """List the keys of the table at `location` inside an input for `model`."""
    for part in location:
        if isinstance(part, int):  # a place in a list of tables
            continue
        field = model.model_fields.get(str(part))
        annotation = None if field is None else field.annotation
        tables = [
            kind
            for kind in get_args(annotation) or (annotation,)  # the parts of `Table | None`
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if not tables:
            return []
        model = tables[0]
    entries = getattr(model, "entries", None)
    return list(model.model_fields if entries is None else entries())
