"""Records are on disk whole or not at all, and none is ever lost."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from bench.records.record import SCHEMA_VERSION, Epoch, Record
from bench.records.store import RecordStore, read_record
from bench.records.whole import write_whole
from bench.study.problems import InvalidInput
from bench.study.study import Study
from noprop_core.errors import UserError


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "results" / "tiny")


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": "error", "failure": "ValueError: é∂\x00", "traceback": "line\nline\n"},
        {"status": "out-of-memory", "epochs": [], "test_accuracies": [], "memory": None},
        {"status": "error", "parameters": None, "examples_seen": None, "data_checksum": ""},
        {"epochs": [Epoch(seconds=1e-9, train_loss=0.1 + 0.2, validation_accuracy=1 / 3)]},
    ],
    ids=["ok", "error", "nothing measured", "unknown", "floats"],
)
def test_a_record_reads_back_equal(store, record, changes):
    written = record(**changes)
    path = store.save(written)
    assert read_record(path) == written
    assert store.find(written.cell) == written
    assert store.load() == [written]
    assert json.loads(path.read_text())["schema_version"] == SCHEMA_VERSION


def test_a_record_s_file_is_named_after_its_cell(store, record):
    made = record()
    assert store.save(made) == store.records_folder / f"{made.cell.label}-{made.cell.id}.json"
    assert files_in(store.folder) == [f"{made.cell.label}-{made.cell.id}.json"]


def test_a_cell_without_a_record_has_none(store, cell, record):
    assert store.find(cell()) is None
    store.save(record())
    assert store.find(cell(seed=9)) is None


def test_records_come_in_the_order_of_the_study(store, cell, record):
    for position, seed in enumerate((2, 0, 1)):
        store.save(record(cell(seed=seed), position=2 - position))
    assert [r.position for r in store.load()] == [0, 1, 2]


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        ("ok", True),
        ("diverged", True),
        ("error", False),
        ("out-of-memory", False),
        ("timeout", False),
    ],
)
def test_only_outcomes_that_would_repeat_are_settled(store, record, status, settled):
    made = record(status=status)
    store.save(made)
    assert store.settled([made.cell]) == ({made.cell_id: made} if settled else {})


def test_an_empty_folder_says_how_to_fill_it(store):
    with pytest.raises(UserError, match=r"no records in .*; make some with python -m bench\.run"):
        store.load()


def test_running_again_sets_the_earlier_record_aside(store, record):
    versions = [record(position=position) for position in range(4)]
    for made in versions:
        path = store.save(made)
    assert store.load() == versions[-1:]
    aside = [store.superseded_folder / f"{path.stem}.{n}.json" for n in (1, 2, 3)]
    assert [read_record(old) for old in aside] == versions[:-1]
    assert len(files_in(store.folder)) == 4


@pytest.mark.parametrize("broken", [(Path, "replace"), (os, "fsync")], ids=["replace", "fsync"])
@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()], ids=repr)
def test_an_interrupted_write_leaves_the_old_record_and_no_half_of_a_new_one(
    store, record, monkeypatch, broken, error
):
    old = record()
    path = store.save(old)
    before = path.read_bytes()

    def fail(*words, **settings):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(*broken, fail)
        expected = UserError if isinstance(error, OSError) else KeyboardInterrupt
        with pytest.raises(expected):
            store.save(record(position=5))
        with pytest.raises(expected):
            store.save_study(Study.model_construct(name="tiny"))
    assert path.read_bytes() == before
    assert store.load() == [old]
    assert not list(store.folder.rglob("*.tmp"))
    assert list(store.superseded_folder.iterdir()) == []  # nothing has replaced it
    assert not (store.folder / "study.json").exists()


def test_an_interrupt_just_after_a_record_was_replaced_keeps_both(store, record, monkeypatch):
    old, new = record(), record(position=5)
    path = store.save(old)
    replace = Path.replace

    def replace_and_be_interrupted(self, target):
        replace(self, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", replace_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save(new)
    assert read_record(path) == new
    [aside] = store.superseded_folder.iterdir()
    assert read_record(aside) == old


def test_a_disk_error_is_one_line_that_names_the_file(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError) as caught:
        write_whole(tmp_path / "a.json", "text")
    assert str(caught.value) == f"cannot write '{tmp_path / 'a.json'}': No space left on device"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["results", "results/tiny", "results/tiny/records"])
def test_a_file_in_place_of_a_folder_is_a_user_error(tmp_path, store, record, place):
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("in the way")
    with pytest.raises(UserError, match="cannot write"):
        store.save(record())
    assert path.read_text() == "in the way"


def test_a_file_in_place_of_the_folder_of_old_records_is_a_user_error(store, record):
    store.save(record())
    store.superseded_folder.write_text("in the way")
    with pytest.raises(UserError, match="cannot write"):
        store.save(record(position=5))
    assert store.load() == [record()]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_read_only_folder_is_a_user_error(store, record):
    store.folder.mkdir(parents=True)
    store.folder.chmod(0o500)
    with pytest.raises(UserError, match="cannot write"):
        store.save(record())


def test_others_may_read_a_record(store, record):
    umask = os.umask(0o022)
    try:
        path = store.save(record())
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o644


def _with(**changes):
    return lambda text: json.dumps(json.loads(text) | changes)


def _without(key):
    return lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != key})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[: len(text) // 2], "is no record ("),
        (lambda text: "", "is no record ("),
        (lambda text: "\x00" * 64, "is no record ("),
        (lambda text: "[]", f"is no record of schema {SCHEMA_VERSION}"),
        (lambda text: "null", f"is no record of schema {SCHEMA_VERSION}"),
        (lambda text: "{}", f"is no record of schema {SCHEMA_VERSION} (study: "),
        (
            _with(schema_version=SCHEMA_VERSION + 1),
            f"has schema {SCHEMA_VERSION + 1}, newer than this version's {SCHEMA_VERSION}; up",
        ),
        (_with(schema_version="one"), f"is no record of schema {SCHEMA_VERSION} (schema_version: "),
        (_with(status="fine"), f"is no record of schema {SCHEMA_VERSION} (status: "),
        (
            _with(epochs=[{"seconds": 1}]),
            f"is no record of schema {SCHEMA_VERSION} (epochs.0.train_loss: ",
        ),
        (_with(colour="red"), f"is no record of schema {SCHEMA_VERSION} (colour: "),
        (_without("cell"), f"is no record of schema {SCHEMA_VERSION} (cell: "),
    ],
    ids=[
        *("truncated", "empty", "zeros", "list", "null", "no keys"),
        *("newer", "no version", "status", "epochs", "extra", "no cell"),
    ],
)
def test_a_damaged_record_is_one_clear_line_and_is_left_alone(store, record, damage, said):
    made = record()
    path = store.save(made)
    damaged = damage(path.read_text()).encode()
    path.write_bytes(damaged)
    for read in (store.load, lambda: store.find(made.cell), lambda: store.settled([made.cell])):
        with pytest.raises(InvalidInput) as caught:
            read()
        [line] = str(caught.value).splitlines()
        assert line.startswith(f"{path}: {said}")
    assert path.read_bytes() == damaged
    assert files_in(store.folder) == [path.name]


def test_bytes_that_are_no_text_are_one_clear_line(store, record):
    path = store.save(record())
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="is no record"):
        store.load()


def test_a_good_run_without_a_test_accuracy_is_no_record(record):
    # Such a file would pass for a good run, and every table over it would fail.
    with pytest.raises(ValueError, match="test_accuracies"):
        Record.model_validate(record().model_dump() | {"test_accuracies": []})


def test_a_study_keeps_what_it_declared_and_nothing_else(store, study, tiny):
    declared = study(options={"width": 0.25})
    store.save_study(declared)
    kept = json.loads((store.folder / "study.json").read_text())
    assert kept == tiny
    back = store.load_study()
    assert back == declared
    assert back.model_fields_set == declared.model_fields_set
    assert "alpha" not in back.model_fields_set


def test_declared_margins_come_back_as_declared(store, study):
    store.save_study(study(margins={"time_percent": 2.5}))
    margins = store.load_study().margins
    assert margins.model_dump(exclude_unset=True) == {"time_percent": 2.5}


@pytest.mark.parametrize("text", [None, "", "{}", '{"name": 1}', "[]", "\x00"])
def test_an_unreadable_study_is_one_line(store, text):
    store.folder.mkdir(parents=True)
    if text is not None:
        (store.folder / "study.json").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        store.load_study()
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{store.folder / 'study.json'}: is no study of this version")


def test_records_under_a_tag_are_found_under_it_and_loaded_with_the_others(store, record):
    tagged = RecordStore(store.folder, "torch-2.9.1")
    plain, other = record(), record(position=1)
    store.save(plain)
    assert tagged.find(plain.cell) is None
    path = tagged.save(other)
    assert path.name == f"{other.cell.label}-{other.cell.id}-torch-2.9.1.json"
    assert (store.find(plain.cell), tagged.find(plain.cell)) == (plain, other)
    assert store.load() == [plain, other]
    assert not store.superseded_folder.exists()


def test_what_killed_writers_left_is_swept_away_and_what_is_being_written_is_not(store, record):
    store.save(record())
    left = [store.folder / ".a.tmp", store.records_folder / ".b.tmp"]
    for path in left:
        path.write_text("half a rec")
    busy = store.records_folder / ".c.tmp"
    with busy.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        store.sweep()
        assert busy.exists()
    assert not any(path.exists() for path in left)
    store.sweep()
    assert not busy.exists()
    assert store.load() == [record()]


def test_sweeping_a_folder_that_is_not_there_is_nothing(store):
    store.sweep()
    assert not store.folder.exists()


def test_a_writer_whose_file_is_swept_away_writes_another(store, record, monkeypatch):
    lock = fcntl.flock
    swept = []

    def late(file, how):
        if not swept:
            swept.append(file.name)
            Path(file.name).unlink()
        return lock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    path = store.save(record())
    assert swept
    assert read_record(path) == record()
