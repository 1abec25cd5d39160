"""What a flat row of plain numbers is: one estimate with everything said of it."""

from dataclasses import dataclass

from reports.input.pairing import Setting
from reports.input.runs import Condition
from reports.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Row:
    """One estimate with everything said of it; `None` where something does not apply.

    `kind` is one of mean, median, pooled (over settings), finished (whether runs did), comparison,
    exploratory, trend, interaction, interquartile-mean, improvement, mean-rank, control-gain (whole
    less part, `against` being the part), gradient-ratio, gradient-norm (base-2 logarithms),
    tuning-gain, claim, its evidence, and change for two sets of results.
    `p_holm` is adjusted for what shares alpha (`family_tests`): candidates where pooled, a
    candidate's settings behind its pooled comparison; empty for settings that were not tested.
    `low_adjusted` and `high_adjusted` are the interval at the level tested, which excludes no
    effect just where a difference was shown. `pairs_needed_most` is empty beyond counting.
    `unsettled` names the sensitivity tests on the other side of alpha.
    `same_as` names the method whose results are equal run by run, by which a page shows this one.
    P-values are unadjusted but for `p_holm`, `p_equivalence_holm`, `p_beyond_margin` (Holm's,
    one-sided) and `q` (Benjamini-Hochberg). `p_worse`, `p_equal` and `p_better` are no p-values
    but probabilities at the margin under a flat prior; they, `chance_above` (that the candidate is
    the better one on a seed) and the outlying seeds, which are never left out, are secondary.
    """

    kind: str
    metric: str
    unit: str
    dataset: str
    device: str
    torch_version: str
    budget: str
    batch_size: int | None
    timesteps: int | None
    over: str
    method: str
    against: str
    point: float | None
    low: float | None
    high: float | None
    n: int
    estimate: str
    runs: int | None = None
    failed: int | None = None
    against_runs: int | None = None
    against_failed: int | None = None
    test: str = ""
    p: float | None = None
    p_holm: float | None = None
    p_sign_flip: float | None = None
    p_wilcoxon: float | None = None
    p_log_odds: float | None = None
    p_log_rank: float | None = None
    p_equivalence: float | None = None
    p_equivalence_holm: float | None = None
    p_page: float | None = None
    q: float | None = None
    family_tests: int | None = None
    margin: float | None = None
    hedges_dz: float | None = None
    rank_biserial: float | None = None
    share_above: float | None = None
    detectable: float | None = None
    pairs_needed: int | None = None
    pairs_needed_fewest: int | None = None
    pairs_needed_most: int | None = None
    low_adjusted: float | None = None
    high_adjusted: float | None = None
    unsettled: str = ""
    verdict: str = ""
    reason: str = ""
    p_beyond_margin: float | None = None
    regression: bool | None = None
    p_worse: float | None = None
    p_equal: float | None = None
    p_better: float | None = None
    chance_above: float | None = None
    chance_above_low: float | None = None
    chance_above_high: float | None = None
    chance_says: str = ""
    outliers_mild: int | None = None
    outliers_severe: int | None = None
    sentence: str = ""
    execution: str = ""
    same_as: str = ""


def row_of(
    kind: str,
    metric: str,
    unit: str,
    where: Setting | tuple[str, Condition],
    method: str,
    against: str,
    estimate: Estimate,
    *,
    over: str = "",
    **rest: float | int | str | None,
) -> Row:
    """Return an estimate as a row; `where` is a setting, or a data set and condition."""
    dataset, condition = where.place if isinstance(where, Setting) else where
    return Row(
        kind=kind,
        metric=metric,
        unit=unit,
        dataset=dataset,
        device=condition.device,
        torch_version=condition.torch_version,
        budget=condition.budget,
        execution=condition.execution,
        # What a trend runs over has no single value.
        batch_size=where.batch_size
        if isinstance(where, Setting) and over != "batch size"
        else None,
        timesteps=where.timesteps if isinstance(where, Setting) and over != "T" else None,
        over=over,
        method=method,
        against=against,
        point=estimate.point,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        estimate=estimate.method,
        **rest,  # type: ignore[arg-type]
    )
