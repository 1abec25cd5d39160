"""Options of pytest's that would give numbers that mean nothing, refused with a line each.

A cell runs in a process of its own, one after the other; pytest-benchmark stands around its epochs.
"""

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
    words = [*config.invocation_params.args]
    for name, said in MEANINGLESS.items():
        flag = f"--{name.replace('_', '-')}"
        given = any(str(word).partition("=")[0] == flag for word in words)
        if given and executor != "in-process":
            raise InvalidSetting(f"{said}; use --isolation none")


def is_empty_gate(config: pytest.Config) -> bool:
    """Return whether a regression was asked for, and not one cell was timed."""
    if not config.getoption("benchmark_compare_fail", None):
        return False
    benchmarks = getattr(config, "_benchmarksession", None)
    return benchmarks is not None and not benchmarks.benchmarks
