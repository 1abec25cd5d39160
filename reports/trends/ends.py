"""How far a mean moves from the smallest to the largest T or batch size."""

from collections import defaultdict
from dataclasses import dataclass

from reports.input.metrics import Metric
from reports.input.pairing import Means, Setting
from reports.input.plan import Plan
from reports.trends.estimates import Axis


@dataclass(frozen=True, slots=True)
class Trend:
    """A metric's mean at one method's smallest and largest T or batch size, the other held fixed.

    `setting` is that of the smallest.
    """

    axis: Axis
    method: str
    setting: Setting
    metric: Metric
    first_level: int
    last_level: int
    first: float
    last: float

    @property
    def change(self) -> float:
        """Difference where the metric is compared by differences, else a ratio."""
        if self.metric.is_difference:
            return self.last - self.first
        return self.last / self.first


def trends(means: Means, plan: Plan) -> tuple[Trend, ...]:
    """First and last mean of every method and metric over T and over batch size, where they vary.

    Methods without T have a change over batch size only.
    """
    lines: dict[tuple[object, ...], list[tuple[int, str, Setting]]] = defaultdict(list)
    for method, s in means:
        fixed = (method, *s.place)
        if s.batch_size is not None:
            lines[Axis.BATCH_SIZE, *fixed, s.timesteps].append((s.batch_size, method, s))
        if s.timesteps is not None:
            lines[Axis.TIMESTEPS, *fixed, s.batch_size].append((s.timesteps, method, s))
    result = []
    for (axis, *_), line in lines.items():
        for metric in plan.measured:
            points = [
                (level, point, method, setting)
                for level, method, setting in line
                if (estimate := means[method, setting].get(metric.column)) is not None
                and (point := estimate.point) is not None
            ]
            if len(points) < 2:
                continue
            first, last = min(points, key=_level), max(points, key=_level)
            if first[1] > 0:
                result.append(
                    Trend(
                        Axis(str(axis)), first[2], first[3], metric,
                        first[0], last[0], first[1], last[1],
                    )
                )  # fmt: skip
    return tuple(result)


def _level(point: tuple[int, float, str, Setting]) -> int:
    return point[0]
