"""What trends over T and batch size say, in one sentence."""

from collections.abc import Sequence

from reports.display.numbers import POINTS, plain_text, quantity_text, ratio_text
from reports.display.words import equation
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.trends.ends import Trend
from reports.trends.estimates import Axis


def trend_says(metric: Metric, over: Axis, trends: Sequence[Trend], context: Context) -> str:
    """Which method's mean changes most and least over T or batch size."""
    if not trends:
        return f"There are too few values of {over} in these runs to show a change."
    ends = [_change(t, context) for t in sorted(trends, key=lambda trend: trend.change)]
    span = f"From the smallest to the largest {over}, mean {metric.name.lower()}"
    by = "a factor of " if not metric.is_difference else ""
    if len(ends) == 1:
        return f"{span} changes by {by}{ends[0]}."
    return f"{span} changes between {by}{ends[0]} and {by}{ends[-1]}."


def _change(trend: Trend, context: Context) -> str:
    unit = context.unit(trend.metric)
    fixed = ""
    if trend.axis is Axis.TIMESTEPS:
        batch = trend.setting.batch_size
        fixed = "" if batch is None else f" at batch size {batch}"
    elif trend.setting.timesteps is not None:
        fixed = f" at {equation('T', trend.setting.timesteps)}"
    size = (
        f"{plain_text(trend.change, POINTS)} {trend.metric.step}".rstrip()
        if trend.metric.is_difference
        else ratio_text(trend.change)
    )
    return (
        f"{size} for {trend.method}{fixed} (from {quantity_text(trend.first, unit)} at "
        f"{_level(trend.axis, trend.first_level)} to {quantity_text(trend.last, unit)} at "
        f"{_level(trend.axis, trend.last_level)})"
    )


def _level(axis: Axis, level: int) -> str:
    return equation("T", level) if axis is Axis.TIMESTEPS else f"batch size {level}"
