"""A folder without locks and hard links: cells are claimed and records kept all the same."""

import errno
import fcntl
import os
import time
from pathlib import Path

import pytest

from bench.records import file_claims, store
from bench.records.claims import Claims
from bench.records.file_claims import FileClaims
from bench.records.store import RecordStore
from bench.records.whole import given_another_name


def refuses(number):
    def refuse(*words, **more):
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.fixture(params=[errno.ENOSYS, errno.ENOLCK, errno.EPERM, errno.EOPNOTSUPP], ids=str)
def no_locks(request, monkeypatch):
    monkeypatch.setattr(fcntl, "lockf", refuses(request.param))
    monkeypatch.setattr(fcntl, "flock", refuses(request.param))
    monkeypatch.setattr(os, "link", refuses(request.param))


def test_a_study_runs_without_locks_and_says_so(no_locks, study, run_of, tmp_path, capsys):
    small = study(methods=["classifier"], baseline="classifier", seeds=[0])
    results = RecordStore(tmp_path / "tiny")
    assert run_of(small, results).exit_code == 0
    assert "cannot be locked (" in capsys.readouterr().err
    # Nothing replaced is lost: --rerun sets the earlier record aside, by a copy.
    [before] = [path.read_bytes() for path in results.records_folder.iterdir()]
    assert run_of(small, results, rerun=True).exit_code == 0
    [aside] = results.superseded_folder.iterdir()
    assert aside.read_bytes() == before
    assert {p.name for p in results.folder.iterdir()} == {
        "claims", "records", "study.json", "superseded",
    }  # fmt: skip


def test_a_write_that_fails_leaves_the_record_and_no_copy(no_locks, record, tmp_path, monkeypatch):
    results = RecordStore(tmp_path)
    path = results.save(record())
    before = path.read_bytes()
    monkeypatch.setattr(Path, "replace", refuses(errno.ENOSPC))
    with pytest.raises(Exception, match="No space left"):
        results.save(record(position=1))
    assert path.read_bytes() == before
    assert list(results.superseded_folder.iterdir()) == []


def test_a_copy_that_does_not_get_done_is_not_there(tmp_path, monkeypatch):
    (tmp_path / "draft").write_text("a look")
    monkeypatch.setattr(os, "link", refuses(errno.EPERM))
    monkeypatch.setattr(os, "fsync", refuses(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        given_another_name(tmp_path / "draft", tmp_path / "look")
    assert [path.name for path in tmp_path.iterdir()] == ["draft"]


def test_a_lock_that_cannot_be_let_go_of_is_no_end(tmp_path, monkeypatch):
    with Claims(tmp_path / "locks") as claims, Claims(tmp_path / "files") as others:
        others.files = FileClaims(tmp_path / "claimed")
        assert claims.take("a1")
        assert others.take("a1")
        monkeypatch.setattr(fcntl, "lockf", refuses(errno.ENOLCK))
        monkeypatch.setattr(os, "unlink", refuses(errno.EROFS))
        claims.release("a1")
        others.release("a1")


def test_what_is_half_written_is_swept_once_it_is_old(no_locks, tmp_path):
    results = RecordStore(tmp_path)
    young, old = tmp_path / ".young.tmp", tmp_path / ".old.tmp"
    for path in (young, old):
        path.touch()
    past = time.time() - store.ABANDONED - 60
    os.utime(old, (past, past))
    results.sweep()
    assert (young.exists(), old.exists()) == (True, False)


def test_a_lock_that_somebody_has_is_no_lack_of_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "lockf", refuses(errno.EACCES))
    with Claims(tmp_path) as claims:
        assert (claims.files, claims.note) == (None, "")
        assert not claims.take("a1")


def test_a_claim_is_one_runner_s(tmp_path):
    one, other = FileClaims(tmp_path), FileClaims(tmp_path)
    assert [one.take("a1"), other.take("a1"), other.take("b2")] == [True, False, True]
    other.release("a1")  # which it has not got
    assert not other.take("a1")
    one.release("a1")
    assert other.take("a1")
    one.close()
    assert {path.name for path in tmp_path.iterdir()} == {"a1", "b2"}
    other.close()
    assert not tmp_path.exists()


def test_a_claim_left_behind_is_free_at_once_on_its_machine_else_in_minutes(tmp_path, monkeypatch):
    claims = FileClaims(tmp_path)
    theirs = tmp_path / "a1"
    theirs.write_text("another-machine 7 0123")
    assert not claims.take("a1")
    past = time.time() - file_claims.LEFT_BEHIND - 60
    os.utime(theirs, (past, past))
    assert claims.take("a1")
    gone = 2**22 + 1  # more than any process's id
    (tmp_path / "b2").write_text(f"{file_claims.platform.node()} {gone} 0123")
    assert claims.take("b2")
    claims.close()


def test_what_is_claimed_is_touched_while_its_holder_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(file_claims, "BEAT", 0.01)
    claims = FileClaims(tmp_path)
    claims.take("a1")
    past = time.time() - file_claims.LEFT_BEHIND - 60
    os.utime(tmp_path / "a1", (past, past))
    while (tmp_path / "a1").stat().st_mtime == past:
        time.sleep(0.01)
    claims.close()


def test_of_two_who_find_a_claim_left_behind_one_gets_it(tmp_path, monkeypatch):
    first, second = FileClaims(tmp_path), FileClaims(tmp_path)
    (tmp_path / "a1").write_text("another-machine 7 0123")
    past = time.time() - file_claims.LEFT_BEHIND - 60
    os.utime(tmp_path / "a1", (past, past))
    age = FileClaims._age

    def late(self, path):
        found = age(self, path)
        if self is second:  # between its look and its act the first has it
            assert first.take("a1")
        return found

    monkeypatch.setattr(FileClaims, "_age", late)
    assert not second.take("a1")
    assert (tmp_path / "a1").read_text() == first.me
    first.close()
    second.close()
