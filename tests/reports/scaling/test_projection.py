"""The model on paper: fitted to its own numbers it finds them again, and its limits are laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.scaling import projection
from reports.scaling.projection import (
    FREE,
    Fit,
    Link,
    Measured,
    Task,
    bytes_of_memory,
    bytes_per_device,
    fit,
    seconds,
)

TASK = Task(1300, 11, 128, 400_000, 10, 4)
TRUE = {"a": 0.02, "b": 0.1, "h": 0.004, "d": 0.003, "o": 0.0004, "p": 0.001}
FITTED = Fit(TRUE, TRUE, {})


def made(ways: tuple[str, ...]) -> list[Measured]:
    found = []
    for way in ways:
        n = 1 if way == "none" else 2
        for t in (2, 4, 8, 16):
            predicted = seconds(way, t, n, FITTED, TASK, FREE)
            assert predicted is not None
            found.append(Measured(way, t, n, predicted))
    return found


def test_a_model_s_own_numbers_give_back_its_coefficients() -> None:
    found = fit(made(("none", "data", "pipeline")), made(("none", "blocks")), TASK)
    for letter in "abdop":
        assert found.chain[letter] == pytest.approx(TRUE[letter], rel=1e-6)
    for letter in "abh":
        assert found.independent[letter] == pytest.approx(TRUE[letter], rel=1e-6)
    assert max(found.worst.values()) < 1e-6


def test_the_error_is_the_largest_at_a_measured_point() -> None:
    noprop = made(("none", "blocks"))
    off = [*noprop[:-1], Measured("blocks", 16, 2, noprop[-1].seconds * 1.5)]
    found = fit(made(("none", "data", "pipeline")), off, TASK)
    assert 0.05 < found.worst["blocks"] < 0.5


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_laws_of_any_size(t: int, n: int) -> None:
    assert bytes_per_device("blocks", t, n, TASK) == 0
    assert bytes_per_device("data", t, 1, TASK) == 0
    gradients = 4 * TASK.block_parameters * t * TASK.steps
    assert bytes_per_device("data", t, n, TASK) <= 2 * gradients
    assert bytes_of_memory("blocks", t, n, TASK) <= bytes_of_memory("data", t, n, TASK)
    alone, shared = (seconds("blocks", t, k, FITTED, TASK, FREE) for k in (1, n))
    assert alone is not None
    assert shared is not None
    assert shared <= alone + 1e-9
    assert alone == pytest.approx(seconds("none", t, 1, FITTED, TASK, FREE))
    assert (seconds("pipeline", t, n, FITTED, TASK, FREE) is None) == (n > t)
    assert (seconds("data", t, n, FITTED, TASK, FREE) is None) == (2 * n > TASK.batch)


def test_a_slower_link_costs_those_who_use_it() -> None:
    slow = Link(1e6, 1e-3)
    for way, costs in (("blocks", False), ("data", True), ("pipeline", True)):
        on, off = (seconds(way, 16, 8, FITTED, TASK, link) for link in (slow, FREE))
        assert on is not None
        assert off is not None
        assert (on > off) == costs


def test_the_documented_bubble_is_the_formula_s() -> None:
    """With M micro-batches over N devices the share (N - 1) / (M + N - 1) of the time is lost."""
    n, m = 4, TASK.micro_batches
    _, work, _ = projection.terms("pipeline", TASK)(16, n)
    assert (16 / n) / work == pytest.approx(1 - (n - 1) / (m + n - 1))
