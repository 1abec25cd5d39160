"""What lies in a study's folder and is no file: nobody waits for it, and nothing of it is lost."""

import os
import shutil

import pytest

from bench import report
from bench.records.file_claims import FileClaims
from bench.records.store import RecordStore
from bench.runner import Outcome, closing_line
from noprop_core.errors import UserError
from reports import __main__ as anybodys_report


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


def test_records_that_are_not_ours_to_read_are_not_said_to_be_none(store, monkeypatch):
    # As for anybody but root, whom no mode keeps out.
    def refuse(path="."):
        raise PermissionError(13, "Permission denied", str(path))

    for name in ("scandir", "listdir"):
        monkeypatch.setattr(f"os.{name}", refuse)
    with pytest.raises(UserError, match=r"tiny/records' cannot be read: Permission denied"):
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


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_study_is_not_declared_over_what_is_no_file(store, study, make):
    store.study_file.unlink()
    make(store.study_file)
    with pytest.raises(UserError, match=r"study\.json' is no regular file, and a file is to be"):
        store.save_study(study())
    assert store.study_file.exists()


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


@pytest.mark.parametrize("kind", ["pipe", "folder", "link to itself"])
@pytest.mark.parametrize("name", ["claims", "looks/3.json", "reported.json", ".half.tmp"])
def test_nobody_waits_for_what_is_no_file(command, store, study_file, name, kind):
    path, made = store.folder / name, store.load()
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path.name)
    ran = command(
        *("--study", study_file(methods=["classifier"], baseline="classifier", seeds=[0])),
        *("--results", store.folder.parent, "--isolation", "none", "--device", "cpu"),
    )
    reported = command(store.folder, main=report.main)
    if name == "claims":
        assert ran.code == 2
        [line] = ran.errors
        assert line.startswith(f"cannot write '{path}': ")
    else:
        assert ran.code == 0
    if name == "looks/3.json":
        assert reported.errors == [f"{path}: is no look of this version; move it away"]
    else:
        assert reported.code == 0
    assert all(store.find(record.cell) == record for record in made)


def test_a_claim_that_is_a_pipe_is_somebody_s(tmp_path):
    claims = FileClaims(tmp_path / "claimed")
    os.mkfifo(tmp_path / "claimed" / "00aa")
    assert not claims.take("00aa")
    assert claims.take("00bb")
    (tmp_path / "claimed" / "00cc").write_bytes(b"\xff\xfe")
    assert not claims.take("00cc")
    claims.close()


def test_data_and_tables_that_are_pipes_are_one_line(command, study_file, tmp_path, capsys):
    data, table = tmp_path / "pipe.npz", tmp_path / "pipe.csv"
    os.mkfifo(data)
    os.mkfifo(table)
    path = study_file(datasets=[str(data)], train_images=None)
    answer = command("--study", path, "--results", tmp_path / "r", "--isolation", "none")
    assert answer.errors[0].startswith(f"{data}: is neither a file nor a folder; expected ")
    assert anybodys_report.main([str(table)]) == 2
    assert capsys.readouterr().err == f"error: '{table}' cannot be read: is no regular file\n"


def test_a_declaration_that_is_not_ours_to_read_stays(store, study, monkeypatch):
    before = store.study_file.read_bytes()

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("bench.records.store.read_regular", refuse)
    with pytest.raises(UserError, match=r"study\.json' cannot be read: Permission denied"):
        store.save_study(study(seeds=[7]))
    assert store.study_file.read_bytes() == before


@pytest.mark.parametrize("damaged", [b"", b"{}", b"\xff", b'{"seeds": "of a later version"}'])
def test_a_declaration_that_is_replaced_is_kept_beside(store, study, damaged):
    store.study_file.write_bytes(damaged)
    store.save_study(study(seeds=[7]))
    assert store.load_study().seeds == [7]
    store.save_study(study(seeds=[7, 8]))  # one that could be read is not
    assert [path.read_bytes() for path in store.superseded_folder.iterdir()] == [damaged]
