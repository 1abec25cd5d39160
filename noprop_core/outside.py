"""Other people's code: how `package.module:object` is found."""

import importlib
from typing import Any

from noprop_core.errors import InvalidSetting
from noprop_core.words import one_line


def imported(kind: str, path: str) -> Any:
    """Return the object at `package.module:object`, a `kind` ("method", "data set").

    Raises `InvalidSetting`, whatever goes wrong while it is imported.
    """
    module_name, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module_name), name)
    except (Exception, SystemExit) as error:
        raise InvalidSetting(f"{kind} '{path}' cannot be loaded: {one_line(error)}") from error
