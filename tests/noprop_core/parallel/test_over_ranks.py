"""One training run over two processes that talk by gloo, against the same run in one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.noprop_core.parallel import over_ranks


def two_ranks() -> subprocess.CompletedProcess[str]:
    root = Path(over_ranks.__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2",
         "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", over_ranks.__file__],
        env=os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Start two ranks of torchrun, once for all tests; return what they say."""
    done = two_ranks()
    if any(taken in done.stderr for taken in ("EADDRINUSE", "Address already in use")):
        done = two_ranks()  # torchrun looks for a free port and opens it later: another was faster
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_blocks_shared_out_are_those_of_one_process_bit_for_bit(found) -> None:
    alone = over_ranks.in_one_process("blocks")
    assert found["blocks"]["rank 0"]["digest"] == alone["digest"]
    assert found["blocks"]["rank 0"]["loss"] == alone["loss"]


def test_with_fixed_embeddings_training_sends_nothing(found) -> None:
    if not found["data"]["sent"][0]:
        pytest.skip("this system counts no bytes of a TCP connection")
    assert found["blocks"]["sent"] == [0, 0]


def test_with_trained_embeddings_only_what_is_shared_is_sent(found) -> None:
    """W (10 x 20) and the head (20 x 10 + 10), 4 bytes each, per batch; and gloo's own headers."""
    numbers, batches = 10 * 20 + 20 * 10 + 10, 5
    for sent in found["together"]["sent"]:
        assert 4 * numbers * batches <= sent <= 3 * 4 * numbers * batches
    alone = over_ranks.in_one_process("together")
    # Two blocks: the sum of two gradients, in whichever order.
    assert found["together"]["rank 0"]["weights"] == pytest.approx(alone["weights"], rel=1e-6)


def test_a_pipeline_in_turns_is_one_process_bit_for_bit(found) -> None:
    alone = over_ranks.in_one_process("pipeline in turns")
    assert found["pipeline in turns"]["rank 0"]["digest"] == alone["digest"]


def test_what_back_propagation_sends_is_measured(found) -> None:
    """DDP sends every gradient once per batch at least; the pipeline z and its gradient, B x K."""
    z_bytes = 4 * 10 * 180
    assert found["data"]["sent"][0] > 20 * found["pipeline"]["sent"][0]
    for sent in found["pipeline"]["sent"]:
        assert sent >= z_bytes


def test_every_way_learns_the_same_loss_about(found) -> None:
    alone = over_ranks.in_one_process("data")
    for way in ("data", "pipeline"):
        assert found[way]["rank 0"]["loss"] == pytest.approx(alone["loss"], rel=0.3)
