"""Twins: methods whose runs came to the same results, one by one.

The rule is strict. Two methods are twins when they ran the same settings and seeds under the same
condition, at least `FEWEST` of their runs finished, and run by run the same is known and equal, to
the last bit: how the run ended, test and validation accuracy, validation loss, and the validation
accuracy after every epoch. Times may differ, for a clock is no result; so may memory and FLOPs.
Twins are the same computation where peak memory and FLOPs are equal as well.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from reports.input.runs import Curve, Row, Run, row_of

FEWEST = 4
"""Fewer equal runs may be chance: accuracies are counts of images."""
RESULTS = ("test_accuracy", "validation_accuracy", "validation_loss")
COSTS = ("peak_memory_bytes", "flops_per_epoch")
NAME_OF_SAME = " = "
"""Stands between the names of twins where they are shown as one."""

Outcome = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Twins:
    """Methods with the same results, the baseline first, the others sorted by name.

    `same_cost` says that memory and FLOPs are equal too: the same computation.
    """

    methods: tuple[str, ...]
    same_cost: bool

    @property
    def first(self) -> str:
        """The one that the others are named after."""
        return self.methods[0]

    @property
    def others(self) -> tuple[str, ...]:
        """All but the first."""
        return self.methods[1:]


def find_twins(
    runs: Iterable[Run],
    rows: Mapping[tuple[str, str], Row],
    curves: Mapping[str, Curve],
    baseline: str,
) -> tuple[Twins, ...]:
    """Find all twins among the latest runs of every seed; those of the same cost come first.

    `rows` are those of the runs frame, `curves` learning curves by cell; neither has to hold
    everything.
    """
    results: dict[str, dict[Outcome, Outcome]] = defaultdict(dict)
    costs: dict[str, dict[Outcome, Outcome]] = defaultdict(dict)
    finished: dict[str, int] = defaultdict(int)
    for run in runs:
        place = (run.dataset, run.batch_size, run.timesteps, run.seed, run.condition)
        row, curve = row_of(run, rows), curves.get(run.cell)
        known = _numbers(row, RESULTS)
        results[run.method][place] = (run.status, known, curve.accuracy if curve else ())
        costs[run.method][place] = _numbers(row, COSTS)
        finished[run.method] += run.ok and known[0] is not None
    names = sorted(results, key=lambda name: (name != baseline, name))
    alike = [n for n in names if finished[n] >= FEWEST]
    same_results = _classes(alike, results)
    same_cost = [
        group
        for one in same_results
        for group in _classes(one, costs)
        if any(cost[0] is not None for cost in costs[group[0]].values())
    ]
    return (
        *(Twins(group, same_cost=True) for group in same_cost),
        *(Twins(group, same_cost=False) for group in same_results if group not in same_cost),
    )


def _classes(
    names: Iterable[str], known: Mapping[str, Mapping[Outcome, Outcome]]
) -> list[tuple[str, ...]]:
    """Put methods together of which the same is known; none that stands alone."""
    groups: dict[frozenset[tuple[Outcome, Outcome]], list[str]] = defaultdict(list)
    for name in names:
        groups[frozenset(known[name].items())].append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _numbers(row: Row, columns: Iterable[str]) -> tuple[float | None, ...]:
    return tuple(_number(row.get(column)) for column in columns)


def _number(value: object) -> float | None:
    """Return a finite number; whatever else a foreign frame holds there is none."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None
