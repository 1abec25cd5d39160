"""A pooled comparison in words: the one answer, and what it is an average over."""

from reports.comparisons.estimates import Comparison
from reports.comparisons.pooled import PooledComparison
from reports.comparisons.words import comparison_sentences, reason_words
from reports.display.numbers import effect_text, number, p_phrase
from reports.display.setting import arm_words
from reports.display.words import counted, equation, join
from reports.input.context import Context


def pooled_sentences(pooled: PooledComparison, context: Context) -> str:
    """Say what a candidate shows over all settings, and name settings that are not in it."""
    c = pooled.comparison
    unit = context.unit(c.metric)
    said = comparison_sentences(c, context.plan, over_words(pooled, context), unit)
    parts = [said, *_interactions(pooled, context), *_one_sided(pooled), *_secondary(pooled)]
    return " ".join(parts)


def pooled_headline(pooled: PooledComparison, context: Context) -> str:
    """Give the answer in one line, for the top of the page: verdict, effect, n, reason."""
    c = pooled.comparison
    head = f"Over all: {c.verdict} ({reason_words(c)})"
    failed = failed_words(c)
    if not c.n:
        return f"{head}{failed}."
    effect, interval = effect_text(c.paired, c.metric.step)
    inside = f" {interval}" if interval else ""
    place = over_words(pooled, context)
    p = "" if c.adjusted.p is None else f", {p_phrase(c.adjusted.p)}"
    return f"{head}; {effect}{inside}, {place}, {equation('n', c.n)}{p}{failed}."


def failed_words(c: Comparison) -> str:
    """`; failed: 2 of 24 runs against 0 of 24`, or nothing where all finished."""
    if not (c.candidate_failures or c.baseline_failures):
        return ""
    return (
        f"; failed: {c.candidate_failures} of {counted(c.candidate_runs, 'run')} against "
        f"{c.baseline_failures} of {c.baseline_runs}"
    )


def over_words(pooled: PooledComparison, context: Context) -> str:
    """`mean over 4 settings`, or `mean over 3 of 4 settings`, with the data set where it varies."""
    place = "" if context.one_dataset else f"{pooled.comparison.setting.dataset}, "
    every = len(pooled.settings) + len(pooled.one_sided)
    part = f"{len(pooled.settings)} of " if pooled.one_sided else ""
    return f"{place}mean over {part}{counted(every, 'setting')}"


def _interactions(pooled: PooledComparison, context: Context) -> list[str]:
    """Say that the effect is not the same in all settings, where that is shown."""
    shown = {a: p for a, p in pooled.interactions.items() if p < context.plan.alpha}
    if not shown:
        return []
    axes = join([f"{axis} ({p_phrase(p)}, adjusted)" for axis, p in shown.items()])
    return [f"The effect depends on {axes}: the mean over settings hides that."]


def _one_sided(pooled: PooledComparison) -> list[str]:
    if not pooled.one_sided:
        return []
    names = join([arm_words(s.batch_size, s.timesteps) for s in pooled.one_sided])
    return [f"Not in that mean, with fewer than 3 seeds of both: {names}."]


def _secondary(pooled: PooledComparison) -> list[str]:
    """Probabilities under a flat prior, labelled as secondary."""
    found = pooled.beliefs
    if found is None or pooled.comparison.paired.tests is None:
        return []
    shares = [
        f"{number(100 * share, 1)} % {word}"
        for share, word in (
            (found.worse, "worse"),
            (found.equal, "practically equal"),
            (found.better, "better"),
        )
    ]
    chance = ""
    if pooled.chance is not None:
        c = pooled.chance
        says = f": {c.says}" if c.point > 0.5 else ""
        chance = f" P(better on a seed) {c.point:.2f} [{c.low:.2f}, {c.high:.2f}]{says}."
    return [f"Secondary, under a flat prior: {', '.join(shares)} at the margin.{chance}"]
