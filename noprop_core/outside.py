"""Other people's code: how `package.module:object` is found, and how its errors are told."""

import importlib
from typing import Any

from noprop_core.errors import InvalidSetting


def imported(kind: str, path: str) -> Any:
    """Return the object at `package.module:object`, a `kind` ("method", "data set").

    Raises `InvalidSetting`, whatever goes wrong while it is imported.
    """
    module_name, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module_name), name)
    except (Exception, SystemExit) as error:
        raise InvalidSetting(f"{kind} '{path}' cannot be loaded: {one_line(error)}") from error


def one_line(error: BaseException) -> str:
    """Return kind and message of an error as one printable line of at most 300 characters."""
    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in said)
