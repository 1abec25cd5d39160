"""Several methods at once, over all settings of a data set or over data sets.

Ranks and the probability of improvement count a failed run as the worst outcome; the
interquartile mean covers finished runs, and its n says how many those are.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from reports.input.metrics import Metric
from reports.input.pairing import (
    Groups,
    Setting,
    meetings,
    runs_at,
)
from reports.input.plan import Plan
from reports.input.runs import Condition, Run, metrics_in
from reports.statistics.aggregate import (
    Profile,
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
)
from reports.statistics.bootstrap import Draws, draw
from reports.statistics.estimate import Array, Estimate
from reports.statistics.ranks import Friedman, cliques, friedman, ranks

LEVELS = 101

Seeds = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """One method over all settings of a place: interquartile mean and profile of accuracy (%)."""

    metric: Metric
    method: str
    dataset: str
    condition: Condition
    settings: int
    runs: int
    failures: int
    middle: Estimate
    profile: Profile


@dataclass(frozen=True, slots=True)
class Improvement:
    """How probably a run of the candidate beats one of the baseline, over `settings` settings."""

    metric: Metric
    candidate: str
    dataset: str
    condition: Condition
    settings: int
    chance: Estimate


@dataclass(frozen=True, slots=True)
class Ranking:
    """Mean ranks of methods, 1 best, in the primary metric.

    Over data sets, `blocks` are data sets and `test` may hold Friedman's test. Within one data
    set (`is_within`) blocks are settings and seeds, and ranks only describe. `cliques`
    are methods that the test does not tell apart; `left_out` methods that lack a block.
    """

    metric: Metric
    condition: Condition
    dataset: str
    methods: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    blocks: int
    test: Friedman | None
    cliques: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...]
    is_within: bool = False


def standings(groups: Groups, plan: Plan) -> tuple[Standing, ...]:
    """Interquartile mean and performance profile of every method, per data set and condition.

    Of accuracy; nothing where the plan has none.
    """
    metric = plan.accuracy
    if metric is None:
        return ()
    members: dict[tuple[str, str, Condition], list[tuple[Setting, tuple[Run, ...]]]] = defaultdict(
        list
    )
    for (method, setting), runs in groups.items():
        members[method, *setting.place].append((setting, runs))
    levels = _levels(members, metric)
    result = []
    for (method, dataset, condition), cells in sorted(members.items()):
        cells.sort(key=lambda cell: cell[0].order)
        by_cell = [_by_seed(runs) for _, runs in cells]
        finished = _strata({r.seed: r.values[metric.column] for r in rs if r.ok} for rs in by_cell)
        scores = _strata({r.seed: _score(r, metric) for r in rs} for rs in by_cell)
        result.append(
            Standing(
                metric=metric,
                method=method,
                dataset=dataset,
                condition=condition,
                settings=len(cells),
                runs=sum(len(rs) for rs in by_cell),
                failures=sum(not r.ok for rs in by_cell for r in rs),
                middle=interquartile_mean(
                    [values for _, values in finished],
                    _draws(plan, [seeds for seeds, _ in finished]),
                    confidence=plan.confidence,
                ),
                profile=performance_profile(
                    [values for _, values in scores],
                    levels[dataset, condition],
                    _draws(plan, [seeds for seeds, _ in scores]),
                    confidence=plan.confidence,
                ),
            )
        )
    return tuple(result)


def improvements(groups: Groups, plan: Plan) -> tuple[Improvement, ...]:
    """Probability of improvement of every candidate over the baseline, per place and metric."""
    met: dict[tuple[str, str, Condition], list[Setting]] = defaultdict(list)
    for candidate, setting in meetings(groups, plan.baseline):
        met[candidate, *setting.place].append(setting)
    # A failed run ranks last in what was measured there, not in what never was.
    at: dict[tuple[str, Condition], list[tuple[Run, ...]]] = defaultdict(list)
    for (_, setting), runs in groups.items():
        at[setting.place].append(runs)
    known = {place: metrics_in(here, plan.metrics) for place, here in at.items()}
    result = []
    for metric in plan.metrics:
        for (candidate, dataset, condition), settings in sorted(met.items()):
            if metric not in known[dataset, condition]:
                continue
            pairs = [
                pair
                for setting in settings
                if (pair := _score_pairs(groups, candidate, plan.baseline, setting, metric))
            ]
            if not pairs:
                continue
            chance = probability_of_improvement(
                [(x, y) for _, x, y in pairs],
                _draws(plan, [seeds for seeds, _, _ in pairs]),
                confidence=plan.confidence,
            )
            result.append(Improvement(metric, candidate, dataset, condition, len(pairs), chance))
    return tuple(result)


def rankings(groups: Groups, plan: Plan) -> tuple[Ranking, ...]:
    """Mean ranks per data set, and over data sets where there are several, with a test if any.

    A data set's mean ranks come from all settings and seeds that every ranked method has.
    """
    metric = plan.primary
    if metric not in metrics_in(groups.values(), plan.metrics):
        return ()
    places = sorted({setting.place for _, setting in groups})
    result, by_condition = [], defaultdict(list)
    for dataset, condition in places:
        found = _within(groups, dataset, condition, metric)
        if found is not None:
            result.append(found)
            by_condition[condition].append(found)
    for condition, parts in by_condition.items():
        if len(parts) > 1:
            over = _over(parts, condition, metric, plan.alpha)
            if over is not None:
                result.append(over)
    return tuple(result)


def _within(groups: Groups, dataset: str, condition: Condition, metric: Metric) -> Ranking | None:
    here = {key: runs for key, runs in groups.items() if key[1].place == (dataset, condition)}
    names = sorted({method for method, _ in here})
    with_t = {s.timesteps for _, s in here if s.timesteps is not None}
    steps: list[int | None] = [*sorted(with_t)] or [None]
    settings = [
        Setting(dataset, batch, t, condition)
        for batch in sorted({s.batch_size for _, s in here}, key=lambda size: size or 0)
        for t in steps
    ]
    table = {n: [runs_at(here, n, s) for s in settings] for n in names}
    most = max(sum(map(bool, cells)) for cells in table.values())
    kept = [n for n in names if sum(map(bool, table[n])) == most]
    rows = []
    for place in range(len(settings)):
        cells = [table[n][place] for n in kept]
        for seed in sorted(set.intersection(*(set(cell) for cell in cells))):
            scores = [_score(cell[seed], metric) for cell in cells]
            if all(score is not None for score in scores):
                rows.append(scores)
    if len(kept) < 2 or not rows:
        return None
    means = ranks(np.array(rows, dtype=np.float64)).mean(axis=0)
    return Ranking(
        metric, condition, dataset, tuple(kept), tuple(map(float, means)), len(rows), None, (),
        tuple(n for n in names if n not in kept), is_within=True,
    )  # fmt: skip


def _over(
    parts: Sequence[Ranking], condition: Condition, metric: Metric, alpha: float
) -> Ranking | None:
    shared = sorted(set.intersection(*(set(part.methods) for part in parts)))
    everyone = {n for part in parts for n in (*part.methods, *part.left_out)}
    if len(shared) < 2:
        return None
    by_name = [dict(zip(part.methods, part.mean_ranks, strict=True)) for part in parts]
    scores = -np.array([[part[name] for name in shared] for part in by_name])
    means = ranks(scores).mean(axis=0)
    test = friedman(scores, alpha)
    groups: tuple[tuple[str, ...], ...] = ()
    if test is not None:
        found = cliques(means, test.critical_difference)
        groups = tuple(tuple(shared[i] for i in clique) for clique in found)
    return Ranking(
        metric, condition, "", tuple(shared), tuple(map(float, means)), len(parts), test, groups,
        tuple(sorted(everyone - set(shared))),
    )  # fmt: skip


def _score(run: Run, metric: Metric) -> float | None:
    """Return the metric turned so that higher is better; a failed run is below every other."""
    if not run.ok:
        return -math.inf
    value = run.values.get(metric.column)
    return None if value is None else value if metric.higher_is_better else -value


def _score_pairs(
    groups: Groups, candidate: str, baseline: str, setting: Setting, metric: Metric
) -> tuple[Seeds, Array, Array] | None:
    """Seeds of a setting that both sides have a score for, and the scores of either side (n,)."""
    ours, theirs = runs_at(groups, candidate, setting), runs_at(groups, baseline, setting)
    pairs = [
        (seed, x, y)
        for seed in sorted(ours.keys() & theirs.keys())
        if (x := _score(ours[seed], metric)) is not None
        and (y := _score(theirs[seed], metric)) is not None
    ]
    if not pairs:
        return None
    seeds, left, right = zip(*pairs, strict=True)
    return seeds, np.array(left, dtype=np.float64), np.array(right, dtype=np.float64)


def _levels(
    members: Mapping[tuple[str, str, Condition], Sequence[tuple[Setting, tuple[Run, ...]]]],
    metric: Metric,
) -> dict[tuple[str, Condition], Array]:
    """Thresholds (%) from the lowest to the highest score of each place, shared by its methods."""
    scores: dict[tuple[str, Condition], list[float]] = defaultdict(list)
    for (_, dataset, condition), cells in members.items():
        values = (run.values[metric.column] for _, runs in cells for run in runs)
        scores[dataset, condition] += [value for value in values if value is not None]
    return {
        place: np.linspace(min(found, default=0.0), max(found, default=100.0), LEVELS)
        for place, found in scores.items()
    }


def _by_seed(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: run.seed)


def _strata(cells: Iterable[Mapping[int, float | None]]) -> list[tuple[Seeds, Array]]:
    """Seeds and their scores (n,) per setting, without settings that have none."""
    known = ({seed: v for seed, v in cell.items() if v is not None} for cell in cells)
    return [(tuple(cell), np.array([*cell.values()], dtype=np.float64)) for cell in known if cell]


def _draws(plan: Plan, strata: Iterable[Seeds]) -> Draws:
    """Draw resamples from a fresh generator: none depends on what was computed before."""
    return _drawn(plan.random_seed, tuple(strata))


@lru_cache(maxsize=4)
def _drawn(seed: int, strata: tuple[Seeds, ...]) -> Draws:
    return draw(strata, generator=np.random.default_rng(seed))
