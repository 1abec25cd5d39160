"""`python -m bench.speed`: the project's own speed, as ratios measured side by side in one run.

Absolute times depend on the machine and on what else it does; two things timed in turns, round
after round, share both.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.arguments import overrides, resolve_device
from bench.command import run_and_exit
from bench.execute.launcher import Isolation, Launch
from bench.measure import clock as meters
from bench.records.record import Phases
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.speed.original_step import original_cnn, original_mlps, original_step
from bench.study.cells import expand
from bench.study.study import Study, load_study
from noprop_core.datasets import build_task
from noprop_core.datasets.raw import Labelled
from noprop_core.datasets.task import Task
from noprop_core.errors import InvalidSetting
from noprop_core.methods.noprop_shared import NoPropShared
from noprop_core.seeding import Streams
from noprop_core.shared import SharedConfig

STEP_TARGET = 4.5
"""The one-pass step is to be at least this many times faster than the original algorithm."""
OVERHEAD_TARGET = 0.10
"""The harness is to spend at most this part of a study's wall time on itself."""

EXAMPLES = """\
examples:
  python -m bench.speed                 both measurements, about five minutes
  python -m bench.speed --rounds 5      a quicker look at the step
  python -m bench.speed --seeds 0       the overhead over a part of the study `quick`
"""


def main(argv: Sequence[str] | None = None, *, fresh: bool = False) -> int:
    """Measure, print, and return 0 if every target is met, else 1.

    `fresh`: this process was started for it, and has done nothing else.
    """
    arguments = parser().parse_args(argv)
    device = resolve_device(arguments.device)
    if arguments.rounds < 1:
        raise InvalidSetting(f"--rounds: must be at least 1, got {arguments.rounds}")
    study = load_study("quick", overrides({"seeds": arguments.seeds}))
    console = Console()
    overhead = measure_overhead(device, study, fresh=fresh)
    console.print(overhead_table(overhead, arguments.seeds))
    step = compare_steps(device, arguments.rounds)
    console.print(step_table(step, device))
    return 0 if step.ratio >= STEP_TARGET and overhead.share <= OVERHEAD_TARGET else 1


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.speed",
        description="Measure the training step of noprop-shared against the original algorithm "
        "(MNIST-sized, T = 10, batch 64), and the harness's own share of a study's time.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="timed pairs [15]")
    parser.add_argument(
        "--seeds", default="0-5", metavar="0-5", help="seeds of `quick` to run [all]"
    )
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda:0")
    return parser


PHASE_WORDS = {
    "start": "a process for each cell",
    "data": "data sets",
    "warm_up": "a throwaway model, its memory measured",
    "counting": "counting FLOPs",
    "building": "building models",
}


@dataclass(frozen=True)
class Overhead:
    """Where a study's wall time went: phases over all cells, and the server's imports."""

    phases: Phases
    server_seconds: float
    cells: int

    @property
    def share(self) -> float:
        """The part of wall time outside training and evaluation."""
        return 1 - (self.phases.training + self.phases.evaluation) / self.phases.wall


@dataclass(frozen=True)
class StepTimes:
    """Seconds of one training step, round by round, the two timed in turns."""

    one_pass: tuple[float, ...]
    original: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median over rounds of original time over one-pass time."""
        return median(o / f for f, o in zip(self.one_pass, self.original, strict=True))


def compare_steps(device: torch.device, rounds: int, timesteps: int = 10) -> StepTimes:
    """Time both steps on images the size of MNIST's (of noise: the arithmetic is the same)."""
    task = noise_task(device)
    one_pass = NoPropShared(SharedConfig(), task, timesteps, Streams(0))
    plain = NoPropShared(SharedConfig(), task, timesteps, Streams(0))
    cnn, mlps = original_cnn(plain.network), original_mlps(plain.network)
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.Adam(part.parameters(), lr=1e-3, weight_decay=1e-5) for part in (cnn, *mlps)
    ]
    indices_B = torch.arange(64, device=device)

    def fast() -> None:
        one_pass.train_step(*task.training_batch(indices_B))

    def slow() -> None:
        x_BCHW, y_B = task.training_batch(indices_B)
        original_step(cnn, mlps, optimizers, x_BCHW.contiguous(), *plain.noised_labels(y_B))

    times: dict[Callable[[], None], list[float]] = {fast: [], slow: []}
    watched = Console(stderr=True)
    for number in track(range(rounds + 2), "timing steps", console=watched, transient=True):
        for step, seconds in times.items():
            taken = timed(step, device)
            if number >= 2:  # the first rounds warm up
                seconds.append(taken)
    return StepTimes(tuple(times[fast]), tuple(times[slow]))


def timed(step: Callable[[], None], device: torch.device, repeats: int = 3) -> float:
    """Return seconds per call of `step`, over `repeats` calls, device idle at both ends."""
    meters.synchronise(device)
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    meters.synchronise(device)
    return (time.perf_counter() - start) / repeats


def noise_task(device: torch.device) -> Task:
    """Return 64 images of noise, 1 x 28 x 28, in ten classes."""
    source = Streams(0).generator("speed")
    images = torch.randint(256, (64, 1, 28, 28), dtype=torch.uint8, generator=source)
    part = Labelled(images, torch.arange(64) % 10)
    return build_task("noise", 10, train=part, validation=part, test=part, device=device)


def measure_overhead(
    device: torch.device, study: Study, isolation: Isolation = "process", *, fresh: bool = False
) -> Overhead:
    """Run `study` in a scratch folder; return where its wall time went, over all cells."""
    launch = Launch(study.name, device, Path("data"), isolation, may_fork=fresh)
    with tempfile.TemporaryDirectory() as scratch:
        start = time.perf_counter()
        outcome = run_study(study, RecordStore(Path(scratch)), launch)
        wall = time.perf_counter() - start
    spent = {
        phase: sum(getattr(record.phases, phase) for record in outcome.made)
        for phase in Phases.model_fields
    }
    assert len(outcome.made) == len(expand(study, device.type))
    phases = Phases.model_validate(spent | {"wall": wall})
    return Overhead(phases, outcome.server_seconds, len(outcome.made))


def step_table(step: StepTimes, device: torch.device) -> Table:
    """Show both step times and their ratio."""
    table = Table(title=f"one training step, {device}, {torch.get_num_threads()} threads")
    for heading in ("", "median", "target"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    table.add_row("original algorithm, CNN again for each MLP", f"{median(step.original):.4f} s")
    table.add_row("noprop-shared, CNN once", f"{median(step.one_pass):.4f} s")
    table.add_row("ratio", f"{step.ratio:.2f}x", f">= {STEP_TARGET}x")
    return table


def overhead_table(overhead: Overhead, seeds: str) -> Table:
    """Show where a study's wall time went."""
    spent = overhead.phases
    table = Table(
        title=f"study quick, seeds {seeds}: where {spent.wall:.1f} s of wall time went, "
        f"{overhead.cells} cells"
    )
    for heading in ("", "seconds", "share", "target"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    inside = spent.model_dump(exclude={"wall"})
    rest = spent.wall - sum(inside.values()) - overhead.server_seconds
    rows = {
        "imports of the processes' server, once": overhead.server_seconds,
        **{PHASE_WORDS.get(phase, phase): seconds for phase, seconds in inside.items()},
        "records and the rest": rest,
    }
    for words, seconds in rows.items():
        table.add_row(words, f"{seconds:.2f}", f"{seconds / spent.wall:.1%}")
    table.add_row(
        "harness: all but training and evaluation",
        f"{overhead.share * spent.wall:.2f}",
        f"{overhead.share:.1%}",
        f"<= {OVERHEAD_TARGET:.0%}",
    )
    return table


if __name__ == "__main__":
    run_and_exit(partial(main, fresh=True))
