"""What is drawn where there is more than a figure can show; tables always have all of it."""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol, TypeVar

from reports.display.limits import FEW_METHODS, GRIDS, MOST_METHODS, MOST_PANELS, MOST_PLACES
from reports.display.words import join
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.input.pairing import Means, Setting
from reports.input.plan import Plan


class Placed(Protocol):
    """Anything that has a setting."""

    @property
    def setting(self) -> Setting: ...  # noqa: D102


Item = TypeVar("Item", bound=Placed)
Level = TypeVar("Level")


@dataclass(frozen=True, slots=True)
class Selection:
    """What figures show: methods, and batch sizes and T with a panel of their own.

    `note` is a sentence on what they leave out, if anything.
    """

    methods: tuple[str, ...]
    batch_sizes: tuple[int | None, ...]
    timesteps: tuple[int, ...]
    note: str

    def shows(self, method: str, setting: Setting) -> bool:
        """Whether a figure with a panel per batch size and T shows this."""
        return (
            method in self.methods
            and setting.batch_size in self.batch_sizes
            and (setting.timesteps is None or setting.timesteps in self.timesteps)
        )


def select(context: Context, means: Means) -> Selection:
    """Choose the baseline and the best methods, and levels from lowest to highest."""
    settings = {setting for _, setting in means}
    all_batches = sorted({s.batch_size for s in settings}, key=lambda size: size or 0)
    all_steps = sorted({s.timesteps for s in settings if s.timesteps is not None})
    places = min(len({s.place for s in settings}), MOST_PLACES)
    methods = _drawn_methods(context, means)
    batches, steps = _grid(all_batches, all_steps, places)
    cut = []
    if len(methods) < len(context.methods):
        cut.append(
            f"{len(methods)} of {len(context.methods)} methods, the baseline and those with the "
            f"best mean {_ranked_by(context.plan).name.lower()}"
        )
    if len(batches) < len(all_batches):
        cut.append(f"panels for batch sizes {join([str(b) for b in batches])} only")
    if len(steps) < len(all_steps):
        cut.append(f"panels for T = {join([str(t) for t in steps])} only")
    note = f" Drawn are {join(cut)}; the tables have all." if cut else ""
    return Selection(methods, batches, steps, note)


def _grid(
    batches: Sequence[int | None], steps: Sequence[int], places: int
) -> tuple[tuple[int | None, ...], tuple[int, ...]]:
    """Choose as many batch sizes and T as have room for a panel each."""
    for most_batches, most_steps in ((len(batches), len(steps)), *GRIDS):
        chosen = spread(batches, most_batches), spread(steps, most_steps)
        if len(chosen[0]) * max(1, len(chosen[1])) * places <= MOST_PANELS:
            break
    return chosen


def spread(levels: Sequence[Level], most: int) -> tuple[Level, ...]:
    """Choose at most `most` of sorted `levels`, the lowest and the highest among them."""
    if len(levels) <= most:
        return tuple(levels)
    if most == 1:
        return (levels[-1],)
    last = len(levels) - 1
    return tuple(levels[round(i * last / (most - 1))] for i in range(most))


def by_place(items: Iterable[Item]) -> list[list[Item]]:
    """Put items of one data set and condition together, in their order; not more than fit."""
    parts: dict[Hashable, list[Item]] = {}
    for item in items:
        parts.setdefault(item.setting.place, []).append(item)
    return list(parts.values())[:MOST_PLACES]


def _ranked_by(plan: Plan) -> Metric:
    return plan.accuracy or plan.primary


def _drawn_methods(context: Context, means: Means) -> tuple[str, ...]:
    """Choose all methods, or of very many the baseline and the most accurate."""
    methods, metric = context.methods, _ranked_by(context.plan)
    if len(methods) <= MOST_METHODS:
        return methods
    baseline, *others = methods
    found: dict[str, list[float]] = {}
    for (method, _), estimates in means.items():
        point = estimates[metric.column].point
        if point is not None:
            found.setdefault(method, []).append(point if metric.higher_is_better else -point)
    others.sort(key=lambda name: (-fmean(found.get(name, [-math.inf])), name))
    kept = {baseline, *others[: FEW_METHODS - 1]}
    return tuple(name for name in methods if name in kept)
