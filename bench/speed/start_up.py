"""CPU seconds until a command answers that needs no training, and until one cell has its record.

CPU time, not wall time: what the command itself costs, whatever else the machine does.
"""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence

from bench.speed.row import Row, at_most, figure_row
from bench.speed.setting import Setting

START_UP_GOAL = at_most(3.0)
"""CPU seconds that any of these answers may take."""

ANSWERS: dict[str, int] = {
    "bench.run --help": 0,
    "bench.run --list": 0,
    "bench.run --sedes 0": 2,
    "bench.run --epoch 3": 2,
    "bench.run --seeds five": 2,
    "bench.run --study quikc": 2,
    "bench.report --help": 0,
    "bench.speed --help": 0,
    "bench.speed --list": 0,
}
"""What is asked, after `python -m`, and its exit code."""


ONE_CELL = "--methods backprop --seeds 0 --batch-sizes 64 --timesteps 2 --epochs 1 --device cpu"
"""The smallest part of `quick`, from the shell to its record: what all but training costs."""


def rows(setting: Setting) -> Iterator[Row]:
    """Yield the CPU seconds of every answer, and of one cell against importing torch alone."""
    rounds = setting.at_most(3)
    for words, code in ANSWERS.items():
        taken = [cpu_seconds(["-m", *words.split()], code) for _ in range(rounds)]
        what = f"CPU time of python -m {words}"
        yield figure_row(f"start-up/{words}", what, taken, START_UP_GOAL, unit="s")
    ratios = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            cell = ["-m", "bench.run", *ONE_CELL.split(), "--results", scratch]
            ratios.append(cpu_seconds(cell) / cpu_seconds(["-c", "import torch"]))
    what = "CPU time of a study of one cell and one epoch of digits / of importing torch"
    yield figure_row("start-up/one-cell", what, ratios)


def cpu_seconds(words: Sequence[str], code: int = 0) -> float:
    """Return user and system seconds of Python and its children; it must end with `code`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, *words], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == code, done.stderr.decode()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
