"""A run's precision is its cell's, for any method, and its record says what was in effect."""

import sys
from types import ModuleType

import pytest
import torch

from bench.measure.cell_run import CellRun
from bench.measure.driven import run_cell
from bench.measure.job import Job
from bench.records.record import Numerics
from bench.reporting import environment_of
from noprop_core.methods.classifier import Classifier


@pytest.fixture
def run(cell):
    """Run a small cell, with changes, and return its record."""
    small = {"method": "classifier", "timesteps": None, "epochs": 1, "options": {"width": 0.25}}

    def call(**changes):
        return run_cell(CellRun(Job(cell=cell(**(small | changes)), study="tiny")))

    return call


def test_by_default_a_cpu_computes_in_float32_and_its_cell_says_nothing_new(run):
    record = run()
    assert record.status == "ok"
    assert record.numerics == Numerics(
        autocast="", tf32_products=None, tf32_convolutions=None, deterministic=None,
        cudnn_benchmark=None,
    )  # fmt: skip
    assert {"precision", "deterministic"}.isdisjoint(record.cell.layout())
    assert record.environment.cpu_capability == torch.backends.cpu.get_cpu_capability()
    assert record.phases.device >= 0


def test_bfloat16_is_another_run_with_other_numbers(run):
    plain, rounded = run(), run(precision="bf16")
    assert rounded.status == "ok"
    assert rounded.numerics.autocast == "bfloat16"
    assert rounded.numerics.fell_back == []
    assert rounded.cell_id != plain.cell_id
    assert rounded.epochs[0].train_loss != plain.epochs[0].train_loss
    assert rounded.epochs[0].train_loss == pytest.approx(plain.epochs[0].train_loss, rel=0.1)
    assert rounded.cell.execution.words == "bf16"
    assert not torch.is_autocast_enabled("cpu")


def test_what_a_cpu_cannot_do_is_float32_and_said(run):
    plain, record = run(), run(precision="tf32")
    assert record.numerics.fell_back == ["precision tf32: no TF32 on device cpu; float32 instead"]
    assert record.epochs[0].train_loss == plain.epochs[0].train_loss


class Unable(Classifier):
    """Puts what a product gives beside float32 numbers, as code written for float32 may."""

    name = "unable"
    title = "needs float32"

    def train_step(self, x_BCHW, y_B):
        said_BK = self.network(x_BCHW)
        torch.lerp(torch.zeros(said_BK.shape), said_BK, 0.5)
        return super().train_step(x_BCHW, y_B)


def test_a_method_from_outside_that_cannot_do_bfloat16_runs_in_float32_and_that_is_said(
    run, monkeypatch
):
    module = ModuleType("methods_for_float32")
    module.Unable = Unable
    monkeypatch.setitem(sys.modules, module.__name__, module)
    plain, record = (run(method=f"{module.__name__}:Unable", precision=p) for p in (None, "bf16"))
    assert record.status == "ok"
    assert record.numerics.autocast == ""
    (said,) = record.numerics.fell_back
    assert said.startswith("precision bf16: expected dtype")
    assert record.epochs[0].train_loss == plain.epochs[0].train_loss
    assert record.memory == plain.memory


def test_the_report_shows_them(run, record):
    shown = environment_of([run(precision="bf16"), run(precision="tf32"), record()])
    assert shown["precision"] == "bfloat16 by autocast | float32"
    assert shown["not as declared"].startswith("precision tf32: no TF32")
    assert torch.backends.cpu.get_cpu_capability() in shown["cpu capability"]
    assert shown["mig"] == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "float32"),
        ({"tf32_convolutions": True}, "float32, TF32 in convolutions"),
        ({"tf32_convolutions": True, "tf32_products": True},
         "float32, TF32 in products and convolutions"),
        ({"autocast": "bfloat16"}, "bfloat16 by autocast"),
    ],
    ids=str,
)  # fmt: skip
def test_precision_is_put_into_words(changes, words):
    plain = {"autocast": "", "tf32_products": False, "tf32_convolutions": False}
    found = Numerics(**(plain | changes), deterministic=True, cudnn_benchmark=False)
    assert found.words == words
