"""A pooled comparison in words: the one answer, and what it is an average over."""

from reports.comparisons.pooled import PooledComparison
from reports.comparisons.words import comparison_sentences, reason_words
from reports.display.numbers import effect_text, number, p_phrase
from reports.display.setting import arm_words
from reports.display.words import counted, equation, join
from reports.input.context import Context


def pooled_sentences(pooled: PooledComparison, context: Context) -> str:
    """Say what a candidate shows over all settings, and name settings that are not in it."""
    said = comparison_sentences(pooled.comparison, context.plan, over_words(pooled, context))
    return " ".join([said, *_one_sided(pooled), *_secondary(pooled)])


def pooled_headline(pooled: PooledComparison, context: Context) -> str:
    """Give the answer in one line, for the top of the page: verdict, effect, n, reason."""
    c = pooled.comparison
    head = f"Over all: {c.verdict} ({reason_words(c)})"
    if not c.n:
        return f"{head}."
    effect, interval = effect_text(c.paired, c.metric.step)
    inside = f" {interval}" if interval else ""
    place = over_words(pooled, context)
    p = "" if c.adjusted.p is None else f", {p_phrase(c.adjusted.p)}"
    return f"{head}; {effect}{inside}, {place}, {equation('n', c.n)}{p}."


def over_words(pooled: PooledComparison, context: Context) -> str:
    """`mean over 4 settings`, or `mean over 3 of 4 settings`, with the data set where it varies."""
    place = "" if context.one_dataset else f"{pooled.comparison.setting.dataset}, "
    every = len(pooled.settings) + len(pooled.one_sided)
    part = f"{len(pooled.settings)} of " if pooled.one_sided else ""
    return f"{place}mean over {part}{counted(every, 'setting')}"


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
