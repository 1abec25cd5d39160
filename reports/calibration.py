"""What `reports.calibrate` simulates: every figure, how many studies it takes, what is promised."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from reports.simulated_studies import (
    CANDIDATES,
    TRUTHS,
    analysis_error,
    gate_error,
    looks_equivalence,
    looks_error,
    looks_power,
    pooled_power,
    seeds_used,
)
from reports.simulation import (
    SAMPLERS,
    Rate,
    coarse_error,
    coverage,
    equivalence_size,
    family_wise_error,
    improvement_coverage,
    largest_expected_error,
    logrank_size,
    median_coverage,
    middle_mean_coverage,
    missed_and_equivalent,
    power_at_detectable,
    regression_size,
    robust_error,
)
from reports.statistics.sequential import LOOKS

SEEDS = (3, 5, 6, 10)
FAMILY = 12
SHARED = (0.0, 0.3, 0.8)
FEWEST_STUDIES = 200

Simulation = Callable[[int, np.random.Generator], Rate]


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of a rate: that it lies within bounds, but for chance.

    `low` and `high` are `None` where nothing is bounded; `slack` is allowed beside chance.
    """

    words: str
    low: float | None = None
    high: float | None = None
    slack: float = 0.0

    def kept(self, rate: Rate) -> bool | None:
        """Whether `rate` keeps it; `None` where nothing is promised."""
        if self.low is None and self.high is None:
            return None
        chance = max(self.slack, 3 * rate.error)
        below = self.low is not None and rate.value < self.low - chance
        if self.high is None or below:
            return not below
        highest = largest_expected_error(self.high, rate.studies)
        return rate.value <= max(highest, self.high + self.slack)


NOTHING = Promise("none: see docs")
AT_MOST_5 = Promise("at most 5 %", high=0.05)


@dataclass(frozen=True, slots=True)
class Plan:
    """One figure to simulate: `share` says how many times fewer studies than a cheap one takes."""

    what: str
    data: str
    seeds: int
    simulate: Simulation
    promise: Promise
    share: int = 1

    def run(self, studies: int, rng: np.random.Generator) -> "Figure":
        """Simulate it with about `studies` studies."""
        some = max(FEWEST_STUDIES, studies // self.share)
        return Figure(self.what, self.data, self.seeds, self.simulate(some, rng), self.promise)


@dataclass(frozen=True, slots=True)
class Figure:
    """One simulated figure: what, of which data, at how many seeds, how often, and the promise."""

    what: str
    data: str
    seeds: int
    rate: Rate
    promise: Promise

    @property
    def kept(self) -> bool | None:
        """Whether the promise holds; `None` where there is none."""
        return self.promise.kept(self.rate)


def plans() -> list[Plan]:
    """List what is simulated, the cheap figures first."""
    parts = (_intervals, _families, _margins, _times, _pooled, _looks, _whole, _looks_at_the_margin)
    return [plan for part in parts for plan in part()]


def _intervals() -> Iterator[Plan]:
    covers = Promise("within 95 ± 1.5 %", 0.95, 0.95, 0.015)
    for kind in SAMPLERS:
        promise = covers if kind == "normal" else NOTHING
        for n in SEEDS:
            yield Plan("95 % interval covers", kind, n, partial(coverage, kind, n), promise)
    estimates = {"IQM": middle_mean_coverage, "P(improve)": improvement_coverage}
    for name, simulate in estimates.items():
        for shared in SHARED:
            for n in SEEDS:
                data = f"8 settings, shared luck r = {shared:g}"
                of = partial(simulate, n, shared)
                yield Plan(f"bootstrap covers ({name})", data, n, of, NOTHING, 10)


def _families() -> Iterator[Plan]:
    for kind in SAMPLERS:
        promise = NOTHING if _hard(kind) else AT_MOST_5
        for n in SEEDS:
            of = partial(family_wise_error, kind, n, FAMILY)
            yield Plan(f"false alarm among {FAMILY}", kind, n, of, promise, 4)
    for kind in SAMPLERS:
        if _hard(kind):
            for n in SEEDS[1:]:
                robust = partial(robust_error, kind, n, FAMILY)
                yield Plan(f"skew-robust alarm among {FAMILY}", kind, n, robust, NOTHING, 10)
    for n in SEEDS:
        coarse = partial(coarse_error, n, FAMILY)
        # Of differences that take few values a test's size jumps with n.
        few = Promise("at most 7 %", high=0.07)
        yield Plan(f"false alarm among {FAMILY}", "counts that differ by 1", n, coarse, few, 4)
    for m in (1, FAMILY):
        # Holm gives a little more than the level planned with, alpha / m.
        stated = Promise("80 %", 0.8, 0.8, 0.02)
        for n in SEEDS:
            power = partial(power_at_detectable, n, m)
            data = f"normal, family of {m}"
            yield Plan("detectable effect shown", data, n, power, stated, 1 if m == 1 else 4)


def _margins() -> Iterator[Plan]:
    for kind in ("normal", *filter(_hard, SAMPLERS)):
        promise = NOTHING if _hard(kind) else AT_MOST_5
        for n in SEEDS:
            size = partial(equivalence_size, n, kind=kind)
            yield Plan("equivalent at the margin", kind, n, size, promise)
    for n in SEEDS:
        size = partial(regression_size, n)
        yield Plan("regression at the margin", "normal", n, size, AT_MOST_5)


def _times() -> Iterator[Plan]:
    data = "times, 20 % censored"
    for n in (6, 10):
        covers = Promise("at least 95 %", low=0.95)
        yield Plan("median ratio covers", data, n, partial(median_coverage, n), covers, 4)
    for n in (6, 10):
        exact = partial(logrank_size, n, exact=True)
        yield Plan("exact log-rank alarm", data, n, exact, AT_MOST_5, 4)
    for n in (6, 10):
        large = partial(logrank_size, n, exact=False)
        yield Plan("large-sample log-rank alarm", data, n, large, Promise("none: not used"), 4)
    for n in (6, 13):
        missed = partial(missed_and_equivalent, n)
        data = "candidate misses a fifth"
        yield Plan("called equivalent", data, n, missed, NOTHING, 10)


def _pooled() -> Iterator[Plan]:
    for truth in TRUTHS:
        for n in (5, 8):
            what, of = "any false claim, pooled or not", partial(gate_error, truth, n)
            yield Plan(what, f"effect: {truth}", n, of, AT_MOST_5, 4)
    for pooled in (True, False):
        what = "effect of 1.5 sd shown"
        data = "pooled over 4 settings" if pooled else "in half of 4 settings"
        of = partial(pooled_power, 1.5, 8, pooled=pooled)
        yield Plan(what, data, 8, of, NOTHING, 10)


def _looks() -> Iterator[Plan]:
    n, looks = LOOKS[-1], ", ".join(map(str, LOOKS))
    for kind in SAMPLERS:
        promise = NOTHING if _hard(kind) else AT_MOST_5
        of = partial(looks_error, kind, CANDIDATES)
        yield Plan(f"false alarm, looks at {looks}", kind, n, of, promise, 4)
    for effect in (0.8, 1.2):
        for by_looks in (True, False):
            data = f"d_z = {effect:g}, {'by looks' if by_looks else 'without looks'}"
            power = partial(looks_power, effect, CANDIDATES, looks=by_looks)
            yield Plan(f"one of {CANDIDATES} shown", data, n, power, NOTHING, 10)
    for effect in (1.0, 2.0, 4.0):
        used = partial(seeds_used, effect, CANDIDATES)
        yield Plan(f"share of {n} seeds used", f"d_z = {effect:g} in all", n, used, NOTHING, 10)


def _looks_at_the_margin() -> Iterator[Plan]:
    what = f"equivalent at the margin, looks at {', '.join(map(str, LOOKS))}"
    yield Plan(what, "normal", LOOKS[-1], looks_equivalence, AT_MOST_5)


def _whole() -> Iterator[Plan]:
    for truth in ("no effect", "in one setting of half of them"):
        whole = partial(analysis_error, truth, 6)
        what = "any false verdict of the page"
        yield Plan(what, f"effect: {truth}", 6, whole, AT_MOST_5, 20)


def _hard(kind: str) -> bool:
    """Whether differences have mean 0 and another shape: no test of a mean keeps its size."""
    return kind.startswith(("skewed", "rare"))


def markdown(figures: Iterable[Figure]) -> str:
    """Lay figures out as the table of the documentation, one row per figure and data.

    Rates in percent by number of seeds; those that do not keep their promise are bold.
    """
    rows: dict[tuple[str, str, str], list[str]] = {}
    for figure in figures:
        text = f"{100 * figure.rate.value:.1f}"
        cell = f"{figure.seeds}: {f'**{text}**' if figure.kept is False else text}"
        rows.setdefault((figure.what, figure.data, figure.promise.words), []).append(cell)
    lines = ["| figure | data | promise | seeds: rate in % |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(key)} | {', '.join(cells)} |" for key, cells in rows.items()]
    return "\n".join(lines)
