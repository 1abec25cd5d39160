"""Which runs meet which: settings, groups of runs, and where a candidate meets the baseline."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reports.input.runs import Condition, Run
from reports.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Setting:
    """What two compared runs have in common, the seed apart.

    `timesteps` None: no T at all; `batch_size` None: the frame has no batch sizes.
    """

    dataset: str
    batch_size: int | None
    timesteps: int | None
    condition: Condition

    @property
    def order(self) -> tuple[str, int, int, Condition]:
        """Sorting key: data set, batch size, T, condition."""
        return (self.dataset, self.batch_size or 0, self.timesteps or 0, self.condition)

    @property
    def place(self) -> tuple[str, Condition]:
        """Data set and condition: what is never pooled across."""
        return (self.dataset, self.condition)


Groups = Mapping[tuple[str, Setting], tuple[Run, ...]]
"""Runs by method and setting."""

Means = Mapping[tuple[str, Setting], Mapping[str, Estimate]]
"""A mean per metric's column, by method and setting."""


def group_runs(runs: Iterable[Run]) -> Groups:
    """Sort runs by method and setting."""
    groups: dict[tuple[str, Setting], list[Run]] = defaultdict(list)
    for run in runs:
        setting = Setting(run.dataset, run.batch_size, run.timesteps, run.condition)
        groups[run.method, setting].append(run)
    return {key: tuple(group) for key, group in groups.items()}


def meetings(groups: Groups, baseline: str) -> list[tuple[str, Setting]]:
    """List the (candidate, setting) pairs where a candidate and the baseline should meet.

    A method without T meets the baseline at every T the other side has, with the same runs; two
    methods without T meet once.
    """
    cells = defaultdict(set)
    methods = defaultdict(set)
    for method, setting in groups:
        place = (setting.dataset, setting.batch_size, setting.condition)
        cells[place].add((method, setting.timesteps))
        methods[setting.place].add(method)
    found = []
    for (dataset, batch_size, condition), present in cells.items():
        steps = {timesteps for _, timesteps in present if timesteps is not None}
        names = methods[dataset, condition]
        if baseline not in names:
            continue
        for candidate in names - {baseline}:
            either = {t for method, t in present if method in (candidate, baseline)}
            if not either:
                continue
            with_t = steps if either - {None} else {None}
            found += [
                (candidate, Setting(dataset, batch_size, timesteps, condition))
                for timesteps in with_t
            ]
    return sorted(found, key=lambda meeting: (meeting[1].order, meeting[0]))


def runs_at(groups: Groups, method: str, setting: Setting) -> dict[int, Run]:
    """Find runs of `method` by seed; a method without T serves every T."""
    runs = groups.get((method, setting)) or groups.get((method, replace(setting, timesteps=None)))
    return {run.seed: run for run in runs or ()}


def paired_values(
    ours: Mapping[int, Run], theirs: Mapping[int, Run], column: str
) -> dict[int, tuple[float, float]]:
    """Values of both sides by seed, in the order of seeds, where both sides have one.

    Two runs on unlike kinds of machine make no pair.
    """
    pairs = {}
    for seed in sorted(ours.keys() & theirs.keys()):
        if ours[seed].machine != theirs[seed].machine:
            continue
        x, y = ours[seed].values.get(column), theirs[seed].values.get(column)
        if x is not None and y is not None:
            pairs[seed] = (x, y)
    return pairs
