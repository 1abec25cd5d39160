"""What each figure says here: one sentence from the data, for below the picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reports.comparisons.estimates import Comparison
from reports.display.numbers import (
    PERCENT,
    POINTS,
    effect_text,
    plain_text,
    quantity_text,
    ratio_text,
    unit_for,
)
from reports.display.words import equation, join, setting_words
from reports.input.metrics import Metric, Quantity, Scale
from reports.page.analysis import Analysis
from reports.pareto.estimates import Front, Point, front_facts
from reports.settings.estimates import CurveGroup, Trend
from reports.statistics.equivalence import Verdict
from reports.trends.estimates import Axis

MOST_MEMBERS = 6
"""Members of a front that are named in its sentence; the table has all."""


def forest_says(comparisons: Sequence[Comparison], analysis: Analysis) -> str:
    """How many intervals lie on one side of no effect, and the largest effects either way."""
    plan = analysis.plan
    shown = [c for c in comparisons if c.verdict in (Verdict.BETTER, Verdict.WORSE)]
    head = (
        f"{len(shown)} of {len(comparisons)} rows show a difference from {plan.baseline}"
        if comparisons
        else "Nothing is compared"
    )
    known = [c for c in comparisons if c.advantage is not None]
    if not known:
        return f"{head}."
    best = max(known, key=lambda c: c.advantage or 0.0)
    worst = min(known, key=lambda c: c.advantage or 0.0)
    ends = [f"most in favour of {_effect_at(best, analysis)}"]
    if worst is not best:
        ends.append(f"least in favour of {_effect_at(worst, analysis)}")
    return f"{head}; the effect is {join(ends)}."


def pairs_say(metric: Metric, comparisons: Sequence[Comparison]) -> str:
    """On how many seeds each candidate is the better one, over all panels."""
    better: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for c in comparisons:
        for ours, theirs in c.pairs.values():
            better[c.candidate] += ours > theirs if metric.higher_is_better else ours < theirs
            total[c.candidate] += 1
    counts = [f"{name} {better[name]} of {total[name]}" for name in total]
    return (
        f"Pairs in which the candidate is {metric.better_words} {comparisons[0].baseline}, all "
        f"panels together: {join(counts)}."
    )


def curves_say(groups: Sequence[CurveGroup], analysis: Analysis) -> str:
    """Where the highest and the lowest mean learning curve end."""
    ends = sorted(groups, key=lambda group: group.mean.accuracy[-1])

    def end(group: CurveGroup) -> str:
        seconds = group.mean.seconds[-1]
        return (
            f"{quantity_text(group.mean.accuracy[-1], PERCENT)} by {group.method} "
            f"({setting_words(group.setting, analysis)}, after "
            f"{quantity_text(seconds, unit_for(Quantity.TIME, [seconds]))} of training)"
        )

    if len(ends) == 1:
        return f"The mean curve ends at {end(ends[0])}."
    return f"Mean curves end between {end(ends[0])} and {end(ends[-1])}."


def trend_says(metric: Metric, over: Axis, trends: Sequence[Trend]) -> str:
    """Which method's mean changes most and least over T or batch size."""
    if not trends:
        return f"There are too few values of {over} in these runs to show a change."
    ordered = sorted(trends, key=lambda trend: trend.change)
    span = f"From the smallest to the largest {over}, mean {metric.name.lower()}"
    by = "a factor of " if metric.scale is not Scale.DIFFERENCE else ""
    if len(ordered) == 1:
        return f"{span} changes by {by}{_change(ordered[0])}."
    return f"{span} changes between {by}{_change(ordered[0])} and {by}{_change(ordered[-1])}."


def front_says(front: Front, analysis: Analysis) -> str:
    """Which settings are on the front, how steady that is, and who is nearly on it."""
    facts = front_facts(front)
    named = [_member(point, front, analysis) for point in facts.members[:MOST_MEMBERS]]
    more = len(facts.members) - len(named)
    rest = f" and {more} more" if more else ""
    verb = "is" if len(facts.members) == 1 else "are"
    says = (
        f"On the front, the cheapest first, {verb} {len(facts.members)} of {facts.compared} "
        f"settings: "
        f"{'; '.join(named)}{rest}."
    )
    if facts.rival is not None and facts.rival.share is not None:
        says += (
            f" Off it, but on it in {100 * facts.rival.share:.0f} % of resamples of the seeds: "
            f"{facts.rival.method} at {setting_words(facts.rival.setting, analysis)}."
        )
    return says


def _member(point: Point, front: Front, analysis: Analysis) -> str:
    assert point.accuracy is not None
    assert point.cost is not None
    unit = unit_for(front.cost.quantity, [point.cost])
    share = "" if point.share is None else f", in {100 * point.share:.0f} % of resamples"
    return (
        f"{point.method} at {setting_words(point.setting, analysis)} "
        f"({quantity_text(point.accuracy, PERCENT)}, {quantity_text(point.cost, unit)}{share})"
    )


def _change(trend: Trend) -> str:
    unit = unit_for(trend.metric.quantity, [trend.first, trend.last])
    fixed = ""
    if trend.axis is Axis.TIMESTEPS:
        fixed = f" at batch size {trend.setting.batch_size}"
    elif trend.setting.timesteps is not None:
        fixed = f" at {equation('T', trend.setting.timesteps)}"
    size = (
        f"{plain_text(trend.change, POINTS)} pp"
        if trend.metric.scale is Scale.DIFFERENCE
        else ratio_text(trend.change)
    )
    return (
        f"{size} for {trend.method}{fixed} (from {quantity_text(trend.first, unit)} at "
        f"{_level(trend.axis, trend.first_level)} to {quantity_text(trend.last, unit)} at "
        f"{_level(trend.axis, trend.last_level)})"
    )


def _level(axis: Axis, level: int) -> str:
    return equation("T", level) if axis is Axis.TIMESTEPS else f"batch size {level}"


def _effect_at(c: Comparison, analysis: Analysis) -> str:
    effect, interval = effect_text(c.paired)
    inside = f" {interval}" if interval else ""
    return f"{c.candidate} at {setting_words(c.setting, analysis)} ({effect}{inside})"
