"""The answer by itself: no trends, curves or figures, so that it is there in a moment."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from reports.answer.estimates import arms
from reports.answer.matrix import answer
from reports.budgets.estimates import Budgets, budgets_beside
from reports.comparisons.estimates import Comparison
from reports.comparisons.looks import compare_at_looks, of_the_page
from reports.comparisons.pooled import PooledComparison
from reports.display.answer import Answer
from reports.input.context import Context, context_of
from reports.input.pairing import group_runs
from reports.input.plan import Plan
from reports.input.runs import (
    Curve,
    Run,
    as_declared,
    latest_per_seed,
    read_curves,
    read_runs,
    rows_by_run,
)
from reports.input.targets import Target, find_targets, with_target_costs
from reports.input.twins import find_twins
from reports.settings.estimates import summarise


@dataclass(frozen=True, slots=True)
class _Judged:
    """Runs under all budgets, and their comparisons, which were judged together."""

    runs: tuple[Run, ...]
    curves: Mapping[str, Curve]
    targets: tuple[Target, ...]
    comparisons: tuple[Comparison, ...]
    pooled: tuple[PooledComparison, ...]

    def of_the_page(self, plan: Plan) -> tuple[Run, ...]:
        """Return the runs under the first budget, which the page is about."""
        return tuple(run for run in self.runs if not plan.is_beside(run.condition.budget))


def answer_alone(runs: pd.DataFrame, epochs: pd.DataFrame, plan: Plan) -> Answer | None:
    """Return what the whole analysis would put first; `None` where nothing is compared.

    The frames are those of `reports.page.analysis.analyse`; raises `FrameError` as it does.
    """
    judged = _judged(runs, epochs, plan)
    _, pooled = of_the_page(judged.comparisons, judged.pooled, plan)
    kept = judged.of_the_page(plan)
    same = find_twins(kept, rows_by_run(runs), judged.curves, plan.baseline)
    summaries = summarise(group_runs(kept), plan)
    return answer(arms(pooled, summaries, same, plan), context_of(kept, plan))


def budgets_alone(runs: pd.DataFrame, epochs: pd.DataFrame, plan: Plan) -> tuple[Budgets, Context]:
    """Return what the whole analysis would say of several budgets, and what words need to know."""
    judged = _judged(runs, epochs, plan)
    found = budgets_beside(
        judged.pooled, judged.runs, rows_by_run(runs), judged.curves, judged.targets, plan
    )
    return found, context_of(judged.of_the_page(plan), plan)


def _judged(runs: pd.DataFrame, epochs: pd.DataFrame, plan: Plan) -> _Judged:
    curves = read_curves(epochs)
    kept, _ = latest_per_seed(as_declared(read_runs(runs, plan.metrics))[0])
    targets = find_targets(kept, curves, plan)
    kept = with_target_costs(kept, curves, targets)
    return _Judged(kept, curves, targets, *compare_at_looks(group_runs(kept), plan))
