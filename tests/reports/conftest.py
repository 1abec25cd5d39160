"""Synthetic studies for the tests of the report."""

import gc
from collections.abc import Callable, Iterator

import pytest
import synthetic
from synthetic import Frames

from reports.input.plan import Plan
from reports.page.analysis import analyse  # noqa: F401  (imported so that freezing covers it)


@pytest.fixture(scope="session", autouse=True)
def quick_garbage_collection() -> Iterator[None]:
    """Let the collection that statsmodels forces at every adjustment skip what is already there."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def study() -> Callable[..., Frames]:
    """Make a study's two frames; the same arguments give the same numbers."""
    return synthetic.study


@pytest.fixture
def plan() -> Plan:
    """Declare nothing but the baseline."""
    return Plan.declared({"title": "A synthetic study", "baseline": "backprop"})
