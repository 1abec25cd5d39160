"""What one comparison shows, as a typed value: effect, interval, tests, sizes."""

from dataclasses import dataclass
from typing import Literal

from reports.statistics.effect_size import EffectSizes
from reports.statistics.estimate import Estimate
from reports.statistics.finished import FailureAsWorst, Finished
from reports.statistics.outliers import Outliers


@dataclass(frozen=True, slots=True)
class Tests:
    """The p-values of one comparison, before any adjustment; two-sided but for `equivalence_p`.

    `p` is the primary one, from the test named in `primary`; the others are sensitivity checks.
    `wilcoxon_p` is `None` where all differences are zero, `logit_p` where the metric is no share
    or a value is 0 or 1, `logrank_p` (the large-sample one) where nothing is censored, `robust_p`
    (against skew) for fewer than 4 pairs and where no mean is tested.
    `equivalence_p` is that of the two one-sided tests against the margin that was given. All but
    the primary one are `None` where only that was asked for.
    """

    p: float
    primary: str
    sign_flip_p: float | None
    sign_flip_is_exact: bool
    wilcoxon_p: float | None
    equivalence_p: float | None
    logit_p: float | None = None
    logrank_p: float | None = None
    robust_p: float | None = None


@dataclass(frozen=True, slots=True)
class Censoring:
    """How often each side reached a target, and the median time it took.

    Times are in the unit of the inputs, infinite where half of the runs or more never arrived.
    `neither` counts the pairs where neither side did: they say nothing about which is faster.
    """

    candidate_reached: int
    baseline_reached: int
    runs: int
    neither: int
    candidate_median: float
    baseline_median: float


@dataclass(frozen=True, slots=True)
class PairedEffect:
    """What pairing by seed shows: an effect in raw units, its interval, and its tests.

    `effect` is a difference (null value 0) or a ratio (null value 1). `tests` is `None` for fewer
    than 3 pairs and for a deterministic ratio. `spread` is the standard deviation of the paired
    differences on the scale that was tested (logarithms for a ratio), `None` where there is none.
    `floor` is what `spread` is at least, see `estimate.deviation`.
    `margin` is the largest effect that does not matter: a difference, or a ratio above 1.
    `lean` is the sign of the primary test's statistic where that is not the effect's own: above 0
    the candidate has more of the metric, 0 leans to no side, `None` follows the effect.
    `finished` counts the runs behind the pairs that finished, and `worst` tests with failures as
    the worst outcome; `None` where failures are not counted or are in the effect already.
    `outliers` counts seeds whose difference lies far from the others', on the scale tested.
    `looks` are the planned looks of a study whose seeds were added, as numbers of seeds, of which
    `looks_made` were made; p-values are adjusted for them already.
    """

    kind: Literal["difference", "ratio"]
    effect: Estimate
    margin: float
    tests: Tests | None
    deterministic: bool = False
    spread: float | None = None
    floor: float = 0.0
    sizes: EffectSizes | None = None
    censoring: Censoring | None = None
    lean: int | None = None
    finished: Finished | None = None
    worst: FailureAsWorst | None = None
    outliers: Outliers | None = None
    looks: tuple[int, ...] = ()
    looks_made: int = 0

    @property
    def null(self) -> float:
        """The value of the effect when the two methods do not differ."""
        return 0.0 if self.kind == "difference" else 1.0

    @property
    def one_direction(self) -> bool:
        """Whether the primary test and the effect speak for the same side."""
        point = self.effect.point
        if self.lean is None or point is None:
            return True
        return self.lean == (point > self.null) - (point < self.null)
