"""Learning curves: validation accuracy over training time, the mean over seeds by epoch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reports.input.pairing import Groups, Setting
from reports.input.runs import Curve
from reports.statistics.estimate import mean_interval


@dataclass(frozen=True, slots=True)
class CurveGroup:
    """Learning curves of one method in one setting: the mean over seeds by epoch.

    The mean covers the epochs that every finished run has, so that no epoch averages over fewer
    seeds than the one before. `low` and `high` (percent) are the interval of that mean at each
    epoch, pointwise; `None` where there is none.
    """

    method: str
    setting: Setting
    mean: Curve
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


def curve_groups(
    groups: Groups, curves: Mapping[str, Curve], confidence: float
) -> tuple[CurveGroup, ...]:
    """Learning curves of the finished runs, where there are any."""
    result = []
    for (method, setting), runs in groups.items():
        seeds = tuple(curves[run.cell].timed for run in runs if run.ok and run.cell in curves)
        shared = set.intersection(*(set(curve.epochs) for curve in seeds)) if seeds else set()
        if shared:
            result.append(_curve_group(method, setting, seeds, sorted(shared), confidence))
    return tuple(sorted(result, key=lambda g: (g.setting.order, g.method)))


def _curve_group(
    method: str, setting: Setting, seeds: tuple[Curve, ...], epochs: list[int], confidence: float
) -> CurveGroup:
    rows = [
        dict(zip(c.epochs, zip(c.seconds, c.accuracy, strict=True), strict=True)) for c in seeds
    ]
    values = np.array([[row[epoch] for epoch in epochs] for row in rows])  # seeds x epochs x 2
    seconds = tuple(map(float, values[:, :, 0].mean(axis=0)))
    accuracy = [mean_interval(values[:, i, 1], confidence) for i in range(len(epochs))]
    return CurveGroup(
        method=method,
        setting=setting,
        mean=Curve(tuple(epochs), seconds, tuple(e.point or 0.0 for e in accuracy)),
        low=tuple(e.low for e in accuracy),
        high=tuple(e.high for e in accuracy),
    )
