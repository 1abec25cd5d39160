"""Every kind of warning, in the order of reading: those that change the reading most come first.

To add one, write a class that finds and says it, and add its line to `KINDS`.
"""

from reports.warnings.caveat import Caveat, Evidence
from reports.warnings.gradients import NormsWithoutRatio
from reports.warnings.measuring import BusyMachine, OutlyingEpochs, UnlikeRuns, UnsteadyTimes
from reports.warnings.pairs import CannotReachAlpha, Disagreement, LeftOut, TooFewPairs
from reports.warnings.partners import NoBaselineThere, OneSided
from reports.warnings.readability import CloseEmbeddings, LowCeiling
from reports.warnings.runs import (
    ComparedApart,
    Failures,
    FailuresBeside,
    MixedProvenance,
    NoBaseline,
    NothingFinished,
    OtherConfigurations,
    Superseded,
    UnlikeMachines,
    Unusable,
)
from reports.warnings.seeds import BeyondTheLook, SeedsAdded
from reports.warnings.tuning import NotAsChosen, UnequalTuning
from reports.warnings.twins import SameResults
from reports.warnings.variants import IdleVariants

KINDS: tuple[type[Caveat], ...] = (
    NothingFinished,
    NoBaseline,
    UnequalTuning,
    NotAsChosen,
    OtherConfigurations,
    NoBaselineThere,
    OneSided,
    ComparedApart,
    MixedProvenance,
    UnlikeMachines,
    Superseded,
    SeedsAdded,
    BeyondTheLook,
    Failures,
    FailuresBeside,
    Unusable,
    TooFewPairs,
    LeftOut,
    Disagreement,
    CannotReachAlpha,
    SameResults,
    IdleVariants,
    LowCeiling,
    CloseEmbeddings,
    BusyMachine,
    UnsteadyTimes,
    OutlyingEpochs,
    UnlikeRuns,
    NormsWithoutRatio,
)


def find_caveats(evidence: Evidence) -> tuple[Caveat, ...]:
    """Return every warning that `evidence` gives reason for."""
    return tuple(caveat for kind in KINDS for caveat in kind.find(evidence))
