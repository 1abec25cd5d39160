"""Options of pytest's that would give numbers that mean nothing, refused with a line each.

A cell runs in a process of its own, one after the other; pytest-benchmark stands around its epochs.
"""

import os
import shlex

import pytest

from noprop_core.errors import InvalidSetting

MEANINGLESS = {
    "benchmark_cprofile": "--benchmark-cprofile: would profile the waiting for a run's own process",
    "benchmark_timer": "--benchmark-timer: a run has a process and a clock of its own",
}
"""By pytest-benchmark's name: what is said where it is given, and runs have their own processes."""

EMPTY_GATE = (
    "error: --benchmark-compare-fail: nothing was timed, so nothing was compared; --rerun times "
    "the cells again"
)


def refuse_meaningless(config: pytest.Config, executor: str) -> None:
    """Raise `InvalidSetting` for options with which the session would measure something else."""
    workers = config.getoption("numprocesses", None)
    if isinstance(workers, int) and workers > 1:
        raise InvalidSetting(
            f"-n {workers}: cells that run side by side disturb each other's times; "
            f"python -m bench.run --jobs {workers} gives each cores of its own and says so"
        )
    if workers is None and (places := config.getoption("tx", None)):
        raise InvalidSetting(
            f"--tx {' '.join(places)}: cells that run side by side disturb each other's times; "
            "python -m bench.run --jobs gives each cores of its own and says so"
        )
    given = given_options(config)
    for name, said in MEANINGLESS.items():
        if f"--{name.replace('_', '-')}" in given and executor != "in-process":
            raise InvalidSetting(f"{said}; use --isolation none")


def given_options(config: pytest.Config) -> set[str]:
    """Return the options that were typed, or stand where pytest reads more, without values."""
    more = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.getini("addopts")]
    words = [*config.invocation_params.args, *more]
    return {str(word).partition("=")[0] for word in words}


def is_empty_gate(config: pytest.Config) -> bool:
    """Return whether a regression was asked for, and not one cell was timed."""
    if not config.getoption("benchmark_compare_fail", None):
        return False
    benchmarks = getattr(config, "_benchmarksession", None)
    return benchmarks is not None and not benchmarks.benchmarks
