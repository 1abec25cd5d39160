"""Simulated whole studies: pooled comparisons behind one error budget, and seeds added by looks.

As in `simulation`, every figure comes from the engine's own functions and an explicit generator.
"""

from collections.abc import Sequence

import numpy as np

from reports.comparisons.estimates import compare_all
from reports.comparisons.gated import judge_study
from reports.comparisons.pooled import pool_all
from reports.input.metrics import TEST_ACCURACY
from reports.input.pairing import Groups, Setting
from reports.input.plan import Plan
from reports.input.runs import Condition, Run
from reports.simulation import ALPHA, NO_MARGIN, SAMPLERS, Rate, with_shared_luck
from reports.statistics.candidates import Candidate, JudgedCandidate, judge_candidates
from reports.statistics.equivalence import DIFFERENT, Verdict, tost
from reports.statistics.estimate import Array, student_p
from reports.statistics.paired import paired_difference
from reports.statistics.pooled import interaction_p, pool_effects
from reports.statistics.sequential import LOOKS, decided, sequential_equivalence_p

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

SIDES = {Verdict.BETTER: 1, Verdict.BETTER_FINISHED: 1, Verdict.WORSE: -1}

PLACES = tuple(
    Setting("simulated", int(size), int(steps), Condition("cpu", "", ""))
    for size, steps in zip(BATCH_SIZES, TIMESTEPS, strict=True)
)

PLAN = Plan(title="A simulated study", baseline="baseline", own_metrics=(TEST_ACCURACY,))
"""Rules of the whole analysis: everything at its default."""


def gate_error(truth: str, n: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often a study of 4 candidates in 4 settings makes a false claim, pooled or in a setting.

    A pooled claim is false where the mean effect is 0, a claim in a setting where its effect is.
    Half of the variance is a seed's luck in all settings, and half of all is the baseline's.
    """
    effects = np.array(TRUTHS[truth])
    wrong = 0
    for study in _studies(effects, n, studies, rng):
        verdicts = [
            (j.pooled.judgement.verdict, [s.judgement.verdict for s in j.settings])
            for j in judged(study)
        ]
        wrong += _any_false(verdicts, effects)
    return Rate(wrong, studies)


def analysis_error(truth: str, n: int, studies: int, rng: np.random.Generator) -> Rate:
    """As `gate_error`, by the whole analysis: runs in, verdicts as the page has them out.

    Every setting has accuracies around 90 %, whose paired differences have a deviation of 1 point.
    """
    effects = np.array(TRUTHS[truth])
    wrong = 0
    for study in _studies(effects, n, studies, rng):
        base = rng.normal(90.0, 1.0, (n, SETTINGS))
        groups = _groups(base, base + study)
        found, pooled = judge_study(compare_all(groups, PLAN), pool_all(groups, PLAN), PLAN)
        names = [f"candidate {i}" for i in range(CANDIDATES)]
        overall = {p.comparison.candidate: p.comparison.verdict for p in pooled}
        inside = {(c.candidate, c.setting): c.verdict for c in found}
        verdicts = [
            (overall[name], [inside[name, setting] for setting in PLACES]) for name in names
        ]
        wrong += _any_false(verdicts, effects)
    return Rate(wrong, studies)


def _any_false(verdicts: Sequence[tuple[Verdict, list[Verdict]]], effects: Array) -> bool:
    """Whether a difference is claimed where there is none, or in the wrong direction.

    Verdicts of candidates, over all settings and in each; `effects` (candidates, settings).
    """
    claims = [
        (verdict, effect)
        for (overall, inside), own in zip(verdicts, effects, strict=True)
        for verdict, effect in zip((overall, *inside), (own.mean(), *own), strict=True)
    ]
    return any(
        verdict in DIFFERENT and np.sign(effect) != SIDES[verdict] for verdict, effect in claims
    )


def _groups(base: Array, candidates: Array) -> Groups:
    """Make runs of the baseline (n, settings) and of the candidates (candidates, n, settings)."""
    methods = {"baseline": base} | {f"candidate {i}": own for i, own in enumerate(candidates)}
    return {
        (name, setting): tuple(
            _run(name, setting, seed, float(value)) for seed, value in enumerate(values[:, j])
        )
        for name, values in methods.items()
        for j, setting in enumerate(PLACES)
    }


def _run(method: str, setting: Setting, seed: int, accuracy: float) -> Run:
    return Run(
        cell=f"{method}, {seed}", status="ok", method=method, embedding="",
        dataset=setting.dataset, batch_size=setting.batch_size, timesteps=setting.timesteps,
        seed=seed, condition=setting.condition, provenance={}, started_at="", failure="",
        values={TEST_ACCURACY.column: accuracy},
    )  # fmt: skip


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
        first = judged(study)[0]
        held = sum(s.judgement.verdict in DIFFERENT for s in first.settings)
        overall = first.pooled.judgement.verdict in DIFFERENT
        shown += overall if pooled else held >= SETTINGS / 2
    return Rate(shown, studies)


def judged(study: Array) -> tuple[JudgedCandidate, ...]:
    """Judge candidates from their paired effects (candidates, n, settings), as the page does."""
    zero = np.zeros(study.shape[1])
    candidates = []
    for own in study:
        found = pool_effects(own, kind="difference", margin=NO_MARGIN, thorough=False)
        settings = tuple(
            paired_difference(column, zero, margin=NO_MARGIN, thorough=False) for column in own.T
        )
        asked = (interaction_p(own, levels) for levels in (TIMESTEPS, BATCH_SIZES))
        interactions = tuple(p for p in asked if p is not None)
        candidates.append(Candidate(found.effect, settings, len(found.settings), interactions))
    return judge_candidates(candidates, higher_is_better=True, alpha=ALPHA)


def looks_error(kind: str, comparisons: int, studies: int, rng: np.random.Generator) -> Rate:
    """How often a study that looks at 5, 10 and 20 seeds claims a difference without any."""
    x = SAMPLERS[kind](rng, (studies, comparisons, LOOKS[-1]))
    return Rate(sum(any(decided(_p_by_look(study), LOOKS, ALPHA)) for study in x), studies)


def looks_equivalence(studies: int, rng: np.random.Generator) -> Rate:
    """How often a difference exactly as large as the margin is called equivalent at any look."""
    margin = 5.0  # so wide that the other side of it is out of sight
    x = rng.normal(margin, 1.0, (studies, LOOKS[-1]))
    wrong = 0
    for row in x:
        p = [tost(row[:n], margin) for n in LOOKS]
        wrong += sequential_equivalence_p(p, LOOKS) < ALPHA
    return Rate(wrong, studies)


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
