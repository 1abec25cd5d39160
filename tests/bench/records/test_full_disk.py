"""A full disk and a read-only folder, real ones: one line, nothing lost, and on it goes.

Mounts need a privilege; where there is none a limit on the size of files stands in for the full
disk, and the read-only folder is simulated in `test_store.py`.
"""

import os
import re
import resource
import subprocess

import pytest

from bench.records.store import RecordStore

FULL = "No space left on device"
READ_ONLY = "Read-only file system"


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 64 KiB, and return where."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", folder):
        pytest.skip("needs the privilege to mount a file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def mount(*words):
    try:
        return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture(params=["bench.run", "pytest bench"])
def start(request, study_file, command, study_session):
    """Run a study of two cells, by either entry, into `results`; in this process, which is warm."""
    path = study_file(methods=["classifier"], baseline="classifier", seeds=[0, 1])
    entry = command if request.param == "bench.run" else study_session

    def call(results, *words):
        here = ("--device", "cpu", "--isolation", "none")
        return entry("--study", path, "--results", results, *here, *words)

    return call


def assert_one_line(done, said):
    """Check that a command ended with exit code 2 and one line about what it could not write."""
    text = done.out + done.err
    assert done.code == 2, text
    assert "Traceback" not in text
    # Ours begins with "error: ", that of pytest is framed in exclamation marks.
    [line] = [line for line in text.splitlines() if "cannot write" in line]
    assert re.fullmatch(
        rf"(error: |!+ _pytest.outcomes.Exit: )cannot write '.*': {said}( !+)?", line
    )


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fill(folder, leave):
    """Use up what is left of a disk, but for `leave` bytes; return what uses it."""
    ballast = folder / "ballast"
    left = os.statvfs(folder)
    ballast.write_bytes(bytes(left.f_bavail * left.f_frsize - leave))
    return ballast


def test_a_disk_that_fills_up_keeps_what_is_there_and_the_study_goes_on(start, small_disk):
    store = RecordStore(small_disk / "tiny")
    page = os.sysconf("SC_PAGESIZE")
    ballast = fill(small_disk, leave=2 * page)  # for the declaration, and one record
    assert_one_line(start(small_disk), FULL)
    [first] = store.load()
    kept = contents(store.folder)
    names = {path.name for path in kept}
    assert names == {"claims", "study.json", store.path_of(first.cell).name}

    # To run it again by force finds no room either, and replaces nothing.
    assert_one_line(start(small_disk, "--rerun"), FULL)
    assert contents(store.folder) == kept

    ballast.unlink()
    done = start(small_disk)
    assert done.code == 0, done
    assert len(store.load()) == 2
    assert kept.items() <= contents(store.folder).items()
    assert not list(store.folder.rglob("*.tmp"))


def test_a_read_only_disk_is_one_line_and_stays_as_it_is(start, small_disk):
    store = RecordStore(small_disk / "tiny")
    assert start(small_disk, "--seeds", "0").code == 0
    kept = contents(small_disk)
    assert mount("-o", "remount,ro", small_disk)
    assert_one_line(start(small_disk), READ_ONLY)
    assert contents(small_disk) == kept
    assert mount("-o", "remount,rw", small_disk)
    assert start(small_disk).code == 0
    assert len(store.load()) == 2
    assert all(contents(small_disk)[path] == kept[path] for path in kept if "records" in path.parts)


def test_files_that_may_not_grow_are_a_full_disk_without_privilege(start, tmp_path):
    store = RecordStore(tmp_path / "r" / "tiny")

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Room for the declaration and not for a record.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        done = start(tmp_path / "r")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_one_line(done, "File too large")
    assert {path.name for path in contents(store.folder)} == {"claims", "study.json"}
    done = start(tmp_path / "r")
    assert done.code == 0, done
    assert len(store.load()) == 2
