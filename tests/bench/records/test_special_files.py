"""What lies in a study's folder and is no file: nobody waits for it, and nothing of it is lost."""

import os
import shutil

import pytest

from bench.records.store import RecordStore
from bench.runner import Outcome, closing_line
from noprop_core.errors import UserError


@pytest.fixture
def store(record, study, tmp_path):
    store = RecordStore(tmp_path / "tiny")
    store.save_study(study())
    store.save(record())
    return store


def test_a_pipe_in_place_of_a_record_is_one_line(store):
    os.mkfifo(store.records_folder / "pipe.json")
    with pytest.raises(UserError, match=r"pipe\.json: is no record \(is no regular file\)"):
        store.load()


def test_a_pipe_in_place_of_the_declaration_is_one_line(store):
    store.study_file.unlink()
    os.mkfifo(store.study_file)
    with pytest.raises(UserError, match=r"study\.json: is no study"):
        store.load_study()


def test_a_pipe_in_place_of_a_study_is_one_line(command, tmp_path):
    path = tmp_path / "pipe.toml"
    os.mkfifo(path)
    assert command("--study", path).errors == [f"{path}: cannot be read: is no regular file"]


def test_a_declaration_that_is_no_utf_8_is_one_line(store):
    store.study_file.write_bytes(b"\xff\xfe{}")
    with pytest.raises(UserError, match=r"study\.json: is no study"):
        store.load_study()


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000])
def test_a_folder_whose_name_is_too_long_is_one_line(command, study_file, name):
    answer = command("--study", study_file(), "--results", name)
    assert answer.code == 2
    assert answer.errors[-1].endswith("File name too long")


def test_a_folder_that_is_removed_meanwhile_is_not_called_complete(store, tmp_path):
    made = store.load()
    shutil.rmtree(store.folder)
    assert not store.holds(made[0].cell)
    outcome = Outcome(made=made, lost=[r for r in made if not store.holds(r.cell)])
    assert outcome.exit_code == 1
    assert "1 are gone: their files were removed" in closing_line(outcome, store)


def test_a_study_whose_folder_is_removed_as_it_runs_says_so(command, study_file, failing, tmp_path):
    results, removed = tmp_path / "r", []

    def act(method, step):
        if not removed:
            removed.append(shutil.rmtree(results / "tiny" / "records"))

    path = study_file(methods=["classifier", failing(act)], baseline="classifier", seeds=[0])
    answer = command("--study", path, "--results", results, "--isolation", "none")
    assert answer.code == 1
    assert "2 of 2 cells run" in answer.out
    assert "1 are gone" in answer.out
