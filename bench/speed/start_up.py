"""CPU seconds until a command answers that needs no training: help, a list, a slip of the finger.

CPU time, not wall time: what the command itself costs, whatever else the machine does.
"""

import resource
import subprocess
import sys
from collections.abc import Mapping

from rich.table import Table

START_UP_TARGET = 3.0
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
}
"""What is asked, after `python -m`, and its exit code."""


def measure_start_up() -> dict[str, float]:
    """Return the CPU seconds that each of `ANSWERS` takes, in a process of its own."""
    return {words: cpu_seconds(words, code) for words, code in ANSWERS.items()}


def cpu_seconds(words: str, code: int) -> float:
    """Return user and system seconds of `python -m words`, which must end with `code`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", *words.split()], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == code, done.stderr.decode()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start_up_table(seconds: Mapping[str, float]) -> Table:
    """Show the CPU seconds of every answer."""
    table = Table(title="CPU seconds until a command answers that needs no training")
    for heading in ("", "seconds", "target"):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for words, taken in seconds.items():
        table.add_row(f"python -m {words}", f"{taken:.2f}", f"<= {START_UP_TARGET:g}")
    return table
