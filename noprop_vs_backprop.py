# /// script
# requires-python = ">=3.11"
# dependencies = ["noprop-bench[plots]"]
#
# [tool.uv.sources]
# noprop-bench = { path = ".", editable = true }
# ///
"""NoProp against back-propagation: one pair, one data set, one seed, in the terminal."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean

import pandas as pd
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.command import run_and_exit
from bench.measure.cell_run import CellRun
from bench.measure.driven import run_cell
from bench.measure.job import Job
from bench.parsing import Parser, a_path
from bench.places import resolve_device
from bench.records.record import Epoch, Record
from bench.runner import Outcome, disturbed_lines
from bench.study.cells import Cell, expand
from bench.study.fitting import check_own_data
from bench.study.loading import build_study
from noprop_core.datasets import table
from noprop_core.errors import UserError
from reports.files.output import whole_file

PAIRS = {
    "original": ("noprop-shared", "joint-shared"),
    "paper": ("noprop-dt", "backprop"),
}
NAMES = ("NoProp", "Traditional BP")
MIB = 1 << 20

EXAMPLES = """\
examples:
  python noprop_vs_backprop.py                       NoProp-DT and the paper's chain on digits
  python noprop_vs_backprop.py --timesteps 4         the same with four blocks
  python noprop_vs_backprop.py --pair original       the pair of the original script
  python noprop_vs_backprop.py --dataset mnist --data-dir data --epochs 1

One seed is an impression, not a finding. For intervals and tests: pytest bench --benchmark-only
"""


SAME_GRADIENT = (
    "noprop-shared and joint-shared compute the same gradient in two ways: equal results are what "
    "is to be expected, and no finding"
)
STOPPED = "stopped; nothing has been kept: results of this command are its figure and these lines"


def main(argv: Sequence[str] | None = None) -> int:
    """Train the pair, one after the other; return 0 if both got to the end."""
    arguments = parser().read(argv)
    device = resolve_device(arguments.device)
    cells = cells_of(arguments, device)
    check_own_data(cells, arguments.data_dir)
    console = Console()
    if arguments.pair == "original":
        show(console, SAME_GRADIENT)
    warm_up(cells[0], device, arguments.data_dir)
    records = []
    for position, (name, cell) in enumerate(zip(NAMES, cells, strict=True)):
        show(console, f"{name}: {cell.method} on {cell.dataset}, {device}")
        job = Job(
            cell=cell,
            study="noprop_vs_backprop",
            device=str(device),
            data_dir=arguments.data_dir,
            position=position,
        )
        records.append(train(name, CellRun(job), console))
    show(console, "\n--- Performance Summary ---")
    for name, record in zip(NAMES, records, strict=True):
        show(console, summary_line(name, record))
    for line in disturbed_lines(Outcome(made=records)):
        show(console, line)
    show(console, draw(records, arguments.figure))
    return 0 if all(record.status == "ok" for record in records) else 1


def warm_up(cell: Cell, device: torch.device, data_dir: Path) -> None:
    """Take the steps that whoever comes first in a process pays for, outside every clock."""
    job = Job(cell=cell, study="noprop_vs_backprop", device=str(device), data_dir=data_dir)
    with suppress(Exception), CellRun(job):  # what is wrong is told by the run itself
        pass


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python noprop_vs_backprop.py",
        "Train NoProp and back-propagation on one data set, one after the other.",
        EXAMPLES,
    )
    add = parser.add_argument
    add("--dataset", default="digits", metavar="|".join(table.DATASETS), help="[digits]")
    add("--epochs", type=int, metavar="N", help="passes over the data [3; digits: 20]")
    add("--batch-size", type=int, default=64, metavar="N", help="images per batch [64]")
    add("--lr", type=float, default=1e-3, metavar="X", help="learning rate of both [0.001]")
    add("--timesteps", type=int, default=10, metavar="T", help="denoising steps [10]")
    add("--seed", type=int, default=0, metavar="N", help="same for both [0]")
    add("--pair", choices=PAIRS, default="paper", help="which two methods [paper]")
    add("--width", type=float, default=1.0, metavar="X", help="layer sizes, times published [1.0]")
    add("--device", default="auto", metavar="auto|cpu|cuda:0", help="where to train [auto]")
    add("--data-dir", type=a_path, default=Path("data"), metavar="DIR", help="data sets [data]")
    add(
        "--figure",
        type=a_path,
        metavar="FILE",
        default=Path("results/noprop_vs_backprop.png"),
        help="where the figure goes [results/noprop_vs_backprop.png]",
    )
    return parser


def cells_of(arguments: argparse.Namespace, device: torch.device) -> list[Cell]:
    """Return the pair's two cells; raises `InvalidInput` listing all that does not fit."""
    epochs = arguments.epochs
    if epochs is None:
        epochs = 20 if arguments.dataset == "digits" else 3
    entries = {
        "name": "noprop_vs_backprop",
        "datasets": [arguments.dataset],
        "methods": list(PAIRS[arguments.pair]),
        "baseline": PAIRS[arguments.pair][1],
        "seeds": [arguments.seed],
        "batch_sizes": [arguments.batch_size],
        "timesteps": [arguments.timesteps],
        "budget": {"epochs": epochs},
        "threads": 1,  # as the study `quick`
        "options": {"width": arguments.width, "optimizer": {"learning_rate": arguments.lr}},
    }
    return expand(build_study(entries, "command line"), device.type)


def train(name: str, run: CellRun, console: Console) -> Record:
    """Train one method, with a line per epoch and, on a terminal, the time left."""
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    watched = sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, disable=not watched) as progress:
        bar = progress.add_task(name, total=run.cell.budget.epochs)

        def on_epoch(epoch: Epoch) -> None:
            progress.advance(bar)
            show(console, epoch_line(name, run))

        return run_cell(run, on_epoch)


def epoch_line(name: str, run: CellRun) -> str:
    """Return one epoch's loss, time, validation accuracy and the peak memory of a step."""
    epoch = run.epochs[-1]
    peak = f"{run.memory.peak_bytes / MIB:.1f} MiB" if run.memory else "unknown"
    return (
        f"{name} epoch {len(run.epochs)}/{run.cell.budget.epochs}: loss {epoch.train_loss:.4f}, "
        f"time {epoch.seconds:.2f} s, validation accuracy {epoch.validation_accuracy:.4f}, "
        f"peak memory {peak}"
    )


def summary_line(name: str, record: Record) -> str:
    """Return the line by which the original script's results are known."""
    if record.status != "ok":
        return f"{name} - {record.status}: {record.failure}"
    return (
        f"{name} - Final Loss: {record.epochs[-1].train_loss:.4f}, "
        f"Total Time: {record.phases.training:.2f}, "
        f"Accuracy: {fmean(record.test_accuracies):.4f}"
    )


def draw(records: Sequence[Record], path: Path) -> str:
    """Draw accuracy and loss over time; return where, or what is missing to do so."""
    missing = [package for package in ("matplotlib", "seaborn") if find_spec(package) is None]
    if missing:
        return f'no figure: {", ".join(missing)} not installed; pip install "noprop-bench[plots]"'
    import seaborn
    from matplotlib.figure import Figure

    rows = [
        {
            "method": f"{name} ({record.cell.method})",
            "training time (s)": sum(e.seconds for e in record.epochs[: number + 1]),
            "validation accuracy": epoch.validation_accuracy,
            "training loss": epoch.train_loss,
        }
        for name, record in zip(NAMES, records, strict=True)
        for number, epoch in enumerate(record.epochs)
    ]
    if not rows:
        return "no figure: no epoch was finished"
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    shown = ("validation accuracy", "training loss")
    for axes, value in zip(figure.subplots(1, len(shown)), shown, strict=True):
        seaborn.lineplot(
            pd.DataFrame(rows), x="training time (s)", y=value, hue="method", marker="o", ax=axes
        )
    try:
        with whole_file(path) as written:
            figure.savefig(written, format=path.suffix.removeprefix(".") or "png")
    except (OSError, ValueError) as error:
        raise UserError(f"--figure: cannot write '{path}': {error}") from error
    return f"figure: {path}"


def show(console: Console, line: str) -> None:
    """Print a line as it is: no markup, no wrapping."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    run_and_exit(main, STOPPED)
