"""A measurement in several fresh processes, one after the other: what differs between them counts.

Where memory comes to lie is settled once in a process and shared by all its rounds; an interval
over rounds of one process does not hold that.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from bench.speed.row import Row, over_processes
from bench.speed.setting import Setting
from bench.speed.written import read_written
from noprop_core.errors import UserError

COMMAND = ("-m", "bench.speed")
"""What Python is told to measure something in its own process, besides options."""


def rows_of_fresh_processes(name: str, rounds: int, setting: Setting) -> Iterator[Row]:
    """Yield the rows of the measurement called `name`, over `setting.processes`.

    Raises `UserError`, or `RuntimeError` for a bug, with what the process said.
    """
    each = []
    for _ in range(setting.processes):
        found, said = measured_apart(name, rounds, setting.device)
        if not found:  # here it cannot be measured, and that is what it said
            setting.say(said)
            return
        each.append(found)
    for rows in zip(*each, strict=True):
        yield over_processes(rows)


def measured_apart(name: str, rounds: int, device: torch.device) -> tuple[list[Row], str]:
    """Return the rows that one new process measures, and what it says beside them.

    A program is executed anew, for a fork has its parent's memory. Whatever ends this process's
    wait ends the other too.
    """
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "rows.json")
        options = {"only": name, "processes": 1, "rounds": rounds, "device": device, "json": path}
        words = [f"--{option}={value}" for option, value in options.items()]
        code, said = _run([sys.executable, *COMMAND, *words])
        if not path.exists():  # 1 is the code of a goal that is not met, as of a bug
            _fail(name, code, said)
        return [row.as_measured() for row in read_written(path).rows], said


def _run(command: Sequence[str]) -> tuple[int, str]:
    """Return the exit code and standard error."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
    ) as process:
        try:
            _, said = process.communicate()
        finally:  # after Ctrl-C it is not left behind, as `subprocess.run` would
            process.kill()
            process.wait()
    return process.returncode, said.strip()


def _fail(name: str, code: int, said: str) -> None:
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    told = f"a process that measured '{name}' ended {how}"
    if code == 2 or code < 0:
        raise UserError(f"{told}: {said.removeprefix('error: ') or 'it said nothing'}")
    raise RuntimeError(f"{told}:\n{said}")
