"""The answer by itself: no trends, curves or figures, so that it is there in a moment."""

import pandas as pd

from reports.answer.estimates import arms
from reports.answer.matrix import answer
from reports.comparisons.looks import compare_at_looks, of_the_page
from reports.display.answer import Answer
from reports.input.context import context_of
from reports.input.pairing import group_runs
from reports.input.plan import Plan
from reports.input.runs import as_declared, latest_per_seed, read_curves, read_runs, rows_by_run
from reports.input.targets import find_targets, with_target_costs
from reports.input.twins import find_twins
from reports.settings.estimates import summarise


def answer_alone(runs: pd.DataFrame, epochs: pd.DataFrame, plan: Plan) -> Answer | None:
    """Return what the whole analysis would put first; `None` where nothing is compared.

    The frames are those of `reports.page.analysis.analyse`; raises `FrameError` as it does.
    """
    curves = read_curves(epochs)
    kept, _ = latest_per_seed(as_declared(read_runs(runs, plan.metrics))[0])
    kept = with_target_costs(kept, curves, find_targets(kept, curves, plan))
    _, pooled = of_the_page(*compare_at_looks(group_runs(kept), plan), plan)
    kept = tuple(run for run in kept if not plan.is_beside(run.condition.budget))
    groups = group_runs(kept)
    same = find_twins(kept, rows_by_run(runs), curves, plan.baseline)
    return answer(arms(pooled, summarise(groups, plan), same, plan), context_of(kept, plan))
