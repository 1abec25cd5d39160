"""Which options a trial tries: Optuna's samplers, asked anew for every trial.

Nothing of Optuna's is kept. What a sampler is told are the trials before, so that a run which was
killed goes on with the trials that it would have had.
"""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import create_trial

from bench.study.space import is_whole
from noprop_core.search import Choice, Search

DIGITS = 4
"""Significant digits of a proposed number: they are read by people, and are alike on machines whose
logarithms differ in the last bit."""

BEFORE_PRUNING = 5
"""Finished trials before the first may be pruned."""


@dataclass(frozen=True)
class Told:
    """What a sampler knows of a trial: its options, and how well it did; higher is better."""

    options: Mapping[str, Any]
    value: float


def quasi_random(
    space: Mapping[str, Search], now: Mapping[str, Any], count: int, seed: int
) -> list[dict[str, Any]]:
    """Return the first `count` points of a scrambled Sobol sequence; more of them begin alike.

    `now` are the options that the study has, which tell whole numbers. Choices are drawn at random.
    """
    known = _distributions(space, now)
    sampler = optuna.samplers.QMCSampler
    with _quiet():
        study = optuna.create_study(
            sampler=sampler(
                qmc_type="sobol", scramble=True, seed=seed, warn_independent_sampling=False
            )
        )
        # It takes the space from the first trial, and nothing else of it.
        study.add_trial(create_trial(params=_any_point(space), distributions=known, value=0.0))
        return [_rounded(study.ask(known).params, space) for _ in range(count)]


def tree_parzen(
    space: Mapping[str, Search],
    now: Mapping[str, Any],
    past: Sequence[Told],
    seed: int,
) -> dict[str, Any]:
    """Return what a tree-structured Parzen estimator proposes after the trials `past`."""
    known = _distributions(space, now)
    with _quiet():
        # A seed for each trial: a sampler's own state would be lost with its process.
        sampler = optuna.samplers.TPESampler(seed=(seed * 1009 + len(past)) % 2**32)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        for trial in past:
            if all(_contains(known[name], trial.options[name]) for name in known):
                params = {name: trial.options[name] for name in known}
                study.add_trial(create_trial(params=params, distributions=known, value=trial.value))
        return _rounded(study.ask(known).params, space)


def is_above_median(past: Sequence[Sequence[float]], losses: Sequence[float]) -> bool:
    """Tell whether a trial is to be pruned after its last seed so far.

    `past` holds the losses of the finished trials, by seed; so does `losses` of the trial at hand.
    """
    with _quiet():
        pruner = optuna.pruners.MedianPruner(n_startup_trials=BEFORE_PRUNING)
        study = optuna.create_study(pruner=pruner)
        for each in past:
            values = dict(enumerate(each))
            study.add_trial(create_trial(value=_finite(each[-1]), intermediate_values=values))
        trial = study.ask()
        for step, loss in enumerate(losses):
            trial.report(loss, step)
        return trial.should_prune()


def _distributions(
    space: Mapping[str, Search], now: Mapping[str, Any]
) -> dict[str, BaseDistribution]:
    return {name: _distribution(search, now[name]) for name, search in space.items()}


def _distribution(search: Search, now: Any) -> BaseDistribution:
    if isinstance(search, Choice):
        return CategoricalDistribution(search.values)
    if is_whole(search, now):
        return IntDistribution(int(search.low), int(search.high), log=search.log)
    return FloatDistribution(search.low, search.high, log=search.log)


def _contains(distribution: BaseDistribution, value: Any) -> bool:
    """Tell whether a sampler can be told of `value`: a study's own may lie outside its range."""
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and bool(distribution._contains(float(value)))


def _any_point(space: Mapping[str, Search]) -> dict[str, Any]:
    return {name: search.ends[0] for name, search in space.items()}


def _rounded(params: Mapping[str, Any], space: Mapping[str, Search]) -> dict[str, Any]:
    return {name: _round(value, space[name]) for name, value in sorted(params.items())}


def _round(value: Any, search: Search) -> Any:
    if isinstance(search, Choice) or isinstance(value, int):
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), float(search.low)), float(search.high))


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 1e9


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's log, and its words on what it calls experimental, from the terminal."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
