"""The table [tuning] of a study, and [tuned], which a study has whose options were chosen by it.

Every method gets the same number of trials, on seeds that the comparison never uses.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, ValidationError

from bench.study.lists import Seeds, Sizes
from bench.study.problems import problems_of
from bench.study.whole_numbers import LARGEST
from noprop_core.options import Options
from noprop_core.search import Choice, Range, Search
from noprop_core.words import shortened

FOR_ALL = "all"
"""In place of a method's name in [tuning.space]: for every method that has the option."""

SEEDS = (1000, 1001)
TRIALS = 20
MOST_TRIALS = 1000

Sampler = Literal["qmc", "tpe"]

_ENTRIES = {"low", "high", "log", "values"}
"""What tells a range from a table of options."""


def _dotted(space: Any, prefix: str = "") -> Any:
    """Return nested tables of ranges under dotted names, as options are called elsewhere."""
    if not isinstance(space, Mapping):
        return space
    flat: dict[str, Any] = {}
    for name, value in space.items():
        nested = isinstance(value, Mapping) and not (value.keys() & _ENTRIES)
        flat |= _dotted(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return flat


def _range_or_choice(value: Any) -> Any:
    """Read one of the two, by its entries: what is wrong is told of that one alone."""
    if isinstance(value, Range | Choice):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(
            f"{shortened(repr(value), 80)} is no range such as {{ low = 1e-4, high = 1e-2, log = "
            "true } and no choice such as { values = [1, 2] }"
        )
    kind = Choice if "values" in value else Range
    try:
        return kind.model_validate(dict(value))
    except ValidationError as error:
        lines = (line.removeprefix(": ") for line in problems_of(error, kind))
        raise ValueError("\n".join(lines)) from error


DeclaredSpace = Annotated[
    dict[str, Annotated[Search, BeforeValidator(_range_or_choice)]], BeforeValidator(_dotted)
]


class Tuning(Options):
    """How the study's methods are tuned: the same for all of them."""

    trials: StrictInt = Field(TRIALS, ge=2, le=MOST_TRIALS, description="of each method")
    seeds: Seeds = Field(list(SEEDS), description="of the trials; none of the comparison's")
    sampler: Sampler = Field(
        "qmc",
        description="qmc: quasi-random points, which no trial's outcome changes; tpe: where "
        "earlier trials did well",
    )
    sampler_seed: StrictInt = Field(0, ge=0, le=2**31 - 1)
    pruning: bool = Field(
        False,
        description="a trial whose validation loss after a seed is above the median of earlier "
        "trials gets no further seeds",
    )
    datasets: list[str] | None = Field(None, min_length=1, description="of the study's; None: all")
    batch_sizes: Sizes | None = None
    timesteps: Sizes | None = None
    space: dict[str, DeclaredSpace] = Field(
        {}, description='by method or variant what is searched, in place of its own space; "all"'
    )


class TunedMethod(Options):
    """How a method's options were chosen. Trial 0 is what they were before."""

    scores: list[float | Literal["failed", "pruned"]] = Field(
        min_length=1, description="mean validation accuracy (0 to 1), by trial"
    )
    chosen: StrictInt = Field(ge=0, description="number of the trial, from 0")
    space: DeclaredSpace = Field(description="what was searched")
    before: dict[str, Any] = Field(description="options of trial 0, of those searched")
    options: dict[str, Any] = Field(description="options chosen")
    budget: str = Field(description="of every run, as reports call it")
    runs: StrictInt = Field(ge=1)
    seconds: float = Field(ge=0, description="training alone, all runs of all trials")
    epochs: StrictInt = Field(ge=0)
    flops: float | None = Field(None, ge=0, description="None: not counted")


class Tuned(Options):
    """Where a study's options come from: the trials of another study."""

    study: str
    seeds: Seeds
    datasets: list[str]
    batch_sizes: list[int]
    timesteps: list[int]
    sampler: Sampler
    sampler_seed: StrictInt = Field(ge=0, le=LARGEST)
    pruning: bool
    method: dict[str, TunedMethod]
