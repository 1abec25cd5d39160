"""Methods against metrics: each entry a value, an effect with its interval, and the verdict."""

import math
from collections.abc import Sequence

from reports.answer.estimates import Arm
from reports.answer.words import answer_sentence, over_words, question, short_sentence, under_words
from reports.comparisons.estimates import Comparison
from reports.display.answer import Answer, Entry, MatrixColumn, MatrixRow
from reports.display.forest import Bar, Effect, Forest, forest
from reports.display.numbers import NO_NUMBER, effect_text, plain_text
from reports.display.setting import place_words
from reports.display.verdicts import VERDICT_SIGNS, css_class
from reports.display.words import confidence_words, join, levels
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.input.units import Unit

FOREST_WIDTH = 100
"""Pixels: five metrics stand side by side on a laptop's screen."""

OWN_TIMESTEPS = (
    ", each over the T below its method's name, so that two of them are no pair; effects are of "
    "what both ran"
)


def answer(arms: Sequence[Arm], context: Context) -> Answer | None:
    """Return what the study says first, or `None` where nothing is compared."""
    metrics = [metric for metric in headed(context) if _is_there(metric, arms, context)]
    candidates = [arm for arm in arms if arm.method != context.plan.baseline]
    if not metrics or not any(arm.pooled for arm in candidates):
        return None
    columns = [_Column(metric, arms, context.unit(metric)) for metric in metrics]
    return Answer(
        question=question(arms, context),
        sentences=tuple((arm.method, answer_sentence(arm, metrics, context)) for arm in candidates),
        short=_short(candidates, metrics, context),
        under=under_words(context),
        columns=tuple(column.head for column in columns),
        rows=tuple(
            MatrixRow(
                place="" if _one_place(arms) else place_words(arm.place, context),
                method=arm.method,
                note=_note(arm, arms, context),
                entries=tuple(column.entry(arm) for column in columns),
            )
            for arm in arms
        ),
        how_to_read=(
            f"{_over_all(candidates)}Values are means over settings and seeds"
            f"{OWN_TIMESTEPS if _unlike_timesteps(arms) else ''}. An effect is "
            f"against {context.plan.baseline}, averaged over settings within each seed, with its "
            f"{confidence_words(context)} interval; the line is no effect, the shade the margin "
            "that does not matter. Colour and sign are the verdict, adjusted for the number of "
            "candidates."
            f"{_why_no_times(headed(context), metrics)}"
        ),
    )


def _short(
    candidates: Sequence[Arm], metrics: Sequence[Metric], context: Context
) -> tuple[tuple[str, str], ...]:
    said = {arm.method: short_sentence(arm, metrics, context) for arm in candidates}
    if not _over_all(candidates):
        said = {arm.method: f"{said[arm.method]} {over_words(arm)}".rstrip() for arm in candidates}
    return tuple(said.items())


def _over_all(candidates: Sequence[Arm]) -> str:
    """Say what all answers rest on, where that is the same."""
    over = {over_words(arm) for arm in candidates}
    return f"{over.pop()} " if len(over) == 1 else ""


def _is_there(metric: Metric, arms: Sequence[Arm], context: Context) -> bool:
    """Leave out what nobody measured because seeds were computed as one."""
    values = (arm.values.get(metric.column) for arm in arms)
    return not context.has_stacked_seeds or any(value is not None for value in values)


def _why_no_times(declared: Sequence[Metric], shown: Sequence[Metric]) -> str:
    absent = [metric.name for metric in declared if metric not in shown]
    if not absent:
        return ""
    return (
        f" Seeds were computed as one (stack_seeds), which leaves no run a time or memory of its "
        f"own: {join(absent)} {'have no column' if len(absent) > 1 else 'has no column'}."
    )


def headed(context: Context) -> list[Metric]:
    """Return the metrics of the answer, the primary one first."""
    found = [metric for metric in context.metrics if context.plan.heads(metric)]
    return sorted(found, key=lambda metric: metric.column != context.plan.primary_metric)


class _Column:
    """One metric over all arms: its unit, its axis, and the entries below it."""

    def __init__(self, metric: Metric, arms: Sequence[Arm], unit: Unit) -> None:
        self.metric, self.unit = metric, unit
        self.compared = [arm for arm in arms if metric.column in arm.pooled]
        comparisons = [arm.pooled[metric.column].comparison for arm in self.compared]
        self.forest = _forest(comparisons)
        axis = self.forest.axis if self.forest else None
        self.head = MatrixColumn(metric.name, self.unit.symbol, axis)

    def entry(self, arm: Arm) -> Entry:
        value = arm.values.get(self.metric.column)
        text = NO_NUMBER if value is None else plain_text(value, self.unit)
        if value is not None and math.isinf(value):
            text = "not reached"
        if arm not in self.compared:
            return Entry(text)
        c = arm.pooled[self.metric.column].comparison
        effect, interval = effect_text(c.paired, c.metric.step)
        return Entry(
            value=text,
            effect=effect,
            interval=interval if interval.startswith("[") else "",
            verdict=css_class(c.verdict),
            verdict_words=f"{VERDICT_SIGNS[c.verdict]} {c.verdict}",
            bar=self._bar(self.compared.index(arm)),
        )

    def _bar(self, index: int) -> Bar | None:
        return self.forest.bars[index] if self.forest else None


def _forest(comparisons: Sequence[Comparison]) -> Forest | None:
    if not comparisons:
        return None
    effects = [
        Effect(c.paired.effect.point, c.paired.effect.low, c.paired.effect.high, ())
        for c in comparisons
    ]
    first = comparisons[0].paired
    ratio = first.kind != "difference"
    return forest(effects, margin=first.margin, ratio=ratio, width=FOREST_WIDTH)


def _one_place(arms: Sequence[Arm]) -> bool:
    return len({arm.place for arm in arms}) <= 1


def _note(arm: Arm, arms: Sequence[Arm], context: Context) -> str:
    notes = ["baseline"] if arm.method == context.plan.baseline else []
    if arm.twins:
        notes.append(f"{join(arm.twins)}: equal run by run")
    if arm.same_results:
        notes.append(f"results equal to {join(arm.same_results)} run by run")
    if arm.timesteps and _unlike_timesteps(arms):
        notes.append(f"T = {levels(arm.timesteps)}")
    return "; ".join(notes)


def _unlike_timesteps(arms: Sequence[Arm]) -> bool:
    """Return whether values are means over other T in one arm than in another."""
    return len({arm.timesteps for arm in arms if arm.timesteps}) > 1
