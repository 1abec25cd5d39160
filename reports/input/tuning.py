"""How a study's options were chosen: what whoever makes the report knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TunedMethod:
    """The trials of a method; trial 0 had the options from before.

    `scores` has the mean validation accuracy (percent) of every trial, `None` where it failed or
    was pruned. `space` says by option what was searched, `changed` names the options that the study
    does not have as they were chosen. `budget` is that of the trials' runs, in the words of the
    runs frame; `seconds` of training, `epochs` and `flops` are all that they took.
    """

    method: str
    scores: tuple[float | None, ...]
    failed: int
    pruned: int
    chosen: int
    space: Mapping[str, str]
    before: Mapping[str, object]
    options: Mapping[str, object]
    budget: str
    runs: int
    seconds: float
    epochs: int
    flops: float | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tuning:
    """Where a study's options come from: the trials of `study`, on `seeds` at `settings`."""

    study: str
    seeds: tuple[int, ...]
    settings: str
    sampler: str
    methods: tuple[TunedMethod, ...]

    def of(self, method: str) -> TunedMethod | None:
        """Return how `method` was tuned; `None` if it was not."""
        return next((each for each in self.methods if each.method == method), None)
