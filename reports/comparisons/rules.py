"""How verdicts are reached: the study's plan as items, and the rules in words."""

from collections.abc import Sequence

from reports.comparisons.gated import Family
from reports.comparisons.look_words import looks_words
from reports.display.numbers import PERCENT, quantity_text
from reports.display.words import counted
from reports.input.context import Context
from reports.input.metrics import Metric
from reports.input.plan import Plan
from reports.input.targets import Target

INTERACTS = ", or where the effect was shown to depend on T or batch size"
RULE = (
    "The unit of analysis is the seed: one number per run, and methods are paired by seed within "
    "a data set, batch size and T. A method without T meets the baseline at every T.",
    "Accuracy is compared by differences in percentage points, time by the ratio of geometric "
    "means. Memory that repeats to the byte is compared exactly: deterministic, without a p-value.",
    "The primary test is the paired t test. The exact sign-flip and Wilcoxon signed-rank tests "
    "check it with fewer assumptions, and a t test of log-odds checks accuracy near 100 %. "
    "No test is chosen by looking at the data; one that comes out otherwise makes a verdict "
    "unsettled.",
    "One answer first: a candidate's effect is averaged over settings within each seed, and "
    "candidates share alpha. Its settings are tested only where that comparison decided "
    f"something{INTERACTS}; inside, Holm's method adjusts over the settings. All of it has one "
    "error budget (Bretz et al. 2009): the chance of any false claim in a metric, over all "
    "settings or in one, is at most alpha.",
    "Time to the target accuracy is compared by the median ratio within pairs of seeds and a "
    "log-rank test whose p comes from exchanging the two runs of each seed, exact for few seeds. "
    "A run that fails or never arrives counts as infinitely slow.",
    "Equivalent: two one-sided t tests show the effect to lie within the margin (adjusted p "
    "below alpha). This is looked at first, since a difference within the margin is one the "
    "study calls too small to matter.",
    "Better or worse: otherwise, if the adjusted p of the primary test is below alpha; the "
    "sign of the effect decides which. The interval tells how large it may be.",
    "Inconclusive: everything else, and every comparison with fewer than 3 complete pairs. "
    "Inconclusive does not mean equal.",
)


OWN_RULE = (
    "The unit of analysis is the seed: one number per run, and methods are paired by seed within "
    "whatever else tells runs apart.",
    "Metrics are compared by the difference of means or by the ratio of geometric means, as their "
    "margins below say. Memory that repeats exactly is compared exactly: deterministic, without a "
    "p-value.",
)
"""What stands in place of the first two rules where a table brought metrics of its own."""


def rules(context: Context) -> tuple[str, ...]:
    """Return how verdicts are reached, in the order in which they are."""
    if context.plan.own_metrics is None:
        return RULE
    kept = [rule for rule in RULE[2:] if not rule.startswith("Time to the target")]
    if not (context.has_batch_sizes or context.has_timesteps):
        kept = [rule.replace(INTERACTS, "") for rule in kept]
    return (*OWN_RULE, *kept)


def plan_items(
    context: Context, targets: Sequence[Target], families: Sequence[Family]
) -> tuple[tuple[str, str], ...]:
    """Print the analysis plan as terms and sentences, with the defaults marked."""
    plan = context.plan
    margins = {metric.margin.entry: metric for metric in context.metrics}

    def default(*names: str) -> str:
        return " (default, not declared by the study)" if set(names) & set(plan.defaulted) else ""

    primary = plan.primary.name
    rows = [
        ("Baseline", plan.baseline + default("baseline")),
        ("Primary metric", primary.lower() + default("primary_metric")),
        ("Alpha", f"{plan.alpha:g}{default('alpha')}"),
        ("Intervals", f"{100 * plan.confidence:g} %{default('confidence')}"),
        ("Power of detectable effects", f"{100 * plan.power:g} %{default('power')}"),
        (
            "Families that share alpha",
            "one per metric"
            + "".join(f" and {name.replace('_', ' ')}" for name in plan.families)
            + default("families"),
        ),
        *([("Looks", looks_words(plan))] if plan.sequential else []),
        ("Seed of resampling", f"{plan.random_seed}{default('random_seed')}"),
        *(
            (f"Margin, {metric.margin.of}", _margin(metric, plan) + default(f"margins.{entry}"))
            for entry, metric in margins.items()
        ),
    ]
    for target in targets:
        place = "" if len(targets) == 1 else f", {target.dataset}"
        source = (
            "" if target.declared else
            " (default: 95 % of the baseline's median final validation accuracy; it depends on "
            "the results, so declare one)"
        )  # fmt: skip
        percent = quantity_text(target.percent, PERCENT)
        rows.append((f"Target accuracy{place}", percent + source))
    for family in families:
        n = (
            f"{family.fewest_pairs}"
            if family.fewest_pairs == family.most_pairs
            else f"{family.fewest_pairs} to {family.most_pairs}"
        )
        rows.append(
            (
                ", ".join((f"Tests, {family.metric.name.lower()}", *family.members)),
                f"{_sharing(family, plan)} share alpha, n = {n}; the exact test "
                f"needs {family.seeds_needed} seeds to reach it over all settings{_inside(family)}",
            )
        )
    return tuple(rows)


def _sharing(family: Family, plan: Plan) -> str:
    """`4 candidates`, or `12 comparisons of candidates under 3 budgets`."""
    if not plan.budgets:
        return counted(family.candidates, "candidate")
    compared = counted(family.candidates, "comparison")
    return f"{compared} of candidates under {len(plan.budgets)} budgets"


def _inside(family: Family) -> str:
    if family.settings < 2:
        return ""
    return f", and {family.seeds_in_settings} in one of {family.settings} settings"


def _margin(metric: Metric, plan: Plan) -> str:
    """`±0.5 percentage points`, or `5 % either way`."""
    size = plan.margin_of(metric)
    return f"±{size:g} {metric.step_words}" if metric.margin.is_points else f"{size:g} % either way"
