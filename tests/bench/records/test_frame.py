"""Records become tidy frames whose columns are the documented ones."""

import json

import pandas as pd
import pytest

from bench.records import frame
from bench.records.columns import EPOCH_COLUMNS, RUN_COLUMNS
from bench.records.record import Epoch, Load, MemoryParts
from noprop_core.errors import InvalidSetting, UserError

METRICS = [
    *("test_accuracy", "validation_accuracy", "train_seconds"),
    *("epoch_seconds", "peak_memory_bytes"),
]


@pytest.fixture(scope="module")
def records(cell, record):
    """Return a good run, one that diverged in its second epoch, and one that never began."""
    epoch = Epoch(seconds=0.5, train_loss=2.0, validation_accuracy=0.25)
    return [
        record(),
        record(
            cell(method="noprop-shared", timesteps=4, seed=1),
            status="diverged",
            failure="Diverged: loss not finite",
            epochs=[epoch],
            test_accuracies=[],
            examples_seen=None,
            position=1,
        ),
        record(
            cell(method="classifier", timesteps=None),
            status="error",
            failure="ValueError: early",
            epochs=[],
            test_accuracies=[],
            memory=None,
            parameters=None,
            examples_seen=None,
            position=2,
        ),
    ]


@pytest.fixture(scope="module")
def runs(records):
    return frame.runs_frame(records)


@pytest.mark.parametrize(
    ("make", "columns"),
    [(frame.runs_frame, RUN_COLUMNS), (frame.epochs_frame, EPOCH_COLUMNS)],
    ids=["runs", "epochs"],
)
def test_columns_and_types_are_the_documented_ones_even_without_rows(records, make, columns):
    for rows in (records, records[2:], []):
        made = make(rows)
        assert list(made.columns) == [column.name for column in columns]
        expected = pd.DataFrame(columns=list(made.columns)).astype(
            {column.name: column.dtype for column in columns}
        )
        assert list(made.dtypes) == list(expected.dtypes)


@pytest.mark.parametrize("column", [*RUN_COLUMNS, *EPOCH_COLUMNS], ids=lambda c: c.name)
def test_every_column_says_what_it_means(column):
    assert column.meaning
    assert column.better in {"higher", "lower", ""}
    if column.name.endswith(("seconds", "bytes", "accuracy")):
        assert column.unit in {"s", "bytes", "fraction"}


def test_a_good_run_is_a_row_of_its_measurements(runs, records):
    row = runs.iloc[0]
    assert row["cell"] == records[0].cell_id
    assert (row["status"], row["failure"]) == ("ok", "")
    assert (row["method"], row["dataset"], row["batch_size"]) == ("backprop", "digits", 64)
    assert (row["timesteps"], row["seed"], row["budget"]) == (2, 0, "2 epochs of 64 images")
    assert row["test_accuracy"] == 0.75
    assert row["validation_accuracy"] == 0.75
    assert row["train_seconds"] == 0.75
    assert row["epoch_seconds"] == 0.25
    assert row["peak_memory_bytes"] == 1000
    assert (row["parameters"], row["epochs_run"], row["examples_seen"]) == (10, 2, 128)
    assert row["wall_seconds"] == 1.0
    assert json.loads(row["options"]) == records[0].cell.options


@pytest.mark.parametrize(
    ("seconds", "median"),
    [([7.0], 7.0), ([9.0, 1.0], 1.0), ([9.0, 1.0, 2.0, 4.0], 2.0)],
    ids=str,
)
def test_an_epoch_s_time_leaves_the_first_out_where_there_are_more(record, seconds, median):
    epochs = [Epoch(seconds=s, train_loss=0.0, validation_accuracy=0.5) for s in seconds]
    [value] = frame.runs_frame([record(epochs=epochs)])["epoch_seconds"]
    assert value == median


def test_a_failed_run_has_a_row_without_metrics(runs):
    assert list(runs["status"]) == ["ok", "diverged", "error"]
    assert runs[METRICS].iloc[0].notna().all()
    assert runs[METRICS].iloc[1:].isna().all(axis=None)
    assert list(runs["failure"].iloc[1:]) == ["Diverged: loss not finite", "ValueError: early"]
    assert list(runs["epochs_run"]) == [2, 1, 0]
    assert runs["parameters"].iloc[1] == 10
    assert runs["parameters"].iloc[2] is pd.NA


def test_a_method_without_t_has_none(runs):
    assert list(runs["timesteps"].isna()) == [False, False, True]


def test_the_epochs_frame_has_every_finished_epoch_failed_runs_included(records):
    epochs = frame.epochs_frame(records)
    assert list(epochs["epoch"]) == [1, 2, 1]
    assert list(epochs["cell"]) == [records[0].cell_id] * 2 + [records[1].cell_id]
    assert list(epochs["seconds"]) == [0.5, 0.25, 0.5]
    assert list(epochs["cumulative_seconds"]) == [0.5, 0.75, 0.5]
    assert list(epochs["train_loss"]) == [1.25, 1.25, 2.0]
    assert list(epochs["validation_accuracy"]) == [0.75, 0.75, 0.25]


def test_a_study_s_folder_loads_as_its_records(finished):
    pd.testing.assert_frame_equal(
        frame.load(str(finished.store.folder)), frame.runs_frame(finished.outcome.made)
    )
    pd.testing.assert_frame_equal(
        frame.load_epochs(finished.store.folder), frame.epochs_frame(finished.outcome.made)
    )
    assert len(frame.load_epochs(finished.store.folder)) == 12


def test_a_folder_without_records_is_a_user_error(tmp_path):
    for load in (frame.load, frame.load_epochs):
        with pytest.raises(UserError, match="no records in"):
            load(tmp_path)


def test_parquet_reads_back_the_same(runs, tmp_path):
    frame.export(runs, tmp_path / "runs.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "runs.parquet"), runs)


def test_csv_reads_back_the_same(runs, tmp_path):
    frame.export(runs, tmp_path / "runs.csv")
    types = {column.name: column.dtype for column in RUN_COLUMNS}
    empty = {name: [""] for name, dtype in types.items() if dtype != "str"}
    back = pd.read_csv(
        tmp_path / "runs.csv",
        dtype=types,
        na_values=empty,
        keep_default_na=False,
    )
    pd.testing.assert_frame_equal(back, runs)


@pytest.mark.parametrize("name", ["runs", "runs.xlsx", "csv", "runs.csv.gz"])
def test_any_other_ending_is_refused_and_nothing_written(runs, tmp_path, name):
    with pytest.raises(InvalidSetting, match=r"must end in \.csv or \.parquet"):
        frame.export(runs, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["no/runs.csv", "no/runs.parquet"])
def test_a_folder_that_is_not_there_is_made(runs, tmp_path, name):
    frame.export(runs, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["no"]
    assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize("name", ["no/runs.csv", "no/runs.parquet"])
def test_a_file_where_a_folder_should_be_is_a_user_error(runs, tmp_path, name):
    (tmp_path / "no").touch()
    with pytest.raises(InvalidSetting, match="cannot write"):
        frame.export(runs, tmp_path / name)


def test_controls_are_rows_beside_the_run_s_own_accuracy(record):
    controls = {"first block alone": [0.25, 0.75], "one step": [1.0, 1.0]}
    made = frame.controls_frame([record(controls=controls), record(controls={})])
    assert list(made["control"]) == ["first block alone", "one step"]
    assert list(made["control_accuracy"]) == [0.5, 1.0]
    assert set(made["test_accuracy"]) == {0.75}


@pytest.mark.parametrize(
    ("options", "kind"), [({}, ""), ({"embedding": {"kind": "learned"}}, "learned")]
)
def test_the_embedding_of_a_run_is_a_column(record, options, kind):
    made = record()
    cell = made.cell.model_copy(update={"options": options})
    [value] = frame.runs_frame([made.model_copy(update={"cell": cell})])["embedding"]
    assert value == kind


def test_a_run_on_all_images_says_so_by_its_epochs_alone(record):
    made = record()
    cell = made.cell.model_copy(update={"train_images": None})
    [value] = frame.runs_frame([made.model_copy(update={"cell": cell})])["budget"]
    assert value == "2 epochs"


def test_runs_of_one_cell_under_two_releases_of_torch_keep_apart(record):
    old = record()
    newer = old.environment.model_copy(update={"torch": "2"})
    new = record(environment=newer)
    runs, epochs = frame.runs_frame([old, new]), frame.epochs_frame([old, new])
    assert list(runs["cell"]) == [f"{old.cell_id}@1", f"{old.cell_id}@2"]
    assert list(epochs["cell"].unique()) == list(runs["cell"])
    assert list(frame.runs_frame([old])["cell"]) == [old.cell_id]


def test_what_was_measured_besides_is_in_the_columns(record):
    parts = MemoryParts(
        parameters_bytes=1, gradients_bytes=2, optimizer_bytes=3, other_bytes=4,
        activations_bytes=5, reserved_bytes=None, process_peak_bytes=7,
    )  # fmt: skip
    load = Load(
        load_average=1.0, others_cores=1.5, stolen_cores=0.0, throttled=None,
        frequency_mhz=None, highest_frequency_mhz=None,
    )  # fmt: skip
    seconds = [3.0, 1.0, 1.0, 1.0, 1.0, 9.0]
    epochs = [Epoch(seconds=s, train_loss=0.0, validation_accuracy=0.5) for s in seconds]
    made = record(
        memory_parts=parts, load=load, flops_per_epoch=10, energy_joules=2.5, epochs=epochs,
        isolation="process",
    )  # fmt: skip
    [row] = frame.runs_frame([made]).to_dict("records")
    found = [row[name] for name in MemoryParts.model_fields]
    assert [None if pd.isna(value) else value for value in found] == [1, 2, 3, 4, 5, None, 7]
    assert (row["flops_per_epoch"], row["flops_per_second"]) == (10.0, 10.0)
    assert (row["energy_joules"], row["isolation"]) == (2.5, "process")
    assert (row["first_epoch_seconds"], row["slow_epochs"], row["steady"]) == (3.0, 1, True)
    assert row["disturbed"] == "others used 1.5 of 2 cores"
    [row] = frame.runs_frame([made.model_copy(update={"status": "error"})]).to_dict("records")
    assert pd.isna(row["activations_bytes"])
    assert pd.isna(row["flops_per_second"])


@pytest.mark.parametrize(
    ("method", "kind", "idle"),
    [
        ("noprop-dt/a", "one-hot", "eta, snr_weighting, schedule.alpha_bar_last"),
        ("noprop-dt", "learned", ""),
        ("my_method:Mine", "one-hot", ""),
    ],
)
def test_options_without_effect_are_named_beside_the_others(record, cell, method, kind, idle):
    of = cell(method=method, options={"embedding": {"kind": kind}, "eta": 0.2}, timesteps=2)
    [value] = frame.runs_frame([record(of)])["idle_options"]
    assert value == idle
