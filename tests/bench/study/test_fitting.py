"""Data of one's own that no network can learn: a line each, before anything runs."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
import torch

import noprop_vs_backprop as door
from bench import pytest_session as entry
from bench.records.store import RecordStore
from bench.study.cells import expand
from bench.study.fitting import check_own_data, load_task
from bench.study.study import Study
from noprop_core.errors import InvalidSetting
from noprop_core.methods.classifier import Classifier
from noprop_core.torch_state import as_it_is, changes_since

ENTRIES = {
    "name": "own",
    "methods": ["noprop-dt", "backprop", "noprop-shared", "backprop-mlp"],
    "baseline": "backprop",
    "seeds": [0],
    "batch_sizes": [16],
    "timesteps": [2],
    "budget": {"epochs": 1},
}


@pytest.fixture
def own(tmp_path: Path):
    """Write a data set of images of so many pixels a side, and return a study of it."""

    def study(side: int, **changes: object) -> Study:
        source = np.random.default_rng(0)
        path = tmp_path / "own.npz"
        images = source.integers(0, 255, (60, side, side), dtype=np.uint8)
        labels = np.arange(60) % 3
        np.savez(path, train_images=images, train_labels=labels, test_images=images,
                 test_labels=labels)  # fmt: skip
        return Study.model_validate(ENTRIES | {"datasets": [str(path)]} | changes)

    return study


def test_images_that_are_too_small_are_named_for_every_method_that_cannot_take_them(own) -> None:
    study = own(3)
    with pytest.raises(InvalidSetting) as caught:
        check_own_data(expand(study, "cpu"), Path("data"))
    first, second = str(caught.value).splitlines()
    [name] = study.datasets
    assert first.startswith(f"noprop-dt, backprop on {name}: images of 3x3 pixels are too small")
    assert second.startswith(f"noprop-shared on {name}: images of 3x3 pixels are too small")


def test_a_batch_that_is_too_large_is_named(own) -> None:
    with pytest.raises(InvalidSetting, match=r"backprop-mlp on .*batch size 55 does not fit"):
        check_own_data(expand(own(8, batch_sizes=[55]), "cpu"), Path("data"))


def test_what_fits_passes(own) -> None:
    check_own_data(expand(own(8), "cpu"), Path("data"))


def test_the_runner_says_so_before_anything_is_written(own, run_of, tmp_path) -> None:
    store = RecordStore(tmp_path / "results")
    with pytest.raises(InvalidSetting, match="too small"):
        run_of(own(3), store)
    assert not store.folder.exists() or not list(store.folder.iterdir())


def test_so_does_the_simplest_door(own, capsys) -> None:
    [path] = own(3).datasets
    with pytest.raises(InvalidSetting, match=r"noprop-dt, backprop on .*too small"):
        door.main(["--dataset", path, "--batch-size", "16", "--device", "cpu"])
    assert capsys.readouterr().out == ""


def test_and_a_session_of_pytest_ends(own, tmp_path) -> None:
    class Request:
        class config:  # noqa: N801
            stash = {}  # noqa: RUF012

    class Run:
        cells, settled = expand(own(3), "cpu"), {}
        launch = type("Launch", (), {"data_dir": Path("data")})

    Request.config.stash[entry.RUN] = Run
    with pytest.raises(pytest.exit.Exception, match="too small") as caught:
        entry.study_run.__wrapped__(Request)
    assert caught.value.returncode == 2


@pytest.mark.parametrize("harm", ["exits", "cancels", "sets torch", "writes into the data"])
def test_what_a_method_s_code_does_as_it_is_tried_harms_nobody(own, monkeypatch, harm) -> None:
    def build(self: Classifier) -> None:
        if harm == "exits":
            raise SystemExit(0)
        if harm == "cancels":
            raise asyncio.CancelledError
        if harm == "sets torch":
            torch.set_default_dtype(torch.float64)
            torch.manual_seed(5)
        else:
            self.task.test.labels_N.zero_()

    study, state = own(8, methods=["classifier"], baseline="classifier"), as_it_is()
    whole = load_task(study.datasets[0], Path("data"), "cpu", None).test.labels_N.clone()
    monkeypatch.setattr(Classifier, "build", build)
    check_own_data(expand(study, "cpu"), Path("data"))
    assert changes_since(state) == []
    assert load_task(study.datasets[0], Path("data"), "cpu", None).test.labels_N.equal(whole)
