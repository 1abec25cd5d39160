"""Simulated whole studies: pooled comparisons behind one error budget, and seeds added by looks.

As in `simulation`, every figure comes from the engine's own functions and an explicit generator.
"""

import numpy as np

from reports.simulation import ALPHA, NO_MARGIN, SAMPLERS, Rate, with_shared_luck
from reports.statistics.estimate import Array, student_p
from reports.statistics.gate import Branch, gate
from reports.statistics.pooled import interaction_p, pool_effects
from reports.statistics.sequential import LOOKS, decided

CANDIDATES = 4
TIMESTEPS = (2.0, 5.0, 2.0, 5.0)
BATCH_SIZES = (64.0, 64.0, 128.0, 128.0)
SETTINGS = len(TIMESTEPS)
LARGE = 4.0
"""An effect, in standard deviations, that is shown nearly always: the rest must stand beside it."""

TRUTHS: dict[str, tuple[tuple[float, ...], ...]] = {
    "no effect": ((0.0,) * SETTINGS,) * CANDIDATES,
    "in one setting of one candidate": (
        (LARGE, 0.0, 0.0, 0.0), *((0.0,) * SETTINGS,) * (CANDIDATES - 1)
    ),
    "in one setting of half of them": (
        *((LARGE, 0.0, 0.0, 0.0),) * (CANDIDATES // 2),
        *((0.0,) * SETTINGS,) * (CANDIDATES // 2),
    ),
    "in one setting of each": ((LARGE, 0.0, 0.0, 0.0),) * CANDIDATES,
    "two settings that cancel out": (
        (LARGE, 0.0, 0.0, -LARGE), *((0.0,) * SETTINGS,) * (CANDIDATES - 1)
    ),
}  # fmt: skip
"""True effects by candidate and setting."""


def gate_error(truth: str, n: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often a study of 4 candidates in 4 settings makes a false claim, pooled or in a setting.

    A pooled claim is false where the mean effect is 0, a claim in a setting where its effect is.
    Half of the variance is a seed's luck in all settings, and half of all is the baseline's.
    """
    effects = np.array(TRUTHS[truth])
    false_pooled, false_settings = effects.mean(axis=1) == 0, effects == 0
    wrong = 0
    for study in _studies(effects, n, studies, rng):
        found = gate([branch(candidate) for candidate in study])
        wrong += any(
            (false and _below(f.pooled))
            or any(_below(p) for p, no in zip(f.settings, nothing, strict=True) if no)
            for f, false, nothing in zip(found, false_pooled, false_settings, strict=True)
        )
    return Rate(wrong, studies)


def pooled_power(
    effect: float, n: int, studies: int, rng: np.random.Generator, *, pooled: bool
) -> Rate:
    """How often a candidate's `effect` in every setting is shown, the other candidates having none.

    `pooled`, or else in at least half of its settings: what a reader would need before.
    """
    effects = np.zeros((CANDIDATES, SETTINGS))
    effects[0] = effect
    shown = 0
    for study in _studies(effects, n, studies, rng):
        first = gate([branch(candidate) for candidate in study])[0]
        held = sum(_below(p) for p in first.settings)
        shown += _below(first.pooled) if pooled else held >= SETTINGS / 2
    return Rate(shown, studies)


def branch(effects: Array) -> Branch:
    """P-values of one candidate from its effects (n, settings)."""
    pooled = pool_effects(effects, kind="difference", margin=NO_MARGIN, thorough=False).effect
    return Branch(
        None if pooled.tests is None else pooled.tests.p,
        (interaction_p(effects, TIMESTEPS), interaction_p(effects, BATCH_SIZES)),
        tuple(student_p(column) for column in effects.T),
    )


def looks_error(kind: str, comparisons: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often a study that looks at 5, 10 and 20 seeds claims a difference without any."""
    x = SAMPLERS[kind](rng, (studies, comparisons, LOOKS[-1]))
    return Rate(sum(any(decided(_p_by_look(study), LOOKS, ALPHA)) for study in x), studies)


def looks_power(
    effect: float, comparisons: int, studies: int, rng: np.random.Generator, *, looks: bool
) -> Rate:
    """How often one `effect` (d_z) among others of 0 is shown, by looks or by 20 seeds at once."""
    x = _one_effect(effect, comparisons, studies, rng)
    planned = LOOKS if looks else LOOKS[-1:]
    shown = sum(decided(_p_by_look(study, planned), planned, ALPHA)[0] for study in x)
    return Rate(shown, studies)


def seeds_used(effect: float, comparisons: int, studies: int, rng: np.random.Generator) -> Rate:
    """Seeds that a study with looks uses, as a share of the 20 of a fixed design.

    All `comparisons` have the same `effect` (d_z); the study stops when all of them are shown.
    """
    used = 0
    for study in rng.normal(effect, 1.0, (studies, comparisons, LOOKS[-1])):
        p = _p_by_look(study)
        stops = (n for i, n in enumerate(LOOKS, 1) if all(decided(p[:, :i], LOOKS, ALPHA)))
        used += next(stops, LOOKS[-1])
    return Rate(used, studies * LOOKS[-1])


def _studies(effects: Array, n: int, studies: int, rng: np.random.Generator) -> Array:
    """Draw paired effects (studies, candidates, n, settings) with standard deviation 1."""
    own = np.stack(
        [with_shared_luck(0.5, studies, SETTINGS, n, rng) for _ in range(CANDIDATES)], axis=1
    )
    baseline = with_shared_luck(0.5, studies, SETTINGS, n, rng)[:, None]
    noise = (own - baseline) / np.sqrt(2)
    return np.asarray((effects[None, :, :, None] + noise).transpose(0, 1, 3, 2))


def _one_effect(effect: float, comparisons: int, studies: int, rng: np.random.Generator) -> Array:
    x = rng.normal(0.0, 1.0, (studies, comparisons, LOOKS[-1]))
    x[:, 0] += effect
    return x


def _p_by_look(study: Array, looks: tuple[int, ...] = LOOKS) -> Array:
    """P-values (comparisons, looks) of `study` (comparisons, seeds) at each look."""
    return np.array([[student_p(row[:n]) for n in looks] for row in study])


def _below(p: float | None) -> bool:
    return p is not None and p < ALPHA
