"""Which settings are worth having: those that none beats in accuracy and in cost at once.

A setting is on the front if no other one is at least as good in both and better in one. How sure
that is, is told by resampling seeds: in what share of resamples the setting is on the front.

What that share means: other seeds might have been used, in these settings, on this data set and
this machine; it says how often the front would then have looked the same. It is no probability
that the setting is truly worth having. It is too steady for few seeds: a resample can only repeat
the seeds there are, and n of them scatter by (n - 1)/n of the variance they should; and the
settings that lead here lead in part by the luck of these very seeds, which every resample inherits.
A front knows no margins: any difference decides, so two settings that are nearly alike split the
share between them, and a low share can mean a twin as well as a weak setting.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.input.metrics import Metric, Shown
from reports.input.pairing import Groups, Setting
from reports.input.plan import Plan
from reports.input.runs import Condition, Run, metrics_in
from reports.statistics.bootstrap import draw
from reports.statistics.estimate import FEWEST_FOR_AN_INTERVAL, Array

ACCURACY_DECIMALS = 9
"""Mean accuracies (%) that agree in so many decimals are equal.

Accuracies are counts of images, so equal means of unequal parts are common, and a sum's last bit
would decide between them.
"""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Point:
    """One method in one setting: mean test accuracy (%) and mean cost (s or bytes).

    Both are means over the `n` finished runs that have both numbers, `None` where n is 0.
    `failures` of the `runs` did not finish and are in no mean, which flatters the point: show
    them. `share` is the share of resamples that have the point on their front; `None` with fewer
    than 3 runs in the means, where resampling says nothing.
    """

    method: str
    setting: Setting
    accuracy: float | None
    cost: float | None
    n: int
    runs: int
    failures: int
    on_front: bool
    share: float | None


@dataclass(frozen=True, slots=True)
class Front:
    """All points of one data set and condition: accuracy against one cost.

    `seeds` is how many different seeds the place has, `resamples` how many draws of them the
    shares rest on.
    """

    accuracy: Metric
    cost: Metric
    dataset: str
    condition: Condition
    points: tuple[Point, ...]
    seeds: int
    resamples: int

    @property
    def members(self) -> tuple[Point, ...]:
        """The points on the front, cheapest first; accuracy then rises with cost."""
        on_it = (p for p in self.points if p.on_front)
        return tuple(sorted(on_it, key=lambda p: (p.cost, p.setting.order, p.method)))


@dataclass(frozen=True, slots=True)
class FrontFacts:
    """What two sentences about a front need: who is on it, and how steady that is.

    `members` are in order of cost, the first the cheapest and the last the most accurate.
    `compared` points have both numbers, `without_numbers` have not. `with_failures` are members
    of which some runs failed. `least_steady` is the member with the smallest share and `rival`
    the point off the front with the largest share above 0; `None` where no shares are known, or
    no such point exists.
    """

    members: tuple[Point, ...]
    compared: int
    without_numbers: int
    with_failures: tuple[Point, ...]
    least_steady: Point | None
    rival: Point | None


def pareto_fronts(groups: Groups, plan: Plan) -> tuple[Front, ...]:
    """Find the front of every data set and condition, against each cost.

    Seeds are drawn once per place and for all of its points and costs, from a generator that
    `plan.random_seed` starts: methods are paired by seed, so what a seed does to all of them alike
    moves no point past another. A run that failed leaves its seed missing for its point alone.
    Fronts without a single point with both numbers are left out, and all where the plan has no
    accuracy.
    """
    accuracy = plan.accuracy
    if accuracy is None:
        return ()
    places: dict[tuple[str, Condition], dict[tuple[str, Setting], tuple[Run, ...]]] = defaultdict(
        dict
    )
    for (method, setting), runs in groups.items():
        places[setting.place][method, setting] = runs
    costs = [m for m in metrics_in(groups.values(), plan.metrics) if Shown.COST in m.shown]
    result = []
    for (dataset, condition), members in sorted(places.items()):
        seeds = sorted({run.seed for runs in members.values() for run in runs})
        generator = np.random.default_rng(plan.random_seed)
        (drawn,) = draw([seeds], generator=generator)
        for cost in costs:
            points = _points(members, (accuracy, cost), seeds, drawn)
            if any(point.n for point in points):
                result.append(
                    Front(accuracy, cost, dataset, condition, points, len(seeds), len(drawn))
                )
    return tuple(result)


def front_facts(front: Front) -> FrontFacts:
    """Collect what can be said of a front in two sentences."""
    members = front.members
    known = [(p.share, i) for i, p in enumerate(members) if p.share is not None]
    others = [p for p in front.points if not p.on_front and p.share]
    return FrontFacts(
        members=members,
        compared=sum(p.n > 0 for p in front.points),
        without_numbers=sum(p.n == 0 for p in front.points),
        with_failures=tuple(p for p in members if p.failures),
        least_steady=members[min(known)[1]] if known else None,
        rival=max(others, key=lambda p: p.share or 0.0, default=None),
    )


def on_front(accuracy: Array, cost: Array) -> Flags:
    """Say which points no other point beats; both arrays are (fronts, points), each row by itself.

    A point is beaten by one that is at least as good in both and better in one, so equal points
    share their fate. A point without numbers has accuracy -inf and cost +inf: it is never on the
    front. NaN is not allowed. Sorting by cost, a point is on the front if its accuracy is above
    all that came before: O(points log points) a row, where comparing pairs takes its square.
    """
    order = np.lexsort((-accuracy, cost), axis=-1)
    a, c = (np.take_along_axis(values, order, axis=-1) for values in (accuracy, cost))
    best_before = np.full_like(a, -np.inf)
    np.maximum.accumulate(a[:, :-1], axis=-1, out=best_before[:, 1:])
    # Equal points stand side by side, and the first of them decides for all.
    first = np.ones(a.shape, dtype=np.bool_)
    first[:, 1:] = (a[:, 1:] != a[:, :-1]) | (c[:, 1:] != c[:, :-1])
    leader = np.maximum.accumulate(np.where(first, np.arange(a.shape[-1]), 0), axis=-1)
    ahead = np.take_along_axis(a > best_before, leader, axis=-1)
    result = np.empty(a.shape, dtype=np.bool_)
    np.put_along_axis(result, order, ahead, axis=-1)
    return result


def _points(
    members: Mapping[tuple[str, Setting], tuple[Run, ...]],
    metrics: tuple[Metric, Metric],
    seeds: Sequence[int],
    drawn: Array,
) -> tuple[Point, ...]:
    """Make the points of one place; `drawn` (resamples, seeds) says how often a seed is drawn.

    `metrics` are accuracy and a cost.
    """
    column_of = {seed: i for i, seed in enumerate(seeds)}
    values = np.zeros((2, len(members), len(seeds)))  # accuracy and cost, 0 where there is none
    present = np.zeros((len(members), len(seeds)))
    order = sorted(members, key=lambda key: (key[1].order, key[0]))
    for row, key in enumerate(order):
        for run in members[key]:
            pair = tuple(run.values[metric.column] for metric in metrics)
            if None not in pair:
                values[:, row, column_of[run.seed]] = pair
                present[row, column_of[run.seed]] = 1.0
    accuracy, mean_cost = _means(values, present, np.ones((1, len(seeds))))
    front = on_front(accuracy, mean_cost)[0]
    shares = on_front(*_means(values, present, drawn)).mean(axis=0)
    counts = present.sum(axis=1).astype(int)
    return tuple(
        Point(
            method=method,
            setting=setting,
            accuracy=float(accuracy[0, i]) if counts[i] else None,
            cost=float(mean_cost[0, i]) if counts[i] else None,
            n=int(counts[i]),
            runs=len(members[method, setting]),
            failures=sum(not run.ok for run in members[method, setting]),
            on_front=bool(front[i]),
            share=float(shares[i]) if counts[i] >= FEWEST_FOR_AN_INTERVAL else None,
        )
        for i, (method, setting) in enumerate(order)
    )


def _means(values: Array, present: Array, drawn: Array) -> tuple[Array, Array]:
    """Mean accuracy and cost, each (resamples, points), over the seeds drawn that a point has.

    Without any they are -inf and +inf, which no front holds. Sums run over seeds in one order for
    every point; a matrix product may sum in another order at the edge of its tiles, and tell equal
    points apart.
    """
    sums = np.zeros((2, len(drawn), present.shape[0]))
    weights = np.zeros(sums.shape[1:])
    for seed in range(present.shape[1]):
        sums += drawn[:, seed, None] * values[:, None, :, seed]
        weights += drawn[:, seed, None] * present[None, :, seed]
    missing = weights == 0
    accuracy, cost = sums / np.where(missing, 1.0, weights)
    accuracy = np.round(accuracy, ACCURACY_DECIMALS)
    return np.where(missing, -np.inf, accuracy), np.where(missing, np.inf, cost)
