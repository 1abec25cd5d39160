"""What a claim rests on: measured effects, what each of them says, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reports.input.pairing import Setting
from reports.input.runs import Condition
from reports.statistics.effect import PairedEffect
from reports.statistics.equivalence import Verdict


class Claim(StrEnum):
    """The claims, in their order; the first four rest on the last."""

    PARALLEL = "parallel"
    MEMORY = "memory"
    GRADIENTS = "gradients"
    MACHINES = "machines"
    CHAIN = "chain"


class Says(StrEnum):
    """What one piece of evidence says of its claim."""

    FOR = "for"
    AGAINST = "against"
    OPEN = "open"


class Outcome(StrEnum):
    """The verdict on a claim."""

    HELD = "held up"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    NOT_MEASURED = "not measured here"


class Measure(StrEnum):
    """What was measured; the value stands in csv and json."""

    TIME = "epoch_seconds"
    MEMORY = "peak_memory_bytes"
    ACCURACY = "test_accuracy"
    ACTIVATIONS = "activations_exponent"
    RATIO_AT_START = "gradient_ratio_at_start"
    RATIO_IN_TRAINING = "gradient_ratio_in_training"
    ACCURACY_SLOPE = "accuracy_per_doubling"
    SENT = "sent_bytes"


SLOPES = (Measure.RATIO_AT_START, Measure.RATIO_IN_TRAINING)
"""Base-2 logarithms per doubling of T."""

STEADY = (Measure.ACTIVATIONS, Measure.ACCURACY_SLOPE, *SLOPES)
"""What is asked to lie within a margin of no change; in all others the method is to be better."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One effect. Without `decides` it stands beside the others and has no part in the verdict.

    Ratios and differences are `method` over, or minus, `against`; slopes and exponents are of
    `method` alone where `against` is empty, and bytes are of both, `method`'s in `paired` and the
    other's in `theirs`. `levels` are the T it rests on. `p` is adjusted: for the other evidence
    of the claims, or where the same comparison is in the study's answer, as it is there
    (`answered`). `flops` is how many operations `method` took for each one of `against`;
    `batch_size` is that of a slope, and of all settings where it is `None`.
    """

    claim: Claim
    measure: Measure
    method: str
    against: str
    place: tuple[str, Condition]
    paired: PairedEffect
    levels: tuple[int, ...]
    decides: bool = True
    says: Says = Says.OPEN
    p: float | None = None
    answered: bool = False
    control: bool = False
    theirs: float | None = None
    flops: float | None = None
    batch_size: int | None = None
    times: int = 1
    """Of how many methods, equal run by run, it is shown as one."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim with its evidence, what decides first."""

    claim: Claim
    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()

    @property
    def deciding(self) -> tuple[Evidence, ...]:
        """The evidence that the verdict rests on."""
        return tuple(each for each in self.evidence if each.decides)


def outcome_of(deciding: Sequence[Evidence]) -> Outcome:
    """Judge a claim: refuted if any evidence is against it, held up if all of it is for it."""
    said = {each.says for each in deciding}
    if not said:
        return Outcome.NOT_MEASURED
    if Says.AGAINST in said:
        return Outcome.REFUTED
    return Outcome.HELD if said == {Says.FOR} else Outcome.UNDECIDED


def gain_says(verdict: Verdict) -> Says:
    """Read a comparison in which the method is claimed to be better: equal is not enough."""
    if verdict is Verdict.BETTER:
        return Says.FOR
    return Says.AGAINST if verdict in (Verdict.WORSE, Verdict.EQUIVALENT) else Says.OPEN


def steadiness_says(verdict: Verdict) -> Says:
    """Read a slope that is claimed to lie within a margin of none."""
    if verdict is Verdict.EQUIVALENT:
        return Says.FOR
    return Says.OPEN if verdict is Verdict.INCONCLUSIVE else Says.AGAINST


def levels_of(settings: Sequence[Setting]) -> tuple[int, ...]:
    """Return the T of `settings`, sorted."""
    return tuple(sorted({s.timesteps for s in settings if s.timesteps is not None}))
