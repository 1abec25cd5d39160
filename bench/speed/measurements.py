"""The chosen measurements, one after the other, in one table."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from bench.command import say
from bench.console import Console
from bench.execute.fork_server import ForkServer
from bench.places import resolve_device
from bench.speed.catalogue import Measurement
from bench.speed.fresh import rows_of_fresh_processes
from bench.speed.row import Row
from bench.speed.setting import Setting
from bench.speed.table import Measured, table_of
from bench.speed.written import Written, markdown_of
from noprop_core.errors import UserError
from noprop_core.freed_memory import keep_freed_memory
from reports.files.output import write_whole

WIDTH = 140
"""Characters of the table where there is no terminal that has a width of its own."""


def measure(
    arguments: argparse.Namespace, chosen: dict[str, Measurement], executor: ForkServer
) -> int:
    """Measure, print, and return 0 if every goal is met, else 1.

    The file is written anew after every measurement, so that one that fails takes no other along.
    """
    device = resolve_device(arguments.device)
    watched = Console(stderr=True)
    setting = Setting(
        device,
        arguments.rounds,
        arguments.seeds,
        executor,
        arguments.processes,
        watched.print,
    )
    keep_freed_memory(device)  # as every cell's process does
    measured = Measured(device)
    measured.look_at_the_machine()
    for name, measurement in chosen.items():
        with watched.status(f"{name}: {measurement.what}"):
            _add_rows(measured, name, measurement, setting)
        _write(measured, arguments.json)
    if arguments.markdown:
        say(markdown_of(Written.model_validate_json(measured.document())))
        return measured.exit_code
    piped = not sys.stdout.isatty()
    Console(width=WIDTH if piped else None).print(table_of(measured))
    return measured.exit_code


def _add_rows(measured: Measured, name: str, measurement: Measurement, setting: Setting) -> None:
    before = torch.get_num_threads()
    if measurement.threads is not None:
        torch.set_num_threads(measurement.threads)
    try:
        for row in _rows(name, measurement, setting):
            measured.add(row, torch.get_num_threads())
    finally:
        torch.set_num_threads(before)
    measured.look_at_the_machine()


def _rows(name: str, measurement: Measurement, setting: Setting) -> Iterator[Row]:
    if measurement.rounds_apart is None or setting.processes == 1:
        return measurement.rows(setting)
    return rows_of_fresh_processes(name, setting.at_most(measurement.rounds_apart), setting)


def _write(measured: Measured, path: Path | None) -> None:
    if path is None:
        return
    try:
        write_whole(measured.document(), path)
    except OSError as error:
        raise UserError(f"--json: cannot write '{path}': {error.strerror or error}") from error
