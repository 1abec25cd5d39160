"""Claims as they are made, what was found, and the limits of it."""

from collections import defaultdict
from collections.abc import Sequence

from reports.claims.evidence import SLOPES, STEADY, Claim, Claimed, Evidence, Measure, Outcome, Says
from reports.claims.steadiness import FLAT_EXPONENT, STEADY_DECADES
from reports.display.numbers import (
    NO_NUMBER,
    change_text,
    effect_text,
    factor_text,
    interval_text,
    number,
    p_phrase,
    point_text,
    quantity_text,
)
from reports.display.words import equation, join, levels
from reports.input.units import BYTES, Unit
from reports.statistics.estimate import Gap

NAMES = {
    Claim.PARALLEL: "Parallel training",
    Claim.MEMORY: "Less memory",
    Claim.GRADIENTS: "No vanishing or exploding gradients",
    Claim.MACHINES: "Separate machines",
    Claim.CHAIN: "The chain pays",
}
SHORT = {
    Claim.PARALLEL: "1 Parallel",
    Claim.MEMORY: "2 Memory",
    Claim.GRADIENTS: "3 Gradients",
    Claim.MACHINES: "4 Machines",
    Claim.CHAIN: "5 Chain",
}
STATEMENTS = {
    Claim.PARALLEL: "Blocks that learn without one another are trained at the same time, so an "
    "epoch takes less time than in one process, and less than back-propagation's on as many.",
    Claim.MEMORY: "Activations of one block at a time are enough, so they do not grow with T, and "
    "peak memory is below back-propagation's.",
    Claim.GRADIENTS: "The first block learns from gradients as large as the last block's, however "
    "many there are.",
    Claim.MACHINES: "Blocks are trained on machines that need not talk: less is sent than "
    "back-propagation sends.",
    Claim.CHAIN: "The chain of T steps is more accurate than what it is made of, than as many "
    "classifiers side by side, and than one classifier trained as long.",
}
RULES = {
    Claim.PARALLEL: "time per epoch over all T that both ran; no gain beyond the margin counts "
    "against it.",
    Claim.MEMORY: f"exponent of activations over T within ±{FLAT_EXPONENT:g}, and peak memory over "
    "all T.",
    Claim.GRADIENTS: f"slope within ±{STEADY_DECADES:g} powers of ten per doubling of T "
    f"(×{10**STEADY_DECADES:.2f}) speaks for it, beyond that against it; before training, and on "
    "average over training.",
    Claim.MACHINES: "bytes sent while an epoch is trained, counted: fewer at every T speaks for "
    "it.",
    Claim.CHAIN: "test accuracy over all T that both ran; equal within the margin counts against "
    "it.",
}
LIMITS = {
    Claim.PARALLEL: "Ranks on one machine share its memory bandwidth and cache, and their link is "
    "faster than a network; blocks are as small as here.",
    Claim.MEMORY: "Tensors of training alone; parameters and optimiser state grow with T in every "
    "method. All blocks computed as one hold all their activations at once.",
    Claim.GRADIENTS: "Where each block has a loss of its own, nothing is passed back that could "
    "vanish: a ratio that moves says that losses are not weighted alike. Whether accuracy suffers "
    "from depth stands beside it and decides nothing.",
    Claim.MACHINES: "Two ranks of one machine are not two machines: nothing was measured of a "
    "network, its delays or its failures. Weights that are gathered between epochs, to evaluate, "
    "are counted apart.",
    Claim.CHAIN: "These networks, data and budget alone; a chain that is trained longer or larger "
    "may come out otherwise.",
}
BESIDE = "Beside it, beyond the margin:"
"""What follows is no evidence."""
NOT_MEASURED = {
    Claim.PARALLEL: "No run was divided over ranks.",
    Claim.MEMORY: "No method was run at two T with its activations measured.",
    Claim.GRADIENTS: "No gradient norms were measured at two T.",
    Claim.MACHINES: "No run was divided over ranks.",
    Claim.CHAIN: "Nothing that the chain would have to beat was run.",
}
MEASURES = {
    Measure.TIME: "Time per epoch",
    Measure.MEMORY: "Peak memory",
    Measure.ACCURACY: "Test accuracy",
    Measure.ACTIVATIONS: "Activations, exponent over T",
    Measure.RATIO_AT_START: "First ÷ last block's gradient before training, per doubling of T",
    Measure.RATIO_IN_TRAINING: "First ÷ last block's gradient in training, per doubling of T",
    Measure.ACCURACY_SLOPE: "Test accuracy, per doubling of T",
    Measure.SENT: "Sent per epoch, all ranks",
}
UNITS_OF = {
    Measure.TIME: "ratio",
    Measure.MEMORY: "ratio",
    Measure.ACCURACY: "percentage points",
    Measure.ACTIVATIONS: "exponent",
    Measure.RATIO_AT_START: "log2 per doubling",
    Measure.RATIO_IN_TRAINING: "log2 per doubling",
    Measure.ACCURACY_SLOPE: "pp per doubling",
    Measure.SENT: "bytes",
}
SIGNS = {
    Outcome.HELD: "\N{CHECK MARK}",
    Outcome.REFUTED: "\N{MULTIPLICATION X}",
    Outcome.UNDECIDED: "?",
    Outcome.NOT_MEASURED: "\N{EN DASH}",
}
STEADY_WORDS = {
    Says.FOR: "within the margin", Says.AGAINST: "beyond the margin", Says.OPEN: "open",
}  # fmt: skip
GAIN_WORDS = {Says.FOR: "better", Says.AGAINST: "no gain", Says.OPEN: "open"}
"""What evidence that stands beside says by itself."""


def titles(claimed: Claimed, place: int) -> str:
    """`1. Parallel training: held up`."""
    return f"{place}. {NAMES[claimed.claim]}: {claimed.outcome}"


def claim_says(claimed: Claimed) -> str:
    """Say what is claimed, what was found, and how far that goes."""
    claim = claimed.claim
    found = NOT_MEASURED[claim] if claimed.outcome is Outcome.NOT_MEASURED else _found(claimed)
    return (
        f"Claimed: {STATEMENTS[claim]} "
        f"Found: {found}{_nothing_to_avoid(claimed)}{_with_depth(claimed)} "
        f"Limits: {LIMITS[claim]}"
    )


def _found(claimed: Claimed) -> str:
    """Say all evidence that decides: a sentence for each method and what was measured of it."""
    said: dict[tuple[str, Measure], list[Evidence]] = defaultdict(list)
    for each in claimed.deciding:
        said[each.method, each.measure].append(each)
    return " ".join(
        f"{MEASURES[measure]} of {method}: {'; '.join(map(finding, own))}."
        for (method, measure), own in said.items()
    )


def finding(each: Evidence) -> str:
    """Write one piece of evidence: effect, interval, against whom, n, p and what it says."""
    effect, interval = effect_words(each)
    shown = interval if interval.startswith("[") else ""
    against = f"against {each.against}" if each.against else ""
    if each.theirs is not None:
        against = f"{against}'s {_bytes(each.theirs)}"
    p = "" if each.p is None else f", {p_phrase(each.p)}"
    numbers = f"({equation('n', each.paired.effect.n)}{p}, {each.says})"
    return " ".join(filter(None, (effect, shown, against, flops_words(each), numbers)))


def effect_words(each: Evidence) -> tuple[str, str]:
    """Write an effect, and its interval or why there is none."""
    estimate = each.paired.effect
    if each.measure in SLOPES:
        text, interval = factor_text(estimate)
        return f"×{text}" if estimate.point is not None else text, interval
    if each.measure is Measure.ACTIVATIONS:
        plain, same = Unit(""), estimate.gap is Gap.NO_SPREAD
        interval = "the same for all seeds" if same else interval_text(estimate, plain)
        return point_text(estimate, plain), interval
    if each.measure is Measure.ACCURACY_SLOPE:
        text, interval = change_text(estimate)
        return f"{text} pp", interval
    if each.measure is Measure.SENT:
        theirs = "" if each.theirs is None else f"against {_bytes(each.theirs)}"
        return _bytes(estimate.point), theirs
    return effect_text(each.paired)


def _bytes(size: float | None) -> str:
    if size is None:
        return NO_NUMBER
    return "0" if size == 0 else quantity_text(size, BYTES.fitting([size]))


def levels_words(each: Evidence) -> str:
    """`2, 4, 8`, or of many `2–64 (6 values)`."""
    return levels(each.levels)


def beside_words(each: Evidence) -> str:
    """Say what evidence shows that has no part in the verdict."""
    return (STEADY_WORDS if each.measure in STEADY else GAIN_WORDS)[each.says]


def flops_words(each: Evidence) -> str:
    """`at ×1.02 the operations`, where that was counted."""
    return "" if each.flops is None else f"at ×{number(each.flops, 2)} the operations"


def _nothing_to_avoid(claimed: Claimed) -> str:
    """Say that no back-propagation was seen to lose gradients, where none was."""
    others = [each for each in claimed.evidence if each.measure in SLOPES and not each.decides]
    if not others or claimed.claim is not Claim.GRADIENTS:
        return ""
    lost = sorted({each.method for each in others if each.says is Says.AGAINST})
    if not lost:
        return " No back-propagation here was shown to move beyond the margin."
    return f" {BESIDE} {join(lost)}."


def _with_depth(claimed: Claimed) -> str:
    """Say what accuracy does with depth, beside what gradients do."""
    slopes = [
        each
        for each in claimed.evidence
        if each.measure is Measure.ACCURACY_SLOPE and not each.against
    ]
    if not slopes or claimed.claim is not Claim.GRADIENTS:
        return ""
    said = [" ".join(filter(None, (*effect_words(e), f"of {e.method}"))) for e in slopes]
    return f" {MEASURES[Measure.ACCURACY_SLOPE]}: {join(said)}."


def outcomes_say(claims: Sequence[Claimed]) -> str:
    """`Of 5 claims 2 held up, 1 refuted and 2 undecided.`."""
    counts = {o: [c for c in claims if c.outcome is o] for o in Outcome}
    parts = [f"{len(own)} {outcome}" for outcome, own in counts.items() if own]
    return f"Of {len(claims)} claims: {join(parts)}."
