"""`python -m reports.calibrate`: simulate studies with a known truth and print how often we err.

Coverage of intervals, false alarms of families, power at the stated minimum detectable effect, and
the size of the equivalence, regression and log-rank tests.  Lines with a promise are checked, and
the exit code is 1 if one is broken; the others show where the methods are weak.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from reports.simulation import (
    SAMPLERS,
    Rate,
    coverage,
    equivalence_size,
    family_wise_error,
    improvement_coverage,
    largest_expected_error,
    logrank_size,
    median_coverage,
    middle_mean_coverage,
    power_at_detectable,
    regression_size,
)

SEEDS = (3, 5, 6, 10)
FAMILY = 12
SHARED = (0.0, 0.3, 0.8)
STUDIES = 10_000
FEWEST_STUDIES = 200


@dataclass(frozen=True, slots=True)
class Figure:
    """One simulated figure: what, at how many seeds, how often, and what was promised of it.

    `low` and `high` bound the rate promised; `None` for both where nothing is.
    """

    what: str
    data: str
    seeds: int
    rate: Rate
    promise: str
    low: float | None = None
    high: float | None = None

    @property
    def kept(self) -> bool | None:
        """Whether the promise holds; `None` where there is none."""
        if self.low is None and self.high is None:
            return None
        low = 0.0 if self.low is None else self.low
        high = 1.0 if self.high is None else self.high
        return low <= self.rate.value <= high


Plan = Callable[[int, np.random.Generator], Figure]


def figures(studies: int, seed: int) -> Iterator[Figure]:
    """Simulate every figure with about `studies` studies each, the cheap ones first.

    Each has a generator of its own, from `seed` and its place in the list, so that one figure does
    not depend on how many studies another took.
    """
    for place, plan in enumerate(plans()):
        yield plan(studies, np.random.default_rng([seed, place]))


def plans() -> list[Plan]:
    """List what is simulated, one function per figure."""
    result: list[Plan] = [_coverage(kind, n) for kind in SAMPLERS for n in SEEDS]
    result += [_median(n) for n in (6, 10)]
    for estimate, simulate in (("IQM", middle_mean_coverage), ("P(improve)", improvement_coverage)):
        result += [_resampled(estimate, simulate, r, n) for r in SHARED for n in SEEDS]
    result += [_family(kind, n) for kind in SAMPLERS for n in SEEDS]
    result += [_power(n, m) for m in (1, FAMILY) for n in SEEDS]
    result += [_equivalence(n) for n in SEEDS] + [_regression(n) for n in SEEDS]
    result += [_logrank(n, exact) for exact in (True, False) for n in (6, 10)]
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Simulate, print a table, and return 1 if a promise is broken."""
    arguments = parser().parse_args(argv)
    if arguments.studies < FEWEST_STUDIES or arguments.seed < 0:
        print(
            f"error: --studies takes at least {FEWEST_STUDIES}, --seed 0 or more", file=sys.stderr
        )
        return 2
    done = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("simulating studies", total=len(plans()))
        for figure in figures(arguments.studies, arguments.seed):
            done.append(figure)
            progress.update(task, advance=1, description=figure.what)
    Console(width=110).print(table_of(done))
    broken = [figure for figure in done if figure.kept is False]
    for figure in broken:
        print(f"broken: {figure.what}, {figure.data}, n = {figure.seeds}: {figure.promise}")
    return 1 if broken else 0


def table_of(done: Sequence[Figure]) -> Table:
    """Lay figures out as a table for the terminal."""
    table = Table(title="What the statistics do to studies with a known truth")
    for heading in ("figure", "data", "n", "rate", "± error", "promise", "kept"):
        right = heading in {"n", "rate", "± error"}
        table.add_column(heading, justify="right" if right else "left")
    for f in done:
        kept = "—" if f.kept is None else "yes" if f.kept else "NO"
        table.add_row(
            f.what, f.data, str(f.seeds), f"{100 * f.rate.value:.2f} %",
            f"{100 * f.rate.error:.2f}", f.promise, kept,
        )  # fmt: skip
    return table


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m reports.calibrate",
        description="Simulate studies with a known truth; minutes on 2 cores.",
    )
    parser.add_argument(
        "--studies", type=int, default=STUDIES, metavar="N", help=f"per figure [{STUDIES}]"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the simulation [0]")
    return parser


def _coverage(kind: str, n: int) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        rate = coverage(kind, n, studies, rng)
        if kind != "normal":
            return Figure("95 % interval covers", kind, n, rate, "none: see docs")
        # Few studies cannot hit 1.5 points; the promise then allows for chance.
        slack = max(0.015, 3 * rate.error)
        promise = "within 95 ± 1.5 %"
        return Figure("95 % interval covers", kind, n, rate, promise, 0.95 - slack, 0.95 + slack)

    return simulate


def _median(n: int) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        rate = median_coverage(n, _some(studies, 4), rng)
        low = 0.95 - 3 * rate.error
        return Figure("median ratio covers", "times, 20 % censored", n, rate, "at least 95 %", low)

    return simulate


def _resampled(
    estimate: str,
    coverage: Callable[[int, float, int, np.random.Generator], Rate],
    shared: float,
    n: int,
) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        rate = coverage(n, shared, _some(studies, 10), rng)
        what, data = f"bootstrap covers ({estimate})", f"8 settings, shared luck r = {shared:g}"
        return Figure(what, data, n, rate, "none: see docs")

    return simulate


def _family(kind: str, n: int) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        some = _some(studies, 4)
        rate = family_wise_error(kind, n, FAMILY, some, rng)
        what = f"false alarm among {FAMILY}"
        if kind.startswith("skewed"):
            return Figure(what, kind, n, rate, "none: see docs")
        high = largest_expected_error(0.05, some)
        return Figure(what, kind, n, rate, "at most 5 %", 0.0, high)

    return simulate


def _power(n: int, comparisons: int) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        some = studies if comparisons == 1 else _some(studies, 4)
        rate = power_at_detectable(n, comparisons, some, rng)
        what, data = "detectable effect shown", f"normal, family of {comparisons}"
        low = 0.8 - 3 * rate.error
        # Holm gives a little more than the level planned with, alpha / m.
        high = 0.8 + 3 * rate.error + (0 if comparisons == 1 else 0.02)
        return Figure(what, data, n, rate, "80 %", low, high)

    return simulate


def _equivalence(n: int) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        rate = equivalence_size(n, studies, rng)
        high = largest_expected_error(0.05, studies)
        return Figure("equivalent at the margin", "normal", n, rate, "at most 5 %", 0.0, high)

    return simulate


def _regression(n: int) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        rate = regression_size(n, studies, rng)
        high = largest_expected_error(0.05, studies)
        return Figure("regression at the margin", "normal", n, rate, "at most 5 %", 0.0, high)

    return simulate


def _logrank(n: int, exact: bool) -> Plan:
    def simulate(studies: int, rng: np.random.Generator) -> Figure:
        some = _some(studies, 4)
        rate = logrank_size(n, some, rng, exact=exact)
        if not exact:
            what = "large-sample log-rank alarm"
            return Figure(what, "times, 20 % censored", n, rate, "none: not used")
        high = largest_expected_error(0.05, some)
        what = "exact log-rank alarm"
        return Figure(what, "times, 20 % censored", n, rate, "at most 5 %", 0.0, high)

    return simulate


def _some(studies: int, share: int) -> int:
    """Fewer studies for a figure that takes long per study."""
    return max(FEWEST_STUDIES, studies // share)


if __name__ == "__main__":
    sys.exit(main())
