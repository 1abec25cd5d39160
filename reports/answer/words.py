"""The question of a study, and its answer in a sentence per candidate."""

from collections.abc import Callable, Sequence

from reports.answer.estimates import Arm
from reports.comparisons.estimates import Comparison
from reports.display.numbers import effect_text, p_phrase
from reports.display.words import counted, join
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.statistics.equivalence import DIFFERENT, Verdict
from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL

WORDS = {
    Verdict.BETTER: "better",
    Verdict.BETTER_FINISHED: "better among finished runs",
    Verdict.WORSE: "worse",
    Verdict.EQUIVALENT: "equivalent",
    Verdict.INCONCLUSIVE: "undecided",
}
"""In the order in which a sentence has them."""


def question(arms: Sequence[Arm], context: Context) -> str:
    """Return `What do 4 methods change against backprop?`."""
    count = len({arm.method for arm in arms} - {context.plan.baseline})
    who = "one method" if count == 1 else f"{count} methods"
    return f"What {'does' if count == 1 else 'do'} {who} change against {context.plan.baseline}?"


def answer_sentence(arm: Arm, metrics: Sequence[Metric], context: Context) -> str:
    """Say in one sentence what a candidate's pooled comparisons allow to say, by verdict."""
    return f"{_sentence(arm, metrics, context, _effect)} {over_words(arm)}".rstrip()


def short_sentence(arm: Arm, metrics: Sequence[Metric], context: Context) -> str:
    """Say the same beside a matrix that has every interval: verdicts, and effects shown."""
    return _sentence(arm, metrics, context, _effect_alone)


def _sentence(
    arm: Arm, metrics: Sequence[Metric], context: Context, words: Callable[[Comparison], str]
) -> str:
    found = [arm.pooled[m.column].comparison for m in metrics if m.column in arm.pooled]
    if not found:
        return f"{arm.method} has no run that meets one of {context.plan.baseline}."
    if not any(c.n for c in found):
        return (
            f"{arm.method} is not compared: no setting has "
            f"{FEWEST_FOR_AN_INTERVAL} seeds at which it and "
            f"{context.plan.baseline} both finished."
        )
    clauses = []
    for verdict, name in WORDS.items():
        own = [c for c in found if c.verdict is verdict]
        if own:
            clauses.append(f"{name} in {join([_in_metric(c, words(c)) for c in own])}")
    return f"{arm.method}: {'; '.join(clauses)}."


def _in_metric(c: Comparison, effect: str) -> str:
    name = c.metric.name.lower()
    return f"{name} ({effect})" if c.n and effect else name


def _effect(c: Comparison) -> str:
    effect, interval = effect_text(c.paired, c.metric.step)
    p = "" if c.adjusted.p is None else f", {p_phrase(c.adjusted.p)}"
    return f"{effect}{f' {interval}' if interval.startswith('[') else ''}{p}"


def _effect_alone(c: Comparison) -> str:
    return effect_text(c.paired, c.metric.step)[0] if c.verdict in DIFFERENT else ""


def under_words(context: Context) -> str:
    """Say which of several budgets the answer is about; empty where there is one."""
    budgets = context.plan.budgets
    if not budgets:
        return ""
    return f"Under {budgets[0]}; the report has {join(list(budgets[1:]))} beside it."


def over_words(arm: Arm) -> str:
    """`Mean over 4 settings, 8 seeds; 2 of 32 runs failed.`: what a candidate's answer rests on."""
    pooled = list(arm.pooled.values())
    if not pooled:
        return ""
    settings = max(len(p.settings) for p in pooled)
    seeds = max(p.comparison.n for p in pooled)
    if not seeds:
        return ""
    failed = max((p.comparison for p in pooled), key=lambda c: c.candidate_failures)
    lost = (
        f"; {failed.candidate_failures} of {failed.candidate_runs} runs failed"
        if failed.candidate_failures
        else ""
    )
    return f"Mean over {counted(settings, 'setting')}, {counted(seeds, 'seed')}{lost}."
