"""One comparison as sentences: what was found, how sure that is, and what could have been seen."""

import math
from collections.abc import Callable
from dataclasses import replace

from reports.comparisons.estimates import Comparison
from reports.display.numbers import (
    TIMES,
    effect_text,
    number,
    p_phrase,
    quantity_text,
    ratio_text,
)
from reports.display.words import counted, equation, join
from reports.input.plan import Plan
from reports.input.units import Unit
from reports.statistics.equivalence import Reason, Verdict
from reports.statistics.judged import Sharing


def comparison_sentences(
    comparison: Comparison, plan: Plan, place: str, unit: Unit | None = None
) -> str:
    """Say in plain words what a comparison shows, with its reason; claims no more than that.

    `place` names the setting, as `sentences.setting_words` does; `unit` is that of the metric's
    values in the study, or else the one that suits these.
    """
    c = comparison
    head = f"{c.candidate} against {c.baseline}{f' ({place})' if place else ''}"
    say: dict[Reason, Callable[[Comparison, Plan], str]] = {
        Reason.NO_PAIRS: _no_pairs,
        Reason.TOO_FEW_PAIRS: _too_few,
        Reason.EXACT_VALUE: _exact,
        Reason.WITHIN_MARGIN: _within,
        Reason.DIFFERENT: _different,
        Reason.NOT_SHOWN: _not_shown,
        Reason.NOT_TESTED: _not_tested,
        Reason.DIRECTION: _direction_unclear,
        Reason.NEVER_FINISHES: _never_finishes,
        Reason.FAILURES: _failures_forbid,
    }
    parts = [f"{head}: {say[c.judgement.reason](c, plan)}", *_arrivals(c, unit), *_doubts(c)]
    return " ".join(part for part in parts if part)


def margin_words(comparison: Comparison) -> str:
    """`0.5 percentage points`, or `a ratio of 1.05 either way`."""
    margin = comparison.paired.margin
    if comparison.paired.kind == "difference":
        return f"{margin:g} {comparison.metric.step_words}".rstrip()
    return f"a ratio of {margin:g} either way"


def reason_words(comparison: Comparison) -> str:
    """Why a verdict was given, short enough for a table cell."""
    reason = comparison.judgement.reason
    if reason is Reason.NO_PAIRS and comparison.candidate_runs == 0:
        return f"no runs of {comparison.candidate} here"
    if reason is Reason.NO_PAIRS and comparison.baseline_runs == 0:
        return f"no runs of {comparison.baseline} here"
    if reason is Reason.NOT_SHOWN and _exact_falls_short(comparison):
        return f"cannot reach alpha with {equation('n', comparison.n)}"
    censoring = comparison.paired.censoring
    if reason is Reason.NO_PAIRS and censoring and censoring.neither:
        return "neither reached the target"
    if comparison.verdict is Verdict.BETTER_FINISHED:
        return "shown, but it fails more often"
    if comparison.disagrees:
        tests = join(list(comparison.judged.disagreeing))
        return f"{reason}; unsettled, on the other side of alpha: {tests}"
    return str(reason)


def detectable_words(comparison: Comparison) -> str:
    """`0.8 percentage points` or `a ratio of 1.07`: the minimum detectable effect, or nothing."""
    smallest = comparison.judged.detectable
    if smallest is None:
        return ""
    if comparison.paired.kind == "difference":
        return f"{number(smallest, 2)} {comparison.metric.step_words}".rstrip()
    return f"a ratio of {ratio_text(smallest).removeprefix(TIMES)}"


def shared_words(comparison: Comparison) -> str:
    """Say what p was adjusted for: `adjusted for 4 candidates`; empty where it stands alone."""
    judged, many = comparison.judged, comparison.judged.tests
    match judged.sharing:
        case Sharing.COMPARISONS:
            return f"Holm-adjusted for {many} comparisons" if many > 1 else ""
        case Sharing.CANDIDATES:
            return f"adjusted for {many} candidates" if many > 1 else ""
        case Sharing.SETTINGS:
            others = f" and {judged.candidates} candidates" if judged.candidates > 1 else ""
            return f"adjusted for {counted(many, 'setting')}{others}"


def needed_words(comparison: Comparison) -> str:
    """`14 seeds (5 to 210)`: about how many show an effect as large as the margin."""
    needed, (fewest, most) = comparison.judged.pairs_needed, comparison.judged.pairs_range
    if needed is None:
        return ""
    if fewest == most:
        return counted(needed, "seed")
    ends = f"{fewest} or more" if most is None else f"{fewest} to {most}"
    return f"{counted(needed, 'seed')} ({ends}, as roughly as the spread is known)"


def _exact_falls_short(c: Comparison) -> bool:
    """Whether the primary test is an exact one, and could not reach alpha: a t test always can."""
    return not c.reachable and c.paired.tests is not None and c.paired.spread is None


def unseen_words(n: int) -> str:
    """Say how rare a failure may be that `n` seeds have not shown, beside every equivalence.

    With probability .95 at least one of n runs shows what happens in 1 - .05^(1/n) of them.
    """
    rare = 100 * (1 - 0.05 ** (1 / n))
    return (
        f"With {counted(n, 'seed')} a failure that comes in fewer than {number(rare, 0)} % of runs "
        "may be unseen."
    )


def _effect(c: Comparison) -> str:
    effect, interval = effect_text(c.paired, c.metric.step)
    inside = f" {interval}" if interval else ""
    return f"{effect}{inside} over {counted(c.n, 'seed')}"


def _no_pairs(c: Comparison, plan: Plan) -> str:
    if c.paired.censoring and c.paired.censoring.neither:
        return (
            f"neither reached the target on any of {counted(c.paired.censoring.neither, 'seed')}."
        )
    return "no seed has a finished run with a usable number on both sides, so nothing is compared."


def _too_few(c: Comparison, plan: Plan) -> str:
    effect, _ = effect_text(c.paired, c.metric.step)
    seeds = counted(c.n, "seed")
    return f"{effect} over {seeds}. Fewer than 3 say nothing of chance: no test, no interval."


def _exact(c: Comparison, plan: Plan) -> str:
    effect, _ = effect_text(c.paired, c.metric.step)
    found = f"{effect}, the same in every run (deterministic), so there is no chance to test."
    if c.verdict is Verdict.EQUIVALENT:
        return f"{found} That is within the margin of {margin_words(c)}. {unseen_words(c.n)}"
    return f"{found} {_direction(c)}"


def _within(c: Comparison, plan: Plan) -> str:
    p = c.adjusted.equivalence_p
    assert p is not None
    also = c.adjusted.p is not None and c.adjusted.p < plan.alpha
    small = " A difference was shown too, but one too small to matter." if also else ""
    return (
        f"{_effect(c)}. Shown to lie within the margin of {margin_words(c)}, which the study calls "
        f"too small to matter ({p_phrase(p)}, two one-sided tests{_shared(c)}).{small} "
        f"{unseen_words(c.n)}"
    )


def _different(c: Comparison, plan: Plan) -> str:
    p = c.adjusted.p
    assert p is not None
    beyond = f"It may be smaller than the margin of {margin_words(c)}"
    if _beyond_margin(c):
        beyond = "All of the interval lies beyond the margin."
    elif c.paired.effect.low is None:
        beyond += ", since nothing is known of its spread."
    else:
        beyond += ": see the interval."
    test = f"{p_phrase(p)}, {_primary(c)}{_shared(c)}"
    return f"{_effect(c)}. {_direction(c)} Chance alone would rarely do that ({test}). {beyond}"


def _not_shown(c: Comparison, plan: Plan) -> str:
    found = (
        f"{_effect(c)}. Neither a difference nor equivalence was shown; that is not equality."
        f"{_narrow(c, plan)}"
    )
    if not c.reachable:
        found += (
            f" The exact test cannot reach alpha = {plan.alpha:g} with n = {c.n}"
            f"{_among(c)}{'' if _exact_falls_short(c) else '; the t test can'}."
        )
    smallest, needed = detectable_words(c), needed_words(c)
    if smallest:
        found += (
            f" With these seeds a true difference of {smallest} would have been shown with "
            f"{100 * plan.power:g} % probability"
        )
        found += f"; one as large as the margin takes about {needed}." if needed else "."
    return found


def _not_tested(c: Comparison, plan: Plan) -> str:
    return (
        f"{_effect(c)}. Not tested by itself, because the comparison over all settings decided "
        "nothing and the effect was not shown to depend on T or batch size; the interval is that "
        "of one comparison alone."
    )


def _narrow(c: Comparison, plan: Plan) -> str:
    """Say why nothing was shown although the interval holds no 0: it is not adjusted."""
    low, high, wide = c.paired.effect.low, c.paired.effect.high, c.judged.interval
    if low is None or high is None or low <= c.paired.null <= high:
        return ""
    alone = f" The {100 * plan.confidence:g} % interval is that of this comparison alone"
    if wide is None:
        return f"{alone}; the test of the difference has the say."
    ends = replace(c.paired.effect, low=wide[0], high=wide[1])
    _, text = effect_text(replace(c.paired, effect=ends), c.metric.step)
    return f"{alone}; {shared_words(c) or 'at the level tested'} it is {text}."


def _among(c: Comparison) -> str:
    many = c.judged.tests
    if many <= 1:
        return ""
    return f" among {many} {c.judged.sharing}"


def _direction_unclear(c: Comparison, plan: Plan) -> str:
    p = c.adjusted.p
    assert p is not None
    return (
        f"{_effect(c)}. A difference was shown ({p_phrase(p)}, {_primary(c)}{_shared(c)}), but the "
        f"test and the median do not speak for the same side, so none is called better."
    )


def _never_finishes(c: Comparison, plan: Plan) -> str:
    better = c.verdict is Verdict.BETTER
    one, other = (c.baseline, c.candidate) if better else (c.candidate, c.baseline)
    return f"{one} never finishes a run and {other} does, so {one} is worse."


def _failures_forbid(c: Comparison, plan: Plan) -> str:
    p = c.adjusted.p
    shown = f" ({p_phrase(p)}, {_primary(c)}{_shared(c)})" if p is not None else ""
    return (
        f"{_effect(c)}, of finished runs alone{shown}. With failures counted as the worst outcome "
        "that does not hold, so neither a difference nor equivalence is claimed."
    )


def _arrivals(c: Comparison, unit: Unit | None) -> list[str]:
    """How many runs reached the target, and the medians."""
    times = c.paired.censoring
    if times is None:
        return []
    medians = (times.candidate_median, times.baseline_median)
    unit = unit or c.metric.units.fitting(medians)
    words = [quantity_text(m, unit) if math.isfinite(m) else "not reached" for m in medians]
    return [
        f"The target was reached in {times.candidate_reached} of {times.runs} runs of "
        f"{c.candidate} (median {words[0]}) and {times.baseline_reached} of {times.runs} of "
        f"{c.baseline} (median {words[1]})."
    ]


def _doubts(c: Comparison) -> list[str]:
    """Say what to bear in mind: tests that disagree, runs that are missing."""
    doubts = []
    if c.judged.disagreeing:
        doubts.append(
            f"On the other side of alpha, so that this is unsettled: {join(c.judged.disagreeing)}."
        )
    if c.candidate_failures or c.baseline_failures:
        count = "count as never arriving" if c.paired.censoring else "are in no mean"
        doubts.append(
            f"Failed: {c.candidate_failures} of {c.candidate_runs} runs of {c.candidate}, "
            f"{c.baseline_failures} of {c.baseline_runs} of {c.baseline}; they {count}."
        )
    return doubts


def _direction(c: Comparison) -> str:
    words = c.metric.worse_words if c.verdict is Verdict.WORSE else c.metric.better_words
    if c.verdict is Verdict.BETTER_FINISHED:
        return (
            f"Among finished runs {c.candidate} is {words} {c.baseline}, but it fails more often."
        )
    return f"{c.candidate} is {words} {c.baseline}."


def _beyond_margin(c: Comparison) -> bool:
    low, high, margin = c.paired.effect.low, c.paired.effect.high, c.paired.margin
    if low is None or high is None:
        return False
    if c.paired.kind == "difference":
        return low > margin or high < -margin
    return low > margin or high < 1 / margin


def _primary(c: Comparison) -> str:
    return c.paired.tests.primary if c.paired.tests else ""


def _shared(c: Comparison) -> str:
    words = shared_words(c)
    return f", {words}" if words else ""
