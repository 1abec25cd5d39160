"""`stack_seeds`: how many seeds of a setting are computed as one, and what that excludes."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictInt

from bench.study.whole_numbers import LARGEST

AT_MOST = 16
"""Seeds that are computed as one where a study does not say how many."""

StackSeeds = StrictBool | Annotated[StrictInt, Field(ge=1, le=LARGEST)]


def at_most(stack_seeds: bool | int) -> int:
    """Return how many seeds are computed as one; 1 where none are."""
    return AT_MOST if stack_seeds is True else int(stack_seeds) or 1


def excluded(entries: Mapping[str, Any]) -> str:
    """Return what of a study's `entries` seeds that are stacked cannot have; "" for nothing."""
    budgets = getattr(entries.get("budget"), "each", ())
    if any(each.seconds is not None for each in budgets):
        return "seeds computed as one have no seconds of their own; give epochs"
    if entries.get("cuda_graphs"):
        return "excludes cuda_graphs: what is replayed is one seed's step"
    if entries.get("gradient_norms"):
        return "excludes gradient_norms: a stacked step has no gradient of one seed's block"
    if entries.get("precision") == "bf16":
        return "needs precision fp32 or tf32, got bf16"
    return ""
