"""Options of pytest's that would give numbers that mean nothing, refused with a line each.

A cell runs in a process of its own, one after the other; pytest-benchmark stands around its epochs.
So are those that pytest-benchmark ends with a traceback for when hours of runs have been made.
"""

import os
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from noprop_core.errors import InvalidSetting

MEANINGLESS = {
    "benchmark_cprofile": "--benchmark-cprofile: would profile the waiting for a run's own process",
    "benchmark_timer": "--benchmark-timer: a run has a process and a clock of its own",
}
"""By pytest-benchmark's name: what is said where it is given, and runs have their own processes."""

GROUPINGS = ("group", "name", "func", "fullname", "fullfunc", "param", "param:cell")
"""What items can be grouped by; the cell is the one parameter that they have."""

NEEDS = 'needs pip install "pytest-benchmark'

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
    refuse_late_ends(config)
    given = given_options(config)
    for name, said in MEANINGLESS.items():
        if f"--{name.replace('_', '-')}" in given and executor != "in-process":
            raise InvalidSetting(f"{said}; use --isolation none")


def refuse_late_ends(config: pytest.Config) -> None:
    """Raise `InvalidSetting` for what pytest-benchmark ends with once all runs have been made."""
    problems = []
    if path := config.getoption("benchmark_json", None):
        folder = Path(path).parent
        if not folder.is_dir():
            problems.append(f"--benchmark-json: there is no folder '{folder}'")
    fails = config.getoption("benchmark_compare_fail", None)
    if fails and not config.getoption("benchmark_compare", None):
        problems.append("--benchmark-compare-fail: needs --benchmark-compare")
    for grouping in (config.getoption("benchmark_group_by", None) or "group").split(","):
        if grouping not in GROUPINGS:
            problems.append(f"--benchmark-group-by: '{grouping}' is none of {', '.join(GROUPINGS)}")
    if config.getoption("benchmark_histogram", None) and not _are_here("pygal", "pygaljs"):
        problems.append(f'--benchmark-histogram: {NEEDS}[histogram]"')
    storage = str(config.getoption("benchmark_storage", None) or "")
    if storage.startswith("elasticsearch+") and not _are_here("elasticsearch"):
        problems.append(f'--benchmark-storage: {NEEDS}[elasticsearch]"')
    if problems:
        raise InvalidSetting("\n".join(problems))


def _are_here(*modules: str) -> bool:
    return all(find_spec(module) is not None for module in modules)


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
