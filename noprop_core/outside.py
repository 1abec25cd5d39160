"""Other people's code: how `package.module:object` is found."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager, suppress
from typing import Any

from noprop_core.errors import InvalidSetting
from noprop_core.streams import streams_kept
from noprop_core.words import one_line


def imported(kind: str, path: str) -> Any:
    """Return the object at `package.module:object`, a `kind` ("method", "data set").

    Raises `InvalidSetting`, whatever goes wrong while it is imported.
    """
    module_name, _, name = path.partition(":")
    try:
        with harmless():
            return getattr(importlib.import_module(module_name), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise InvalidSetting(f"{kind} '{path}' cannot be loaded: {one_line(error)}") from error


@contextmanager
def harmless() -> Iterator[None]:
    """Keep what other people's code sets for the whole process from whoever comes after it.

    That is the current folder, the import path, the streams that we print to, and torch's switches.
    """
    with ExitStack() as kept:
        kept.callback(_put_back, [*sys.path])
        with suppress(OSError):  # it has been removed, or may not be looked up
            kept.enter_context(chdir(os.curdir))
        kept.enter_context(streams_kept())
        if "torch" in sys.modules:
            from noprop_core.torch_state import kept_as_it_is

            kept.enter_context(kept_as_it_is())
        yield


def _put_back(path: list[str]) -> None:
    """Put entries of the import path back that were taken away; what was added may be needed."""
    sys.path.extend(entry for entry in path if entry not in sys.path)
