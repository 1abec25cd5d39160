"""What pytest finds by entry point, so that `pytest --pyargs bench` knows a study's options.

It is loaded in every session of whoever has this project installed, so it does and imports nothing
unless the session asks for `bench` by name.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SESSION = "bench.pytest_session"


def pytest_load_initial_conftests(early_config: "pytest.Config", args: Sequence[str]) -> None:
    """Add the options before the command line is read, where `--pyargs bench` is on it."""
    named = {word.partition("::")[0] for word in args}
    if "--pyargs" in named and named & {"bench", "bench.test_study"}:
        early_config.pluginmanager.import_plugin(SESSION)
