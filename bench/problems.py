"""Validation errors in a person's words: what was given, where, what would fit; one line each."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from noprop_core.errors import UserError


class InvalidInput(UserError):
    """Everything that is wrong with one input, all at once."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        """Prefix each problem with `source`, the file or command line it was found in."""
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))


def problems_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return one line per problem that pydantic found in an input for `model`."""
    return [_problem(detail, model, prefix) for detail in error.errors()]


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return the line for a key that nothing reads, with the nearest one that something does."""
    choices = sorted(known)
    nearest = difflib.get_close_matches(key, choices, n=1)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"known: {', '.join(choices)}"
    return f"unknown key '{key}'; {hint}"


def _problem(detail: Any, model: type[BaseModel], prefix: str) -> str:
    location = detail["loc"]
    where = prefix + ".".join(str(part) for part in location if not isinstance(part, int))
    if detail["type"] == "extra_forbidden":
        table = ".".join(str(part) for part in location[:-1])
        inside = f"{prefix}{table}: " if table or prefix else ""
        return inside + unknown_key(str(location[-1]), _fields_at(model, location[:-1]))
    if detail["type"] == "missing":
        return f"{where} is missing"
    given = detail["input"]
    message = str(detail["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if detail["type"] == "value_error":
        return f"{where}: {message}"
    return f"{where}: {message}, got {given!r}"


def _fields_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """List the keys of the table at `location` inside an input for `model`."""
    for part in location:
        field = model.model_fields.get(str(part))
        inner = None if field is None else field.annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)
