"""The report's words.  Nothing is computed here: every number comes from the analysis."""

from __future__ import annotations

from collections.abc import Sequence

from reports.comparisons.estimates import Comparison
from reports.display.numbers import (
    PERCENT,
    effect_text,
    number,
    p_text,
    quantity_text,
)
from reports.input.metrics import METRICS
from reports.input.pairing import Setting
from reports.input.plan import Plan
from reports.page.analysis import Analysis
from reports.settings.estimates import Tally
from reports.statistics.equivalence import Reason, Verdict
from reports.warnings.caveats import Caveat, Kind

FIELD_WORDS = {
    "device": "devices",
    "torch_version": "torch versions",
    "budget": "budgets",
    "data_checksum": "data checksums",
    "code_version": "code versions",
    "device_name": "machines",
}
FAILURE_WORDS = {
    "diverged": "diverged",
    "out-of-memory": "ran out of memory",
    "error": "ended in an error",
    "timeout": "ran out of time",
}


def setting_words(setting: Setting, analysis: Analysis) -> str:
    """`digits, batch size 64, T = 2`, naming only what varies in the study."""
    parts = [] if analysis.one_dataset else [setting.dataset]
    parts.append(f"batch size {setting.batch_size}")
    if setting.timesteps is not None:
        parts.append(equation("T", setting.timesteps))
    if not analysis.one_condition:
        parts.append(condition_words(setting))
    return ", ".join(parts)


def condition_words(setting: Setting) -> str:
    """`cpu, torch 2.11, 20 epochs`."""
    condition = setting.condition
    return f"{condition.device}, torch {condition.torch_version}, {condition.budget}"


def target_words(setting: Setting, analysis: Analysis) -> str:
    """Name the target accuracy and where it comes from; nothing where there is none."""
    for target in analysis.targets:
        if (target.dataset, target.condition) == setting.place:
            source = (
                "declared by the study"
                if target.declared
                else "not declared: 95 % of the baseline's median final validation accuracy here"
            )
            percent = quantity_text(target.percent, PERCENT)
            return f"The target is {percent} validation accuracy ({source})."
    return ""


def tally_sentence(tally: Tally, analysis: Analysis) -> str:
    """Say what one candidate's comparisons in one metric allow to say, with its largest effect."""
    baseline, metric = analysis.plan.baseline, tally.metric
    words = {
        Verdict.BETTER: f"{metric.better_words} {baseline}",
        Verdict.WORSE: f"{metric.worse_words} {baseline}",
        Verdict.EQUIVALENT: f"{metric.equivalent_words} {baseline}",
    }
    clauses = [
        f"is {phrase} in {_share(tally.verdicts[verdict], tally.comparisons)}"
        for verdict, phrase in words.items()
        if tally.verdicts.get(verdict)
    ]
    undecided = tally.verdicts.get(Verdict.INCONCLUSIVE, 0)
    if undecided:
        clauses.append(f"has no clear verdict in {_share(undecided, tally.comparisons)}")
    sentence = f"{tally.candidate} {join(clauses)}."
    if tally.largest is None:
        return f"{sentence} No pair of finished runs."
    label = "Effect" if tally.comparisons == 1 else "Largest effect"
    return f"{sentence} {label}: {effect_words(tally.largest, analysis)}."


def effect_words(comparison: Comparison, analysis: Analysis) -> str:
    """Write an effect with interval, n and place, as every claim on the page carries."""
    effect, interval = effect_text(comparison.paired)
    inside = f" {interval}" if interval.startswith("[") else f" ({interval})" if interval else ""
    place = setting_words(comparison.setting, analysis)
    return f"{effect}{inside}, {equation('n', comparison.n)} ({place})"


def metric_headline(tallies: Sequence[Tally], analysis: Analysis) -> str:
    """How a metric's comparisons came out, in one line."""
    total = sum(tally.comparisons for tally in tallies)
    counts = [
        f"{count} {verdict}"
        for verdict in Verdict
        if (count := sum(tally.verdicts.get(verdict, 0) for tally in tallies))
    ]
    return f"{_count(total, 'comparison')} with {analysis.plan.baseline}: {join(counts)}."


def reason_words(comparison: Comparison) -> str:
    """Why a verdict was given, short enough for a table cell."""
    reason = comparison.judgement.reason
    if reason is Reason.NO_PAIRS and comparison.candidate_runs == 0:
        return f"no runs of {comparison.candidate} here"
    if reason is Reason.NO_PAIRS and comparison.baseline_runs == 0:
        return f"no runs of {comparison.baseline} here"
    if reason is Reason.NOT_SHOWN and not comparison.reachable:
        return f"cannot reach alpha with {equation('n', comparison.n)}"
    censoring = comparison.paired.censoring
    if reason is Reason.NO_PAIRS and censoring and censoring.neither:
        return "neither reached the target"
    if comparison.disagrees:
        tests = join(list(comparison.judged.disagreeing))
        return f"{reason}; on the other side of alpha: {tests}"
    return str(reason)


def caveat_sentence(caveat: Caveat, plan: Plan) -> str:
    """Say in plain words what is the matter, and what was done about it."""
    c, names = caveat, join(list(caveat.values))
    match caveat.kind:
        case Kind.NOTHING_FINISHED if c.of == 0:
            return "There are no runs, so there is nothing to report yet."
        case Kind.NOTHING_FINISHED:
            return f"None of the {_count(c.of, 'run')} finished, so nothing can be compared."
        case Kind.NO_BASELINE:
            return (
                f"The declared baseline {c.subject} has no runs, so nothing is compared. "
                f"Methods with runs: {names}."
            )
        case Kind.COMPARED_APART | Kind.MIXED:
            dataset, *values = c.values
            seeds = (
                f" {_count(c.count, 'group')} of runs with the same method, setting and seed "
                f"{'differ' if c.count > 1 else 'differs'} in this alone."
                if c.count
                else ""
            )
            done = (
                "They are shown and compared separately, never pooled."
                if c.kind is Kind.COMPARED_APART
                else "These runs are compared with each other all the same: "
                "differences may come from this and not from the method."
            )
            return (
                f"Runs on {dataset} come from different {FIELD_WORDS[c.subject]}: "
                f"{join(values)}. {done}{seeds}"
            )
        case Kind.SUPERSEDED:
            return (
                f"{_count(c.count, 'record')} of {c.of} {_were(c.count)} set aside: a later record "
                "of the same method, setting and seed exists, and only the latest counts."
            )
        case Kind.FAILURES:
            return (
                f"{_count(c.count, 'run')} of {c.of} {FAILURE_WORDS.get(c.subject, c.subject)} "
                f"({names}). Means cover finished runs only, which flatters a method that fails; "
                "pairs need both runs."
            )
        case Kind.UNUSABLE:
            metric = next(m.name for m in METRICS if m.column == c.subject)
            return (
                f"{metric} is missing, infinite or zero in {_count(c.count, 'finished run')} "
                f"({names}); {'these values are' if c.count > 1 else 'this value is'} left out."
            )
        case Kind.TOO_FEW_PAIRS:
            return (
                f"{c.count} of {_count(c.of, 'comparison')} {'have' if c.count > 1 else 'has'} "
                f"fewer than 3 complete pairs ({names}): no test and no interval is given there."
            )
        case Kind.LEFT_OUT:
            return (
                f"In {c.count} of {_count(c.of, 'comparison')} some seeds have no complete pair "
                f"({names}) and are left out of the effect; n counts the pairs that remain."
            )
        case Kind.DISAGREEMENT:
            return (
                f"In {c.count} of {_count(c.of, 'comparison')} the primary test and a sensitivity "
                f"test fall on different sides of alpha ({names}): treat these verdicts as "
                "unsettled."
            )
        case Kind.CANNOT_REACH_ALPHA:
            smallest, needed, exact = c.numbers
            rest = (
                "The primary test is such a test: a difference cannot be shown here."
                if exact
                else "Verdicts rest on the paired t test, which supposes roughly normal "
                "differences."
            )
            return (
                f"{names}: the exact test cannot reach alpha with "
                f"{equation('n', c.count)}. The smallest p it can give is {p_text(smallest)}, too "
                "large for "
                f"{_count(c.of, 'comparison')} that share alpha = {plan.alpha:g}; "
                f"{needed:.0f} seeds would be needed. {rest}"
            )


def plan_items(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Print the analysis plan as terms and sentences, with the defaults marked."""
    plan, margins = analysis.plan, analysis.plan.margins

    def default(*names: str) -> str:
        return " (default, not declared by the study)" if set(names) & set(plan.defaulted) else ""

    primary = next(metric.name for metric in METRICS if metric.column == plan.primary_metric)
    rows = [
        ("Baseline", plan.baseline + default("baseline")),
        ("Primary metric", primary.lower() + default("primary_metric")),
        ("Alpha", f"{plan.alpha:g}{default('alpha')}"),
        ("Intervals", f"{100 * plan.confidence:g} %{default('confidence')}"),
        ("Power of detectable effects", f"{100 * plan.power:g} %{default('power')}"),
        (
            "Families for Holm's method",
            "one per metric"
            + "".join(f" and {name.replace('_', ' ')}" for name in plan.families)
            + default("families"),
        ),
        ("Seed of resampling", f"{plan.random_seed}{default('random_seed')}"),
        (
            "Margin, accuracy",
            f"±{margins.accuracy_pp:g} percentage points{default('margins.accuracy_pp')}",
        ),
        (
            "Margin, time",
            f"{margins.time_percent:g} % either way{default('margins.time_percent')}",
        ),
        (
            "Margin, memory",
            f"{margins.memory_percent:g} % either way{default('margins.memory_percent')}",
        ),
    ]
    for target in analysis.targets:
        place = "" if len(analysis.targets) == 1 else f", {target.dataset}"
        source = (
            "" if target.declared else
            " (default: 95 % of the baseline's median final validation accuracy; it depends on "
            "the results, so declare one)"
        )  # fmt: skip
        percent = quantity_text(target.percent, PERCENT)
        rows.append((f"Target accuracy{place}", percent + source))
    for family in analysis.families:
        n = (
            f"{family.fewest_pairs}"
            if family.fewest_pairs == family.most_pairs
            else f"{family.fewest_pairs} to {family.most_pairs}"
        )
        rows.append(
            (
                ", ".join((f"Tests, {family.metric.name.lower()}", *family.members)),
                f"{_count(family.tests, 'comparison')} share alpha by Holm's method, n = {n}; the "
                f"exact test needs {family.seeds_needed} seeds to reach alpha among so many",
            )
        )
    return tuple(rows)


RULE = (
    "The unit of analysis is the seed: one number per run, and methods are paired by seed within "
    "a data set, batch size and T. A method without T meets the baseline at every T.",
    "Accuracy is compared by differences in percentage points, time by the ratio of geometric "
    "means. Memory that repeats to the byte is compared exactly: deterministic, without a p-value.",
    "The primary test is the paired t test. The exact sign-flip and Wilcoxon signed-rank tests "
    "check it with fewer assumptions, and a t test of log-odds checks accuracy near 100 %. "
    "No test is chosen by looking at the data. Holm's method adjusts within a declared family.",
    "Time to the target accuracy is compared by the median ratio within pairs of seeds and a "
    "log-rank test whose p comes from exchanging the two runs of each seed, exact for few seeds. "
    "A run that fails or never arrives counts as infinitely slow.",
    "Equivalent: two one-sided t tests show the effect to lie within the margin (Holm-adjusted "
    "p below alpha). This is looked at first, since a difference within the margin is one the "
    "study calls too small to matter.",
    "Better or worse: otherwise, if the Holm-adjusted p of the primary test is below alpha; the "
    "sign of the effect decides which. The interval tells how large it may be.",
    "Inconclusive: everything else, and every comparison with fewer than 3 complete pairs. "
    "Inconclusive does not mean equal.",
)


def equation(name: str, value: int) -> str:
    """`n = 6`, kept on one line."""
    return f"{name}\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{value}"


def join(parts: Sequence[str]) -> str:
    """Join words as in `a, b and c`."""
    return " and ".join([*([", ".join(parts[:-1])] if parts[:-1] else []), *parts[-1:]])


def failures_words(failures: dict[str, int]) -> str:
    """`1 diverged, 2 error`, or `0`."""
    return ", ".join(f"{count} {status}" for status, count in failures.items()) or "0"


def _share(count: int, of: int) -> str:
    if of == 1:
        return "the one setting compared"
    return f"all {of} settings" if count == of else f"{number(count, 0)} of {of} settings"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
