"""Whole cells on a CUDA device, each in a process of its own. Skipped, with the reason, without."""

import pytest
import torch

from bench.execute.fork_server import ForkServer
from bench.measure.driven import run_cell
from bench.measure.job import Job
from bench.study.cells import expand
from bench.study.study import Study

pytestmark = pytest.mark.gpu

DEVICE = "cuda:0"
METHODS = """
import time
import torch
from noprop_core.methods.classifier import Classifier

class Hoards(Classifier):
    name = "hoards"
    title = "asks for more than there is"
    def train_step(self, x_BCHW, y_B):
        torch.empty(1 << 46, dtype=torch.uint8, device=x_BCHW.device)

class Hangs(Classifier):
    name = "hangs"
    title = "never ends"
    def train_step(self, x_BCHW, y_B):
        time.sleep(600)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Have a fork server that finds two methods that get into trouble."""
    folder = tmp_path_factory.mktemp("methods")
    (folder / "gpu_troubles.py").write_text(METHODS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        with ForkServer() as server:
            yield server


@pytest.fixture
def run(server):
    """Run one small cell and return its record."""

    def call(method="noprop-dt", device=DEVICE, time_limit=None, **entries):
        content = {
            "name": "small", "datasets": ["digits"], "methods": [method], "baseline": method,
            "seeds": [0], "batch_sizes": [64], "timesteps": [2], "budget": {"epochs": 2},
            "options": {"width": 0.25},
        }  # fmt: skip
        study = Study.model_validate(content | entries)
        (cell,) = expand(study, torch.device(device).type)
        job = Job(cell=cell, study="small", device=device, time_limit=time_limit)
        return run_cell(server.run(job))

    return call


def test_two_cells_one_after_the_other_are_equal_bit_for_bit(run) -> None:
    one, two = run(), run()
    assert one.status == two.status == "ok", one.failure
    assert one.test_accuracies == two.test_accuracies
    losses = [[epoch.train_loss for epoch in record.epochs] for record in (one, two)]
    assert losses[0] == losses[1]
    assert one.memory == two.memory


def test_a_record_says_what_it_ran_on_and_how(run) -> None:
    record = run()
    surroundings, numerics = record.environment, record.numerics
    assert surroundings.cuda
    assert surroundings.cudnn
    assert surroundings.compute_capability.count(".") == 1
    assert surroundings.device_memory_bytes > 1 << 30
    assert (numerics.tf32_products, numerics.tf32_convolutions) == (False, False)
    assert numerics.deterministic
    assert not numerics.cudnn_benchmark
    assert record.phases.device > 0
    assert record.memory.source == "torch.cuda.max_memory_allocated"


def test_the_largest_workspace_is_no_part_of_a_small_cell_s_peak(run) -> None:
    assert run("classifier").memory.peak_bytes < 8 << 20


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_another_precision_is_had_where_the_card_has_it(run, precision: str) -> None:
    record = run(precision=precision)
    assert record.status == "ok", record.failure
    if torch.cuda.get_device_capability() >= (8, 0):
        assert record.numerics.fell_back == []
        assert record.numerics.tf32_products == (precision == "tf32")
        assert record.numerics.autocast == ("bfloat16" if precision == "bf16" else "")
    else:
        assert record.numerics.fell_back


def test_after_a_cell_that_ran_out_of_memory_a_good_one_runs(run) -> None:
    assert run("gpu_troubles:Hoards").status == "out-of-memory"
    assert run().status == "ok"


def test_after_a_cell_whose_time_was_up_a_good_one_runs(run) -> None:
    assert run("gpu_troubles:Hangs", time_limit=30.0).status == "timeout"
    assert run().status == "ok"


def test_a_run_on_the_second_card_leaves_the_first_empty(run) -> None:
    if torch.cuda.device_count() < 2:
        pytest.skip(f"needs two CUDA devices, torch sees {torch.cuda.device_count()}")
    before = torch.cuda.mem_get_info(0)[0]
    assert run(device="cuda:1").status == "ok"
    assert torch.cuda.mem_get_info(0)[0] == before
