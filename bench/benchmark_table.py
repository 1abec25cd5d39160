"""pytest-benchmark's own table: a row per arm over all its seeds, no wider than a terminal.

Its default is a row per run in over 200 columns. Whoever asks for anything of it by an option of
pytest-benchmark's gets what was asked for; files that it writes hold every run in any case.
"""

import re
from typing import Any

import pytest
from pytest_benchmark.stats import Stats

from bench.benchmark_options import given_options

COLUMNS = ["median", "min", "max", "rounds"]

DISPLAY = ("columns", "group-by", "sort", "name", "verbose", "compare", "cprofile", "histogram")
"""pytest-benchmark's options about what it shows: with one of them the table is the user's."""

Row = dict[str, Any]


def keep_to_the_terminal(config: pytest.Config) -> bool:
    """Choose the table's columns, unless the user has; return whether rows are arms, too."""
    if given_options(config) & {f"--benchmark-{name}" for name in DISPLAY}:
        return False
    config.option.benchmark_columns = COLUMNS
    return True


def arms(session: Any, rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Return pytest-benchmark's `rows`, one per run, as groups of one per arm.

    An arm's figures are those of all epochs of all its seeds, by pytest-benchmark's own statistics.
    """
    data = {bench.fullname: bench.stats.data for bench in session.benchmarks if bench}
    together: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        name = re.sub(r"-s\d+$", "", str(row["param"]))
        together.setdefault((row["group"] or "", name), []).append(row)
    groups: dict[str, list[Row]] = {}
    for (group, name), runs in sorted(together.items()):
        stats = Stats()  # type: ignore[no-untyped-call]
        for run in runs:
            for seconds in data[run["fullname"]]:
                stats.update(seconds)  # type: ignore[no-untyped-call]
        seeds = f"{len(runs)} {'seed' if len(runs) == 1 else 'seeds'}"
        figures: Row = stats.as_dict()  # type: ignore[no-untyped-call]
        groups.setdefault(group, []).append(runs[0] | figures | {"name": f"{name}, {seeds}"})
    return list(groups.items())
