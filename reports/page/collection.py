"""Python's garbage collector, paused while many small objects are made that all live on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the collector, and start it again if it ran. Also a decorator.

    An analysis of 10,000 runs holds a million objects, none of them garbage; the collector would
    look through all of them again and again, which takes a fifth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
