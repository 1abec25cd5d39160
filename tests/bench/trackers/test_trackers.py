"""Records in other people's trackers, read back by their own libraries."""

import sys
import types
import warnings
from typing import ClassVar

import pytest

from bench.records import frame
from bench.records.store import RecordStore
from bench.trackers import trackers
from bench.trackers.tracked import tracked_runs
from noprop_core.errors import InvalidSetting


@pytest.fixture
def folder(tmp_path, record, cell, study):
    store = RecordStore(tmp_path / "tiny")
    store.save_study(study())
    store.save(record(cell(seed=0)))
    store.save(record(cell(seed=1), status="diverged", failure="loss is not finite", epochs=[],
                      test_accuracies=[], memory=None))  # fmt: skip
    return store.folder


@pytest.fixture
def runs(folder):
    return list(tracked_runs(frame.load(folder), frame.load_epochs(folder)))


def test_a_run_is_told_with_what_decided_it_and_what_was_measured(runs, folder):
    good, bad = sorted(runs, key=lambda run: run.parameters["seed"])
    row = frame.load(folder).query("seed == 0").iloc[0]
    assert good.parameters["method"] == row.method
    assert good.results["test_accuracy"] == row.test_accuracy == 0.75
    assert good.results["peak_memory_bytes"] == 1000
    assert [point.epoch for point in good.curve] == [1, 2]
    assert [point.values["seconds"] for point in good.curve] == [0.5, 0.25]
    assert [point.at - good.started for point in good.curve] == [0.5, 0.75]
    assert (good.ok, bad.ok) == (True, False)
    assert "test_accuracy" not in bad.results
    assert bad.labels["failure"] == "loss is not finite"
    assert good.key != bad.key


# MLflow and SQLAlchemy are older and newer than each other likes, which is not for us to mend.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_mlflow_reads_what_was_written(runs, tmp_path, capfd):
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed")
    target = f"mlflow:{tmp_path / 'tracked'}"
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert trackers.export(runs, target) == 2
        assert trackers.export(runs, target) == 0
    ours = [str(each.message) for each in heard if "sqlalchemy" in each.filename.lower()]
    assert ours == []
    assert "mlflow" not in capfd.readouterr().err
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'tracked' / 'mlflow.db'}")
    (experiment,) = [e for e in client.search_experiments() if e.name == "tiny"]
    found = {run.data.params["seed"]: run for run in client.search_runs([experiment.experiment_id])}
    assert {seed: run.info.status for seed, run in found.items()} == {
        "0": "FINISHED",
        "1": "FAILED",
    }
    good = found["0"]
    assert good.data.metrics["final.test_accuracy"] == 0.75
    history = client.get_metric_history(good.info.run_id, "seconds")
    assert [(m.step, m.value) for m in history] == [(1, 0.5), (2, 0.25)]
    assert found["1"].data.tags["failure"] == "loss is not finite"
    # What an interrupted export left half told is told again.
    client.update_run(good.info.run_id, status="RUNNING")
    assert trackers.export(runs, target) == 1
    assert len(client.search_runs([experiment.experiment_id])) == 2


def test_tensorboard_reads_what_was_written(runs, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    target = f"tensorboard:{tmp_path / 'tracked'}"
    assert trackers.export(runs, target) == 2
    assert trackers.export(runs, target) == 0
    folders = sorted((tmp_path / "tracked" / "tiny").iterdir())
    assert len(folders) == 2
    (good,) = [f for f in folders if "s_0" in f.name or "s=0" in f.name]
    events = EventAccumulator(str(good))
    events.Reload()
    told = [(e.step, e.value, e.wall_time - runs[0].started) for e in events.Scalars("seconds")]
    assert told == [(1, 0.5, 0.5), (2, 0.25, 0.75)]
    assert events.Scalars("final/test_accuracy")[0].value == 0.75
    assert "_hparams_/session_start_info" in events.PluginTagToContent("hparams")


class Told:
    """What Weights & Biases does with a run, as far as we use it."""

    known: ClassVar[dict[str, "Told"]] = {}

    def __init__(self, **settings):
        self.settings, self.resumed = settings, settings["id"] in self.known
        self.steps, self.summary, self.code = [], {}, None
        self.known.setdefault(settings["id"], self)

    def log(self, values, step):
        self.steps.append((step, values["seconds"]))

    def finish(self, exit_code=0):
        self.code = exit_code


def test_wandb_is_told_of_every_run_once(runs, monkeypatch):
    monkeypatch.setattr(Told, "known", {})
    stand_in = types.ModuleType("wandb")
    stand_in.init, stand_in.Settings = Told, dict
    monkeypatch.setitem(sys.modules, "wandb", stand_in)
    monkeypatch.delitem(sys.modules, "bench.trackers.to_wandb", raising=False)
    assert trackers.export(runs, "wandb:us/project") == 2
    assert trackers.export(runs, "wandb:us/project") == 0
    monkeypatch.delitem(sys.modules, "bench.trackers.to_wandb")
    good, bad = (Told.known[run.key] for run in sorted(runs, key=lambda r: not r.ok))
    assert (good.settings["entity"], good.settings["project"]) == ("us", "project")
    assert good.settings["config"]["method"] == runs[0].parameters["method"]
    assert good.steps == [(1, 0.5), (2, 0.25)]
    assert good.summary["final/test_accuracy"] == 0.75
    assert (good.code, bad.code) == (0, 1)


@pytest.mark.parametrize("name", trackers.TRACKERS)
def test_a_missing_library_is_one_line_with_the_command_that_adds_it(name, runs, monkeypatch):
    tracker = trackers.TRACKERS[name]
    monkeypatch.setitem(sys.modules, {"mlflow": "alembic"}.get(name, name), None)
    monkeypatch.delitem(sys.modules, tracker.writer.partition(":")[0], raising=False)
    with pytest.raises(InvalidSetting) as error:
        trackers.export(runs, f"{name}:x")
    assert f'pip install "noprop-bench[{name}]"' in str(error.value)
    assert "\n" not in str(error.value)


def test_a_target_that_is_missing_or_no_folder_is_one_line(runs, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    (tmp_path / "file").touch()
    for target in ("mlflow:", "tensorboard:", f"tensorboard:{tmp_path / 'file'}"):
        with pytest.raises(InvalidSetting) as error:
            trackers.export(runs, target)
        assert "\n" not in str(error.value)
