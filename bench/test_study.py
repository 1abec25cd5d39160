"""The pytest-benchmark entry: a cell is an item, an epoch is a round."""

import sys
from collections.abc import Callable
from statistics import fmean

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.command import STOPPED
from bench.execute.executor import OneAtATime
from bench.measure.driven import DrivenRun
from bench.pytest_items import PROPERTY, Told
from bench.pytest_session import StudyRun, ending_the_session
from bench.records.record import Record
from bench.settling import Settling
from bench.study.cells import Cell


def test_cell(
    benchmark: BenchmarkFixture,
    cell: Cell,
    study_run: StudyRun,
    executor: OneAtATime,
    settling: Settling,
    told: Told,
    record_property: Callable[[str, object], None],
) -> None:
    """Run one cell; its record is on disk when the item ends, whatever the outcome.

    pytest-benchmark times `epoch` alone: set-up, evaluation and warm-up lie outside its rounds.
    """
    where = settling.store.records_folder
    if cell.id in study_run.settled:
        pytest.skip(f"has a good record in {where}; --rerun repeats it")
    with ending_the_session():
        begun = settling.begin(cell, study_run.cells.index(cell))
    if begun is None:
        pytest.skip("another runner has it at this moment")
    if isinstance(begun, Record):
        pytest.skip(f"another runner has run it meanwhile ({begun.status}), see {where}")
    try:
        with ending_the_session():
            run = executor.run(begun)
        record = _run(benchmark, run, settling)
        record_property(PROPERTY, told.words(record))
        if record.status != "ok":
            pytest.fail(f"{record.status}: {record.failure}", pytrace=False)
    except KeyboardInterrupt:
        # pytest would show where it came, and for that parse every file on the way, torch's
        # included: a second's work for whoever waits.
        raise pytest.exit.Exception(STOPPED, returncode=2) from None
    finally:
        settling.release(cell)


class _NoMoreEpochs(Exception):
    """The run has ended; pytest-benchmark's rounds have no other end but their number."""


def time_epochs(benchmark: BenchmarkFixture, run: DrivenRun) -> None:
    """Train `run` to its end, each epoch a round of `benchmark`, however many there will be."""

    def advance() -> None:
        if not run.advance():
            raise _NoMoreEpochs

    try:
        benchmark.pedantic(  # type: ignore[no-untyped-call]
            run.epoch, setup=advance, rounds=sys.maxsize, iterations=1
        )
        # With --benchmark-disable there is one round only; a record needs every epoch.
        while run.advance():
            run.epoch()
    except _NoMoreEpochs:
        benchmark.has_error = False  # else it would leave out what it has timed


def _run(benchmark: BenchmarkFixture, run: DrivenRun, settling: Settling) -> Record:
    cell = run.cell
    steps = "" if cell.timesteps is None else f" T={cell.timesteps}"
    benchmark.group = f"{cell.dataset} batch={cell.batch_size}{steps}"
    try:
        with run:
            time_epochs(benchmark, run)
    except Exception as error:
        if run.is_hopeless(error):
            pytest.exit(str(error), returncode=2)
        _keep(run, settling)
        raise
    record = _keep(run, settling)
    if record.status != "ok":
        return record
    # pytest-benchmark keeps the mapping it was given at the start: fill it, do not replace it.
    benchmark.extra_info.update(
        cell=record.cell_id,
        test_accuracy=fmean(record.test_accuracies),
        peak_memory_bytes=record.memory.peak_bytes if record.memory else None,
        parameters=record.parameters,
    )
    return record


def _keep(run: DrivenRun, settling: Settling) -> Record:
    record = run.record()
    # Where one record cannot be written none can: to train on would be in vain.
    with ending_the_session():
        return settling.finish(run.cell, record)
