"""Other people's code: how `package.module:object` is found."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
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

    That is the current folder, the streams that we print to, and torch's switches.
    """
    with chdir(os.curdir), streams_kept():
        if "torch" not in sys.modules:
            yield
            return
        from noprop_core.torch_state import kept_as_it_is

        with kept_as_it_is():
            yield
