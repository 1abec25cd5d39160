"""Two sets of runs of the same cells, compared by seed: the one way to ask what changed.

Commits, machines and releases are compared with it alike.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from reports.comparisons.estimates import Comparison, compare, is_measured
from reports.input.metrics import Metric
from reports.input.pairing import Setting
from reports.input.plan import Plan
from reports.input.runs import Condition, Run

Key = tuple[str, Setting]
"""A method and its setting."""

Cells = Mapping[Key, Mapping[int, Run]]
"""Runs by method and setting, then by seed."""


def cells_of(runs: Iterable[Run], shared: Callable[[Condition], Condition]) -> Cells:
    """Sort runs into cells; `shared` returns what the sets have in common of a condition.

    On which machine a run was made is no part of it: sets of two machines are there to be compared.
    """
    cells: dict[Key, dict[int, Run]] = defaultdict(dict)
    for run in runs:
        setting = Setting(run.dataset, run.batch_size, run.timesteps, shared(run.condition))
        cells[run.method, setting][run.seed] = replace(run, machine="")
    return dict(cells)


def in_both(new: Cells, reference: Cells) -> list[Key]:
    """Return the cells that both sets have, in order."""
    return sorted(new.keys() & reference.keys(), key=order)


def order(key: Key) -> tuple[object, str]:
    """Sorting key: the setting, then the method."""
    return key[1].order, key[0]


def compare_cells(
    new: Cells, reference: Cells, name: str, metric: Metric, plan: Plan
) -> list[Comparison]:
    """Compare every cell in both sets in one metric; `name` is the reference's. Not yet judged."""
    return [
        compare(metric, setting, (method, new[method, setting]), (name, old), plan)
        for method, setting in in_both(new, reference)
        if is_measured(metric, new[method, setting], old := reference[method, setting])
    ]
