"""Tuning without training: an executor whose runs do as well as their learning rate says."""

import math
from concurrent.futures import Future
from pathlib import Path

import pytest
import torch

from bench.execute.launch import Launch
from bench.records.store import RecordStore
from bench.tuning.tune import tune

BEST = 3e-3
"""The learning rate that validation accuracy is highest at."""


@pytest.fixture
def pretended(record):
    class Pretended:
        """Trains nothing. `test` says a test accuracy, `runs` after how many runs it is killed."""

        slots = 1

        def __init__(self, *, test=lambda cell: 0.5, runs=-1, fails=lambda cell: False):
            self.test, self.left, self.fails = test, runs, fails
            self.cells = []

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def submit(self, job):
            if self.left == 0:
                self.killed()
            self.left -= 1
            cell = job.cell
            self.cells.append(cell)
            future = Future()
            future.set_result(self.made(cell))
            return future

        def killed(self):
            raise KeyboardInterrupt

        def made(self, cell):
            if self.fails(cell):
                return record(cell, status="diverged", failure="NaN", test_accuracies=[])
            off = abs(math.log10(cell.options["optimizer"]["learning_rate"] / BEST))
            luck = cell.seed % 7 / 1000
            epoch = record(cell).epochs[-1]
            seen = {"validation_accuracy": 0.9 - 0.2 * off + luck, "validation_loss": 0.3 + off}
            return record(
                cell,
                epochs=[epoch, epoch.model_copy(update=seen)],
                test_accuracies=[self.test(cell)],
                flops_per_epoch=1000,
            )

    return Pretended


@pytest.fixture
def tuned(study, pretended, tmp_path):
    """Tune the tiny study with an executor that trains nothing; the same folder goes on."""

    def run(*, folder="here", executor=None, tuning=None, **acts):
        declared = study(tuning={"trials": 6} | (tuning or {}))
        store = RecordStore(tmp_path / folder / "tuning")
        launch = Launch("tiny+tuning", torch.device("cpu"), Path("unused"))
        executor = executor or pretended(**acts)
        return tune(declared, store, launch, executor), executor

    return run
