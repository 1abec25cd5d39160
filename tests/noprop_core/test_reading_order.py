"""The package's own description names every module of it."""

import pkgutil
import re

import noprop_core


def test_the_reading_order_names_every_module() -> None:
    named = set(re.findall(r"`(\w+)", noprop_core.__doc__ or ""))
    assert {module.name for module in pkgutil.iter_modules(noprop_core.__path__)} <= named
