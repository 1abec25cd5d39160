"""`python tests/reports/render_speed.py`: how long reports of 1,000 and 10,000 records take.

Both sizes are measured in one run, in turns, so that a busy machine slows both alike. The exit
code is 1 where a target is missed.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from large_study import LARGE, SMALL, Design, Frames, large_study
from rich.console import Console
from rich.table import Table

from reports.input.plan import Plan
from reports.page.analysis import Analysis, analyse
from reports.page.html import render

ROUNDS = 2
SECONDS_TARGET = 20.0
MEGABYTES_TARGET = 5.0
WARM_UP = Design(
    methods=("backprop", "noprop-dt", "classifier"), without_t=frozenset({"classifier"}),
    datasets=("digits",), batch_sizes=(64, 128), timesteps=(2, 5), seeds=3, epochs=3,
)  # fmt: skip


@dataclass(frozen=True)
class Timing:
    """One report: its records, seconds of analysis and of rendering, and megabytes."""

    records: int
    analysis: float
    rendering: float
    megabytes: float

    @property
    def seconds(self) -> float:
        """Analysis and rendering together."""
        return self.analysis + self.rendering


def main(designs: Sequence[Design] = (SMALL, LARGE), rounds: int = ROUNDS) -> int:
    """Measure, print the table, and return 0 if every target is met."""
    progress = Console(stderr=True, quiet=not sys.stderr.isatty())
    warmed = large_study(WARM_UP)
    page_of(warmed, analysis_of(warmed))  # imports, fonts and caches
    timings: list[list[Timing]] = [[] for _ in designs]
    for number in range(rounds):
        for of_design, design in zip(timings, designs, strict=True):
            frames = large_study(design)
            progress.print(f"round {number + 1} of {rounds}: {len(frames.runs)} records")
            of_design.append(measured(frames))
    table, met = judged([min(each, key=lambda timing: timing.seconds) for each in timings])
    Console().print(table)
    return 0 if met else 1


def analysis_of(frames: Frames) -> Analysis:
    """Analyse `frames` against back-propagation, everything else left at its default."""
    plan = Plan.declared({"title": "A large study", "baseline": "backprop"})
    return analyse(frames.runs, frames.epochs, plan, frames.controls)


def page_of(frames: Frames, analysis: Analysis) -> str:
    """Return the report of `frames` as HTML."""
    data = {"runs": frames.runs, "epochs": frames.epochs, "controls": frames.controls}
    return render(analysis, {}, (), data)


def measured(frames: Frames) -> Timing:
    """Make one report of `frames`."""
    start = time.perf_counter()
    analysis = analysis_of(frames)
    analysed = time.perf_counter()
    html = page_of(frames, analysis)
    end = time.perf_counter()
    return Timing(len(frames.runs), analysed - start, end - analysed, len(html.encode()) / 1e6)


def judged(best: Sequence[Timing]) -> tuple[Table, bool]:
    """Set the faster of each size side by side with the targets; say whether all are met."""
    small, large = best
    records = large.records / small.records
    growth = large.seconds / small.seconds
    table = Table(title="a report of many records: analysis and rendering, the faster of each")
    for heading in ("", f"{small.records:,} records", f"{large.records:,} records", "ratio"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    table.add_column("target")
    for words, of, unit, target in (
        ("analysis", lambda t: t.analysis, "s", ""),
        ("rendering", lambda t: t.rendering, "s", ""),
        ("together", lambda t: t.seconds, "s", f"<= {SECONDS_TARGET:g} s, <= {records:.1f}x"),
        ("page", lambda t: t.megabytes, "MB", f"<= {MEGABYTES_TARGET:g} MB"),
    ):
        ours = [of(timing) for timing in best]
        ratio = f"{ours[1] / ours[0]:.1f}x"
        table.add_row(words, *(f"{value:.2f} {unit}" for value in ours), ratio, target)
    met = (
        large.seconds <= SECONDS_TARGET
        and large.megabytes <= MEGABYTES_TARGET
        and growth <= records
    )
    return table, met


if __name__ == "__main__":
    sys.exit(main())
