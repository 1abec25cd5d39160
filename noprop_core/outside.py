"""Other people's code: how `package.module:object` is found."""

import importlib
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from noprop_core.errors import InvalidSetting
from noprop_core.words import one_line


def imported(kind: str, path: str) -> Any:
    """Return the object at `package.module:object`, a `kind` ("method", "data set").

    Raises `InvalidSetting`, whatever goes wrong while it is imported.
    """
    module_name, _, name = path.partition(":")
    try:
        with _harmless():
            return getattr(importlib.import_module(module_name), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise InvalidSetting(f"{kind} '{path}' cannot be loaded: {one_line(error)}") from error


def _harmless() -> AbstractContextManager[None]:
    """Keep what a module does to torch when it is imported from whoever comes after it."""
    if "torch" not in sys.modules:
        return nullcontext()
    from noprop_core.torch_state import kept_as_it_is

    return kept_as_it_is()
