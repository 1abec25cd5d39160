"""Did runs finish at all?  A metric of its own, and what failures leave of a verdict.

A mean over finished runs flatters a method that often fails. So finished runs are compared first,
paired by seed, and a verdict about finished runs is read in the light of the failures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.statistics.equivalence import Judgement, Reason, Verdict
from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array
from reports.statistics.multiplicity import holm
from reports.statistics.signs import ROUNDING, sign_flip_p, signed_ranks


@dataclass(frozen=True, slots=True)
class Finished:
    """How many runs finished on either side, of `runs` that both sides made, paired by seed.

    `p`: exact two-sided sign test on the seeds where the sides differ; the chance of such a
    difference, or a larger one, if a failure were as likely on either side. 1 where they agree.
    """

    candidate: int
    baseline: int
    runs: int
    p: float

    @property
    def candidate_failures(self) -> int:
        """Runs of the candidate that did not finish."""
        return self.runs - self.candidate

    @property
    def baseline_failures(self) -> int:
        """Runs of the baseline that did not finish."""
        return self.runs - self.baseline


def finished_runs(
    candidate: Sequence[Sequence[bool]] | NDArray[np.bool_] | Sequence[bool],
    baseline: Sequence[Sequence[bool]] | NDArray[np.bool_] | Sequence[bool],
    *,
    seed: int = 0,
) -> Finished:
    """Compare whether runs finished, shape (n,) or (n, settings), aligned by seed and setting.

    With several settings a seed counts by the difference of its finished runs, since luck that is
    shared by settings is no further evidence; with one it is McNemar's exact test. `seed` draws
    patterns beyond 14 seeds. Raises `ValueError` for unequal shapes.
    Source: McNemar (1947); Conover (1999) for the sign test.
    """
    x, y = np.asarray(candidate, dtype=np.bool_), np.asarray(baseline, dtype=np.bool_)
    if x.shape != y.shape:
        raise ValueError(f"runs have shapes {x.shape} and {y.shape}: not pairs")
    difference = (x.astype(np.float64) - y).reshape(len(x), -1).sum(axis=1)
    p = sign_flip_p(difference[difference != 0], seed=seed) if difference.any() else 1.0
    return Finished(int(x.sum()), int(y.sum()), x.size, p)


def judge_finished(family: Sequence[Finished], *, alpha: float = 0.05) -> tuple[Judgement, ...]:
    """Judge who finishes more often, in a family that shares alpha by Holm's method.

    A side that never finishes is worse than one that finishes at least 3 of the same runs, whatever
    p is: that is no matter of chance to be shown. Where both always finish nothing is at stake.
    """
    adjusted = holm([f.p for f in family])
    return tuple(_judge(f, p, alpha) for f, p in zip(family, adjusted, strict=True))


def never_finishes(finished: Finished) -> Verdict | None:
    """Return *worse* where the candidate never finishes and the baseline does, or the reverse."""
    if finished.candidate == 0 and finished.baseline >= FEWEST_FOR_AN_INTERVAL:
        return Verdict.WORSE
    if finished.baseline == 0 and finished.candidate >= FEWEST_FOR_AN_INTERVAL:
        return Verdict.BETTER
    return None


def with_failures(judgement: Judgement, finished: Finished, *, vetoed: bool = False) -> Judgement:
    """Return what failures leave of a verdict about finished runs.

    1. A side that never finishes: *worse* for it, whatever was said.
    2. `vetoed`: with failures as the worst outcome the other side leads: *inconclusive*.
    3. *Better*, but the candidate fails more often: *better among finished runs*, and no more.
    4. *Equivalent*, but one side fails more often: *inconclusive*, since they differ in that.
    5. Otherwise the verdict stands; the counts are to be shown beside it.
    """
    never = never_finishes(finished)
    if never is not None:
        return Judgement(never, Reason.NEVER_FINISHES)
    if vetoed and judgement.verdict in (Verdict.BETTER, Verdict.WORSE):
        return Judgement(Verdict.INCONCLUSIVE, Reason.FAILURES)
    if judgement.verdict is Verdict.BETTER and finished.candidate < finished.baseline:
        return replace(judgement, verdict=Verdict.BETTER_FINISHED)
    if judgement.verdict is Verdict.EQUIVALENT and finished.candidate != finished.baseline:
        return Judgement(Verdict.INCONCLUSIVE, Reason.FAILURES)
    return judgement


@dataclass(frozen=True, slots=True)
class FailureAsWorst:
    """Wilcoxon's signed-rank test with failures ranked as the worst outcome.

    `p` is two-sided; `None` where all seeds tie. `lean` is 1 where the candidate ranks better over
    all, -1 where it ranks worse, and 0 where neither does.
    """

    p: float | None
    lean: int


def failure_as_worst(advantages: Array, *, seed: int = 0) -> FailureAsWorst:
    """Rank `advantages` (n,) of the candidate, higher better, failures included.

    Infinite where only the baseline failed, minus infinite where only the candidate did, NaN where
    both did, which is a tie. A sensitivity test: it can take a verdict back, and makes none.
    """
    known = np.where(np.isnan(advantages), 0.0, advantages)
    finite = known[np.isfinite(known)]
    beyond = float(np.max(np.abs(finite), initial=0.0)) + 1.0
    values = np.round(np.where(np.isfinite(known), known, np.sign(known) * beyond), 10)
    values = values[values != 0]
    if not values.size:
        return FailureAsWorst(None, 0)
    ranks = signed_ranks(values)
    total = float(ranks.sum())
    lean = 0 if abs(total) <= ROUNDING * float(np.abs(ranks).sum()) else 1 if total > 0 else -1
    return FailureAsWorst(sign_flip_p(ranks, seed=seed), lean)


def vetoes(worst: FailureAsWorst, verdict: Verdict) -> bool:
    """Whether failures as the worst outcome lean against *better* or *worse*, or to no side."""
    side = {Verdict.BETTER: 1, Verdict.WORSE: -1}.get(verdict)
    return side is not None and worst.lean != side


def _judge(finished: Finished, adjusted_p: float | None, alpha: float) -> Judgement:
    never = never_finishes(finished)
    if never is not None:
        return Judgement(never, Reason.NEVER_FINISHES)
    if finished.runs < FEWEST_FOR_AN_INTERVAL:
        return Judgement(Verdict.INCONCLUSIVE, Reason.TOO_FEW_PAIRS)
    if adjusted_p is not None and adjusted_p < alpha:
        more = finished.candidate > finished.baseline
        return Judgement(Verdict.BETTER if more else Verdict.WORSE, Reason.DIFFERENT)
    return Judgement(Verdict.INCONCLUSIVE, Reason.NOT_SHOWN)
