"""`python -m reports.calibrate`: simulate studies with a known truth and print how often we err.

Coverage of intervals, false alarms of families, power at the stated minimum detectable effect, the
size of equivalence, regression and log-rank tests, pooled comparisons with their settings, and
planned looks. Lines with a promise are checked, and the exit code is 1 if one is broken; the others
show where the methods are weak.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from reports import calibration
from reports.calibration import FEWEST_STUDIES, Figure
from reports.parsing import Parser

STUDIES = 10_000


def figures(studies: int, seed: int) -> Iterator[Figure]:
    """Simulate every figure with about `studies` studies each.

    Each has a generator of its own, from `seed` and its place in the list, so that one figure does
    not depend on how many studies another took.
    """
    for place, plan in enumerate(calibration.plans()):
        yield plan.run(studies, np.random.default_rng([seed, place]))


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
        task = progress.add_task("simulating studies", total=len(calibration.plans()))
        for figure in figures(arguments.studies, arguments.seed):
            done.append(figure)
            progress.update(task, advance=1, description=figure.what)
    if arguments.markdown:
        print(calibration.markdown(done))
    else:
        Console(width=120).print(table_of(done))
    broken = [figure for figure in done if figure.kept is False]
    for figure in broken:
        words = f"{figure.what}, {figure.data}, n = {figure.seeds}: {figure.promise.words}"
        print(f"broken: {words}", file=sys.stderr if arguments.markdown else sys.stdout)
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
            f"{100 * f.rate.error:.2f}", f.promise.words, kept,
        )  # fmt: skip
    return table


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    parser = Parser(
        allow_abbrev=False,  # a slip of the finger is no option
        prog="python -m reports.calibrate",
        description="Simulate studies with a known truth; minutes on 2 cores.",
    )
    parser.add_argument(
        "--studies", type=int, default=STUDIES, metavar="N", help=f"per figure [{STUDIES}]"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the simulation [0]")
    parser.add_argument(
        "--markdown", action="store_true", help="print the table of docs/statistics.md"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
