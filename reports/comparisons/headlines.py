"""Many comparisons in one sentence: how they came out, and the largest effects."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from reports.comparisons.estimates import Comparison
from reports.comparisons.tallies import Tally
from reports.display.numbers import effect_text, number
from reports.display.setting import at_words, setting_words
from reports.display.verdicts import counts_words
from reports.display.words import counted, equation, join
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.statistics.equivalence import DIFFERENT, Verdict


def tally_sentence(tally: Tally, context: Context) -> str:
    """Say what one candidate's comparisons in one metric allow to say, with its largest effect."""
    baseline, metric = context.plan.baseline, tally.metric
    words = {
        Verdict.BETTER: f"{metric.better_words} {baseline}",
        Verdict.BETTER_FINISHED: f"{metric.better_words} {baseline}, among finished runs alone,",
        Verdict.WORSE: f"{metric.worse_words} {baseline}",
        Verdict.EQUIVALENT: f"{metric.equivalent_words} {baseline}",
    }
    counts = Counter(tally.verdicts)
    counts[Verdict.WORSE] -= tally.never_finishes
    clauses = [
        f"is {phrase} in {_share(counts[verdict], tally.comparisons)}"
        for verdict, phrase in words.items()
        if counts[verdict]
    ]
    if tally.never_finishes:
        never = _share(tally.never_finishes, tally.comparisons)
        clauses.append(f"never finishes a run in {never}")
    undecided = tally.verdicts.get(Verdict.INCONCLUSIVE, 0) - tally.not_tested
    if undecided == tally.comparisons:
        clauses.append(f"has a clear verdict in {_none(undecided)}")
    elif undecided:
        clauses.append(f"has no clear verdict in {_share(undecided, tally.comparisons)}")
    if tally.not_tested:
        clauses.append(f"was not tested by itself in {_share(tally.not_tested, tally.comparisons)}")
    sentence = f"{tally.candidate} {join(clauses)}."
    if tally.largest is None:
        return f"{sentence} No pair of finished runs."
    label = "Effect" if tally.comparisons == 1 else "Largest effect"
    return f"{sentence} {label}: {effect_words(tally.largest, context)}."


def effect_words(comparison: Comparison, context: Context) -> str:
    """Write an effect with interval, n and place, as every claim on the page carries."""
    effect, interval = effect_text(comparison.paired, comparison.metric.step)
    inside = f" {interval}" if interval.startswith("[") else f" ({interval})" if interval else ""
    place = setting_words(comparison.setting, context)
    return f"{effect}{inside}, {equation('n', comparison.n)}{f' ({place})' if place else ''}"


def metric_headline(tallies: Sequence[Tally], context: Context) -> str:
    """How a metric's comparisons came out, in one line."""
    total = sum(tally.comparisons for tally in tallies)
    counts = sum((Counter(tally.verdicts) for tally in tallies), Counter[Verdict]())
    return f"{counted(total, 'comparison')} with {context.plan.baseline}: {counts_words(counts)}."


def forest_says(comparisons: Sequence[Comparison], context: Context) -> str:
    """How many intervals lie on one side of no effect, and the largest effects either way."""
    plan = context.plan
    shown = [c for c in comparisons if c.verdict in DIFFERENT]
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
    ends = [f"most in favour of {_effect_at(best, context)}"]
    if worst is not best:
        ends.append(f"least in favour of {_effect_at(worst, context)}")
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


def _share(count: int, of: int) -> str:
    if of == 1:
        return "the one setting compared"
    return f"all {of} settings" if count == of else f"{number(count, 0)} of {of} settings"


def _none(of: int) -> str:
    return f"none of {of} settings" if of > 1 else "no setting"


def _effect_at(c: Comparison, context: Context) -> str:
    effect, interval = effect_text(c.paired, c.metric.step)
    inside = f" {interval}" if interval else ""
    return f"{c.candidate}{at_words(c.setting, context)} ({effect}{inside})"
