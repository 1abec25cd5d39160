"""Simulated studies with a known truth, to see whether the engine does what it says.

Each function simulates one figure with the engine's own functions and an explicit generator, and
returns how often something happened. `reports.calibrate` prints them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from reports.statistics.aggregate import interquartile_mean, probability_of_improvement
from reports.statistics.bootstrap import draw
from reports.statistics.censored import paired_time_to_target
from reports.statistics.equivalence import Verdict, beyond_margin_p, tost
from reports.statistics.estimate import Array
from reports.statistics.family import judge_family
from reports.statistics.multiplicity import holm
from reports.statistics.paired import paired_difference
from reports.statistics.power import detectable_effect

NO_MARGIN = 1e-9
"""A margin so small that nothing is equivalent: only the test of a difference then speaks."""

ALPHA = 0.05

Sampler = Callable[[np.random.Generator, tuple[int, ...]], Array]

SAMPLERS: Mapping[str, Sampler] = {
    "normal": lambda rng, size: rng.normal(0.0, 1.0, size),
    "skewed (exponential)": lambda rng, size: rng.exponential(1.0, size) - 1.0,
    "two skewed runs": lambda rng, size: rng.exponential(1.0, size) - rng.exponential(1.0, size),
    "heavy-tailed (t, 3 df)": lambda rng, size: rng.standard_t(3.0, size),
    "rare collapse": lambda rng, size: rng.normal(1.0, 0.2, size) - 10.0 * (rng.random(size) < 0.1),
}
"""Paired differences with mean 0, the truth.

Where a method makes no difference at all, exchanging the two runs of a seed changes nothing, so
differences are symmetrical however skewed the runs are: "two skewed runs". Skewed differences
themselves with mean 0 are the hard case: the methods differ in shape and not in mean. Worst is
the candidate that is a little better on nine seeds of ten and collapses on the tenth.
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened in simulated studies, with its Monte-Carlo standard error."""

    count: int
    studies: int

    @property
    def value(self) -> float:
        """The rate."""
        return self.count / self.studies

    @property
    def error(self) -> float:
        """Its standard error; half a count where nothing or everything happened."""
        p = min(max(self.value, 0.5 / self.studies), 1 - 0.5 / self.studies)
        return float(np.sqrt(p * (1 - p) / self.studies))


def coverage(kind: str, n: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often the 95 % interval of a paired difference of `n` seeds holds the true mean."""
    x = SAMPLERS[kind](rng, (studies, n))
    zero = np.zeros(n)
    hits = 0
    for row in x:
        effect = paired_difference(row, zero, margin=0.5).effect
        hits += (
            effect.low is not None and effect.high is not None and effect.low <= 0 <= effect.high
        )
    return Rate(hits, studies)


def median_coverage(n: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often the interval of a median ratio of times, a fifth censored, holds the true 1."""
    times = rng.lognormal(0.0, 0.4, (2, studies, n))
    times[rng.random(times.shape) < 0.2] = np.inf
    hits = counted = 0
    for x, y in zip(*times, strict=True):
        effect = paired_time_to_target(x, y, margin_percent=5).effect
        if effect.low is not None and effect.high is not None:
            counted += 1
            hits += effect.low <= 1 <= effect.high
    return Rate(hits, max(counted, 1))


def with_shared_luck(
    shared: float, studies: int, settings: int, n: int, rng: np.random.Generator
) -> Array:
    """Draw scores (studies, settings, n) whose correlation between settings is `shared`.

    A seed's luck, standard normal, is in part (the variance `shared`) the same in all settings.
    """
    own = rng.normal(0.0, 1.0, (studies, settings, n))
    luck = rng.normal(0.0, 1.0, (studies, 1, n))
    return np.asarray(np.sqrt(shared) * luck + np.sqrt(1 - shared) * own)


def middle_mean_coverage(n: int, shared: float, studies: int, rng: np.random.Generator) -> Rate:
    """How often the interval of an interquartile mean over 8 settings holds the truth.

    `shared` is the correlation of a seed's scores between settings.
    """
    draws = draw([range(n)] * 8, generator=rng)
    hits = 0
    for strata in with_shared_luck(shared, studies, 8, n, rng):
        estimate = interquartile_mean(list(strata), draws)
        assert estimate.low is not None
        assert estimate.high is not None
        hits += estimate.low <= 0 <= estimate.high
    return Rate(hits, studies)


def improvement_coverage(n: int, shared: float, studies: int, rng: np.random.Generator) -> Rate:
    """How often the interval of a probability of improvement over 8 settings holds the true .5.

    The two sides are independent; a seed's luck on either has the correlation `shared` between
    settings.
    """
    draws = draw([range(n)] * 8, generator=rng)
    ours, theirs = (with_shared_luck(shared, studies, 8, n, rng) for _ in range(2))
    hits = 0
    for x, y in zip(ours, theirs, strict=True):
        estimate = probability_of_improvement(list(zip(x, y, strict=True)), draws)
        # Without an interval every resample has the same share: 0 or 1, and the truth is missed.
        hits += estimate.low is not None and estimate.low <= 0.5 <= (estimate.high or 0.0)
    return Rate(hits, studies)


def family_wise_error(
    kind: str, n: int, comparisons: int, studies: int, rng: np.random.Generator
) -> Rate:
    """How often a family without any difference gets a verdict of better or worse."""
    zero, wrong = np.zeros(n), 0
    for study in SAMPLERS[kind](rng, (studies, comparisons, n)):
        wrong += _any_difference(study, zero)
    return Rate(wrong, studies)


def power_at_detectable(n: int, comparisons: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often the stated minimum detectable effect is shown, in a family of `comparisons`.

    One comparison has an effect of that size, the others none.
    """
    effect = detectable_effect(1.0, n, ALPHA / comparisons)
    assert effect is not None
    zero, shown = np.zeros(n), 0
    for study in rng.normal(0.0, 1.0, (studies, comparisons, n)):
        study[0] += effect
        effects = [paired_difference(row, zero, margin=NO_MARGIN) for row in study]
        first = judge_family(effects, higher_is_better=True, alpha=ALPHA)[0]
        shown += first.judgement.verdict is Verdict.BETTER
    return Rate(shown, studies)


def coarse_error(n: int, comparisons: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often a family without any difference gets one, where seeds differ by an image or two.

    Both sides are counts of images that vary by half an image around one and the same number.
    """
    sides = np.round(rng.normal(340.3, 0.5, (2, studies, comparisons, n)))
    zero = np.zeros(n)
    return Rate(sum(_any_difference(s, zero, resolution=1.0) for s in sides[0] - sides[1]), studies)


def missed_and_equivalent(n: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often a candidate that misses the target in a fifth of runs is called equivalent.

    Where both arrive, times are the same but for 1 %.
    """
    times = rng.lognormal(0.0, 0.01, (2, studies, n))
    times[0][rng.random((studies, n)) < 0.2] = np.inf
    wrong = 0
    for x, y in zip(*times, strict=True):
        effect = paired_time_to_target(x, y, margin_percent=5)
        [judged] = judge_family([effect], higher_is_better=False, alpha=ALPHA)
        wrong += judged.judgement.verdict is Verdict.EQUIVALENT
    return Rate(wrong, studies)


def robust_error(
    kind: str, n: int, comparisons: int, studies: int, rng: np.random.Generator
) -> Rate:
    """How often the test against skew shows a difference in a family without any."""
    zero, wrong = np.zeros(n), 0
    for study in SAMPLERS[kind](rng, (studies, comparisons, n)):
        effects = [paired_difference(row, zero, margin=NO_MARGIN) for row in study]
        tests = [e.tests for e in effects if e.tests is not None]
        wrong += any(p is not None and p < ALPHA for p in holm([t.robust_p for t in tests]))
    return Rate(wrong, studies)


def equivalence_size(n: int, studies: int, rng: np.random.Generator, kind: str = "normal") -> Rate:
    """How often a difference exactly as large as the margin is called equivalent.

    For skewed differences on the side where most of them lie within the margin.
    """
    margin = 5.0
    x = SAMPLERS[kind](rng, (studies, n)) + (-margin if kind == "rare collapse" else margin)
    return Rate(sum(tost(row, margin) < ALPHA for row in x), studies)


def regression_size(n: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often an effect exactly as large as the margin is called beyond it."""
    margin = 0.5
    x = rng.normal(margin, 1.0, (studies, n))
    return Rate(sum(beyond_margin_p(row, margin) < ALPHA for row in x), studies)


def logrank_size(n: int, studies: int, rng: np.random.Generator, *, exact: bool) -> Rate:
    """How often equal times to a target, a fifth censored, are called different."""
    times = rng.lognormal(0.0, 0.4, (2, studies, n))
    times[rng.random(times.shape) < 0.2] = np.inf
    wrong = 0
    for x, y in zip(*times, strict=True):
        tests = paired_time_to_target(x, y, margin_percent=5).tests
        p = None if tests is None else tests.p if exact else tests.logrank_p
        wrong += p is not None and p < ALPHA
    return Rate(wrong, studies)


def largest_expected_error(level: float, studies: int, deviations: float = 3.0) -> float:
    """Rate that a true rate of `level` hardly ever exceeds in `studies` simulations."""
    tail = float(stats.norm.sf(deviations))
    return float(stats.binom.isf(tail, studies, level)) / studies


def _any_difference(
    study: Sequence[Array] | Array, zero: Array, resolution: float | None = None
) -> bool:
    effects = [
        paired_difference(row, zero, margin=NO_MARGIN, resolution=resolution) for row in study
    ]
    judged = judge_family(effects, higher_is_better=True, alpha=ALPHA)
    return any(j.judgement.verdict in (Verdict.BETTER, Verdict.WORSE) for j in judged)
