"""Comparisons of a study whose seeds were added at planned looks: p-values pay for the looking.

A sequential study is compared with the seeds of its last look, and not with what came after. Each
of its p-values is adjusted over the looks made, so that comparing it with any share of alpha spends
that share over all planned looks; whatever divides alpha between comparisons then holds as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from reports.comparisons.estimates import Comparison, compare_all
from reports.comparisons.gated import judge_study
from reports.comparisons.pooled import PooledComparison, pool_all
from reports.input.pairing import Groups
from reports.input.plan import Plan
from reports.statistics.spending import spend, spend_p

Compared = tuple[tuple[Comparison, ...], tuple[PooledComparison, ...]]
T = TypeVar("T")


def compare_at_looks(groups: Groups, plan: Plan) -> Compared:
    """Compare and judge everything; where `plan` is sequential, as its looks allow."""
    if plan.sequential is None:
        return judge_study(compare_all(groups, plan), pool_all(groups, plan), plan)
    looks = plan.sequential.looks
    made = looks_in(groups, plan)
    seen = [_first_seeds(groups, n) for n in made] or [groups]
    settings = _matched([compare_all(some, plan) for some in seen], lambda c: c)
    pooled = _matched([pool_all(some, plan) for some in seen], lambda p: p.comparison)
    spent = [_spent(last, every if made else (), looks) for last, every in settings]
    overall = [_spent_pooled(last, every if made else (), looks) for last, every in pooled]
    return judge_study(spent, overall, plan)


def of_the_page(
    comparisons: Sequence[Comparison], pooled: Sequence[PooledComparison], plan: Plan
) -> Compared:
    """Return the comparisons under the budget that a page is about, judged with all the others."""
    return (
        tuple(c for c in comparisons if not plan.is_beside(c.setting.condition.budget)),
        tuple(p for p in pooled if not plan.is_beside(p.comparison.setting.condition.budget)),
    )


def looks_in(groups: Groups, plan: Plan) -> tuple[int, ...]:
    """Return the looks made, as numbers of seeds: those on record, or all that seeds are there for.

    None where the plan is not sequential.
    """
    if plan.sequential is None:
        return ()
    seeds = len(_seeds(groups))
    on_record = plan.sequential.looks if plan.looks_made is None else plan.looks_made
    return tuple(n for n in plan.sequential.looks if n in on_record and n <= seeds)


def _spent(
    last: Comparison, every: Sequence[Comparison | None], looks: Sequence[int]
) -> Comparison:
    """Return the comparison of the last look, with tests that pay for `every` look made."""
    effects = [None if c is None else c.paired for c in every]
    return replace(last, paired=spend(effects, last.paired, looks))


def _spent_pooled(
    last: PooledComparison, every: Sequence[PooledComparison | None], looks: Sequence[int]
) -> PooledComparison:
    comparisons = [None if p is None else p.comparison for p in every]
    interactions = {
        axis: spend_p([None if p is None else p.interactions.get(axis) for p in every], looks)
        for axis in last.interactions
    }
    return replace(
        last, comparison=_spent(last.comparison, comparisons, looks), interactions=interactions
    )


def _matched(
    by_look: Sequence[Sequence[T]], comparison: Callable[[T], Comparison]
) -> list[tuple[T, list[T | None]]]:
    """Pair what the last look compared with the same at every look, `None` where it was not."""
    keyed = [{_key(comparison(c)): c for c in some} for some in by_look]
    return [(c, [some.get(key) for some in keyed]) for key, c in keyed[-1].items()]


def _key(c: Comparison) -> tuple[object, ...]:
    return c.metric.column, c.candidate, c.setting


def _seeds(groups: Groups) -> list[int]:
    return sorted({run.seed for runs in groups.values() for run in runs})


def _first_seeds(groups: Groups, count: int) -> Groups:
    first = set(_seeds(groups)[:count])
    some = {key: tuple(r for r in runs if r.seed in first) for key, runs in groups.items()}
    return {key: runs for key, runs in some.items() if runs}
