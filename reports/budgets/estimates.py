"""What methods come to under each of several budgets, and where a verdict turns between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import fmean

from reports.comparisons.pooled import PooledComparison
from reports.input.metrics import Metric
from reports.input.pairing import group_runs
from reports.input.plan import Plan
from reports.input.runs import Condition, Curve, Row, Run, row_of
from reports.input.targets import Target
from reports.input.twins import Twins, find_twins
from reports.settings.estimates import GroupSummary, summarise
from reports.statistics.equivalence import Verdict

Place = tuple[str, Condition]
"""A data set and a condition, in which the first budget stands for all."""


class Turn(StrEnum):
    """How the verdicts on a candidate in one metric differ between budgets."""

    ROUND = "better under one budget, worse under another"
    KIND = "a difference under one budget, equivalence under another"
    DECIDED = "decided under one budget, undecided under another"
    NONE = "the same under every budget"


@dataclass(frozen=True, slots=True)
class UnderBudgets:
    """One candidate in one metric: its pooled comparison under each budget that has one.

    `by_budget` is in the order of the plan. They were judged together, as the candidates of one
    metric; no run of one budget is in a comparison under another.
    """

    metric: Metric
    candidate: str
    place: Place
    by_budget: Mapping[str, PooledComparison]

    @property
    def turn(self) -> Turn:
        """How its verdicts differ."""
        verdicts = {p.comparison.verdict for p in self.by_budget.values()}
        better = bool(verdicts & {Verdict.BETTER, Verdict.BETTER_FINISHED})
        worse, equal = Verdict.WORSE in verdicts, Verdict.EQUIVALENT in verdicts
        if better and worse:
            return Turn.ROUND
        if (better or worse) and equal:
            return Turn.KIND
        if (better or worse or equal) and Verdict.INCONCLUSIVE in verdicts:
            return Turn.DECIDED
        return Turn.NONE


@dataclass(frozen=True, slots=True)
class Spent:
    """What the runs of one method under one budget came to: means over those that finished.

    `value` is the mean in the primary metric, `epochs` and `seconds` what training took; `None`
    where it is not known.
    """

    runs: int
    failed: int
    value: float | None
    epochs: float | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class MethodSpent:
    """One method under each budget that it ran under, over all its settings at one place."""

    method: str
    place: Place
    by_budget: Mapping[str, Spent]


@dataclass(frozen=True, slots=True)
class Budgets:
    """Everything about several budgets beside each other; empty where there is one alone.

    `summaries` has results by setting under each budget but the first, of which the rest of a page
    is, `failed` the runs under them that did not finish, `targets` their target accuracies.
    `twins` are methods with the same results under every budget.
    """

    compared: tuple[UnderBudgets, ...] = ()
    spent: tuple[MethodSpent, ...] = ()
    runs_beside: int = 0
    """Runs under other budgets than the first, of which little else on the page speaks."""
    summaries: Mapping[str, tuple[GroupSummary, ...]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    failed: tuple[Run, ...] = ()
    twins: tuple[Twins, ...] = ()


def budgets_beside(
    pooled: Sequence[PooledComparison],
    runs: Sequence[Run],
    rows: Mapping[tuple[str, str], Row],
    curves: Mapping[str, Curve],
    targets: Sequence[Target],
    plan: Plan,
) -> Budgets:
    """Put pooled comparisons and what runs came to beside each other, by the plan's budgets."""
    if len(plan.budgets) < 2:
        return Budgets()
    beside: dict[str, list[Run]] = {budget: [] for budget in plan.budgets[1:]}
    for run in runs:
        if plan.is_beside(run.condition.budget):
            beside[run.condition.budget].append(run)
    every = [run for own in beside.values() for run in own]
    return Budgets(
        compared=_compared(pooled, plan),
        spent=_spent(runs, rows, plan),
        runs_beside=len(every),
        summaries={b: summarise(group_runs(own), plan) for b, own in beside.items() if own},
        targets=tuple(t for t in targets if plan.is_beside(t.condition.budget)),
        failed=tuple(run for run in every if not run.ok),
        twins=find_twins(
            (run for run in runs if run.condition.budget in plan.budgets),
            rows,
            curves,
            plan.baseline,
        ),
    )


def _compared(pooled: Iterable[PooledComparison], plan: Plan) -> tuple[UnderBudgets, ...]:
    found: dict[tuple[str, str, Place], dict[str, PooledComparison]] = defaultdict(dict)
    for one in pooled:
        c = one.comparison
        dataset, condition = c.setting.place
        if condition.budget in plan.budgets:
            place = (dataset, replace(condition, budget=plan.budgets[0]))
            found[c.metric.column, c.candidate, place][condition.budget] = one
    return tuple(
        UnderBudgets(
            plan.metric_of(column), candidate, place, {b: own[b] for b in plan.budgets if b in own}
        )
        for (column, candidate, place), own in found.items()
    )


def _spent(
    runs: Sequence[Run], rows: Mapping[tuple[str, str], Row], plan: Plan
) -> tuple[MethodSpent, ...]:
    arms: dict[tuple[str, Place], dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        if run.condition.budget in plan.budgets:
            place = (run.dataset, replace(run.condition, budget=plan.budgets[0]))
            arms[run.method, place][run.condition.budget].append(run)
    found = [
        MethodSpent(
            method, place, {b: _came_to(own[b], rows, plan) for b in plan.budgets if b in own}
        )
        for (method, place), own in arms.items()
    ]
    return tuple(sorted(found, key=lambda m: (m.place, m.method != plan.baseline, m.method)))


def _came_to(runs: Sequence[Run], rows: Mapping[tuple[str, str], Row], plan: Plan) -> Spent:
    good = [run for run in runs if run.ok]
    return Spent(
        runs=len(runs),
        failed=len(runs) - len(good),
        value=None
        if plan.primary.is_censored
        else _mean(run.values.get(plan.primary_metric) for run in good),
        epochs=_mean(_count(row_of(run, rows).get("epochs_run")) for run in good),
        seconds=_mean(run.values.get("train_seconds") for run in good),
    )


def _count(value: object) -> float | None:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _mean(values: Iterable[float | None]) -> float | None:
    """Return the mean where every value is known."""
    known = list(values)
    return fmean(v for v in known if v is not None) if known and None not in known else None
