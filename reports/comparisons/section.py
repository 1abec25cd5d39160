"""The sections on comparisons with the baseline: effects, every seed, assumptions; the verdicts."""

from collections.abc import Sequence

from reports.comparisons.estimates import Comparison
from reports.comparisons.figure import seed_pictures
from reports.comparisons.finished import FinishedComparison
from reports.comparisons.finished_table import finished_table
from reports.comparisons.gated import Family
from reports.comparisons.headlines import metric_headline, tally_sentence
from reports.comparisons.limits import LIMITS, test_set_items
from reports.comparisons.pooled import PooledComparison
from reports.comparisons.pooled_table import pooled_table
from reports.comparisons.pooled_words import pooled_headline
from reports.comparisons.power import power_table
from reports.comparisons.rules import plan_items, rules
from reports.comparisons.table import effects_table
from reports.comparisons.tallies import Tally
from reports.display.selection import Selection
from reports.display.verdicts import pills
from reports.display.view import CandidateVerdict, MetricVerdict, Section, present
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.input.targets import Target


def effects_section(
    context: Context,
    comparisons: Sequence[Comparison],
    pooled: Sequence[PooledComparison],
    finished: Sequence[FinishedComparison],
    selection: Selection,
) -> Section:
    """Every comparison, effect first, and the one answer over all settings before them."""
    return Section(
        "effects",
        f"Compared with {context.plan.baseline}",
        paragraphs=(
            "The effect comes first; p-values say how surprising it would be if the two methods "
            "did not differ, not how large or important it is.",
        ),
        tables=present(
            finished_table(context, finished),
            *(
                table
                for m in _ordered(context)
                for table in (
                    pooled_table(m, context, pooled, comparisons),
                    effects_table(m, context, comparisons, selection.methods),
                )
            ),
        ),
    )


def seeds_section(
    context: Context, comparisons: Sequence[Comparison], selection: Selection
) -> Section:
    """Every seed of every comparison."""
    return Section("seeds", "Every seed", pictures=seed_pictures(context, comparisons, selection))


def assumptions_section(
    context: Context,
    comparisons: Sequence[Comparison],
    targets: Sequence[Target],
    families: Sequence[Family],
) -> Section:
    """How verdicts are reached, and what these seeds could have shown."""
    return Section(
        "assumptions",
        "Assumptions, power and how verdicts are reached",
        paragraphs=(
            "The primary tests suppose that differences between paired runs are roughly normal, or "
            "many. The sign-flip test supposes only that they are symmetrical, and Wilcoxon's the "
            "same; where they come out otherwise, the verdict is unsettled. What could not have "
            "been seen with these seeds is no sign of its absence.",
            *rules(context),
            *LIMITS,
        ),
        items=(
            *plan_items(context, targets, families),
            *test_set_items(context, comparisons),
        ),
        tables=present(*(power_table(m, context, comparisons) for m in _ordered(context))),
    )


def verdicts(
    context: Context, tallies: Sequence[Tally], pooled: Sequence[PooledComparison]
) -> tuple[MetricVerdict, ...]:
    """Verdicts in every metric that has any, the primary one first."""
    return tuple(
        _verdict(metric, context, own, [p for p in pooled if p.comparison.metric is metric])
        for metric in _ordered(context)
        if context.plan.heads(metric)
        if (own := [tally for tally in tallies if tally.metric is metric])
    )


def _verdict(
    metric: Metric,
    context: Context,
    tallies: Sequence[Tally],
    pooled: Sequence[PooledComparison],
) -> MetricVerdict:
    return MetricVerdict(
        name=metric.name,
        meaning=metric.meaning,
        is_primary=metric.column == context.plan.primary_metric,
        headline=metric_headline(tallies, context),
        candidates=tuple(
            CandidateVerdict(
                t.candidate,
                pills(t.verdicts),
                " ".join(
                    [
                        *(pooled_headline(p, context) for p in pooled if _is_of(p, t)),
                        tally_sentence(t, context),
                    ]
                ),
            )
            for t in tallies
        ),
    )


def _is_of(pooled: PooledComparison, tally: Tally) -> bool:
    return pooled.comparison.candidate == tally.candidate


def _ordered(context: Context) -> list[Metric]:
    """Metrics with the primary one first."""
    return sorted(context.metrics, key=lambda metric: metric.column != context.plan.primary_metric)
