"""The answer that decides a study: pooled verdicts in the primary metric, and nothing else."""

import pandas as pd

from reports.comparisons.estimates import Comparison
from reports.comparisons.looks import compare_at_looks
from reports.comparisons.pooled import PooledComparison
from reports.input.pairing import group_runs
from reports.input.plan import Plan
from reports.input.runs import as_declared, latest_per_seed, read_curves, read_runs
from reports.input.targets import find_targets, with_target_costs
from reports.statistics.equivalence import Verdict


def primary_pooled(
    runs: pd.DataFrame, epochs: pd.DataFrame, plan: Plan
) -> tuple[PooledComparison, ...]:
    """Every candidate against the baseline over all settings in the primary metric of `plan`.

    The same as those of `analysis.analyse`, which estimates everything else besides. Raises as it
    does.
    """
    declared, _ = as_declared(read_runs(runs, plan.metrics))
    kept, _ = latest_per_seed(declared)
    if plan.primary.is_censored:
        curves = read_curves(epochs)
        kept = with_target_costs(kept, curves, find_targets(kept, curves, plan))
    alone = plan.model_copy(update={"own_metrics": (plan.primary,)})
    return compare_at_looks(group_runs(kept), alone)[1]


def primary_verdicts(runs: pd.DataFrame, epochs: pd.DataFrame, plan: Plan) -> dict[str, Verdict]:
    """Return the verdict on each candidate, by data set and budget where there are several."""
    found = primary_pooled(runs, epochs, plan)
    several = len({p.comparison.setting.dataset for p in found}) > 1

    def name(c: Comparison) -> str:
        where = f" on {c.setting.dataset}" if several else ""
        under = f" under {c.setting.condition.budget}" if plan.budgets else ""
        return f"{c.candidate}{where}{under}"

    return {name(p.comparison): p.comparison.verdict for p in found}
