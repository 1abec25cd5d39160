"""`torchrun -m bench.run`: divided runs become records; a process that dies ends them clearly."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from bench.records.store import RecordStore
from bench.run import main
from noprop_core.errors import InvalidSetting

ROOT = Path(__file__).parents[3]
STUDY = """
datasets = ["digits"]
train_images = 200
methods = ["noprop-dt", "noprop-dt/blocks"]
baseline = "noprop-dt"
seeds = [0]
batch_sizes = [64]
timesteps = [2]
inference_repeats = 2
threads = 1
ranks = 2
division = { "noprop-dt/blocks" = "blocks" }

[budget]
epochs = 2

[options]
width = 0.125

[method."noprop-dt/blocks"]
"""
ENDLESS = STUDY.replace("epochs = 2", 'epochs = 2\nown_epochs = { "noprop-dt/blocks" = 100000 }')


def started(tmp_path: Path, study: str) -> subprocess.Popen[str]:
    (tmp_path / "mine.toml").write_text(study)
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2",
         "--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0",
         "-m", "bench.run", "--study", "mine.toml", "--results", "results", "--save-model"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def test_a_divided_run_predicts_as_an_undivided_one_and_says_what_it_sent(tmp_path) -> None:
    out, err = started(tmp_path, STUDY).communicate()
    records = {r.cell.method: r for r in RecordStore(tmp_path / "results" / "mine").load()}
    assert set(records) == {"noprop-dt", "noprop-dt/blocks"}, err
    assert "2 of 2 cells run" in out
    alone, divided = records["noprop-dt"], records["noprop-dt/blocks"]
    assert divided.test_accuracies == alone.test_accuracies
    assert [e.train_loss for e in divided.epochs] == [e.train_loss for e in alone.epochs]
    assert divided.flops_per_epoch == alone.flops_per_epoch
    # Whoever trained a block, the model that is saved has the weights of all.
    one, other = (
        load_file(tmp_path / "results" / "mine" / "records" / r.files["model"].name)
        for r in (alone, divided)
    )
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert alone.communication is None
    paid = divided.communication
    assert paid is not None
    assert divided.memory is not None
    assert divided.memory.peak_bytes == max(paid.peak_bytes)
    assert sum(e.seconds for e in divided.epochs) >= max(paid.training_seconds)
    if paid.training_bytes is not None:
        assert paid.training_bytes == [0, 0]
        assert paid.gathering_bytes is not None
        assert min(paid.gathering_bytes) > 0


def test_a_process_that_dies_leaves_a_failed_record_and_one_line(tmp_path) -> None:
    runner = started(tmp_path, ENDLESS)
    store = RecordStore(tmp_path / "results" / "mine")
    while not list(store.records_folder.glob("*.json")):  # the undivided run, which comes first
        assert runner.poll() is None, runner.communicate()
        time.sleep(0.2)
    (other,) = (
        child
        for child in psutil.Process(runner.pid).children()
        if child.environ().get("RANK") == "1"
    )
    other.send_signal(signal.SIGKILL)
    out, err = runner.communicate()
    assert runner.returncode != 0
    failed = [r for r in store.load() if r.status == "error"]
    assert [r.cell.method for r in failed] == ["noprop-dt/blocks"], err
    assert "another process" in failed[0].failure or "peer" in failed[0].failure
    assert "1 failed" in out or "a process has died" in err


def test_block_parallel_needs_torchrun(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(InvalidSetting, match=r"--block-parallel: .* torchrun --nproc-per-node 2"):
        main(["--block-parallel", "--results", str(tmp_path)])


def test_a_divided_study_needs_torchrun(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(InvalidSetting, match="torchrun --nproc-per-node 2"):
        main(["--study", "scaling", "--results", str(tmp_path), "--isolation", "none"])
    assert not list(tmp_path.rglob("*.json"))
