"""Ctrl-C ends a study: nothing more is trained, the running cell at most is lost, no trace is left.

How long it takes is the machine's affair. What took long here was an import after it, or an item's
traceback, for which pytest parses every file on the way.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from bench.command import STOPPED
from bench.records.store import RecordStore

ROOT = Path(__file__).parents[2]
TAKE_SECONDS = {"torch", "torchvision", "pandas", "numpy", "scipy", "sklearn", "bench", "reports"}

ENTRIES = {
    "run": ("bench.run",),
    # Hypothesis is there for tests only; its plugin takes a second at the end of every session.
    "pytest": (
        *("pytest", "bench", "--benchmark-only", "-q"),
        *("-s", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
    ),
}
CODES = {"run": 130, "pytest": 2}


def heed_ctrl_c():
    # Whatever runs in the background of a script is started with it ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ended(reader, runner):
    """Wait until all that hold the runner's output open, its cells among them, are gone."""
    reader.join(timeout=120)
    if reader.is_alive():
        os.killpg(runner.pid, signal.SIGKILL)
        pytest.fail("Ctrl-C ended nothing")
    return runner.wait()


def imported(lines):
    """Return the packages of which something was imported, by what `-X importtime` prints."""
    names = [n.rpartition("|")[2].strip() for n in lines if n.startswith("import time:")]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("moment", ["preparing", "training"])
@pytest.mark.parametrize("isolation", ["process", "none"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_ctrl_c_ends_at_once_and_leaves_a_folder_that_goes_on(
    study_file, tmp_path, command, entry, isolation, moment
):
    # The first cell is short, the second far longer than any test, the third never begins.
    path = study_file(
        methods=["classifier", "backprop", "joint-shared"], seeds=[0],
        budget={"epochs": 1, "own_epochs": {"backprop": 1_000_000}},
    )  # fmt: skip
    words = ["--study", path, "--results", tmp_path / "r", "--device", "cpu"]
    store = RecordStore(tmp_path / "r" / "tiny")
    draw = random.Random(f"{entry} {isolation} {moment}")
    runner = subprocess.Popen(
        [sys.executable, "-m", *ENTRIES[entry], *words, "--isolation", isolation],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        | {"PYTHONPROFILEIMPORTTIME": "1"},
        start_new_session=True,  # a terminal's Ctrl-C goes to the whole group, and so does this
        preexec_fn=heed_ctrl_c,
    )  # fmt: skip
    said: list[str] = []

    def read():
        for line in runner.stdout:
            said.append(line)

    with runner:
        reader = Thread(target=read)
        reader.start()
        while not list(store.records_folder.glob("*.json")) and runner.poll() is None:
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 0.05) if moment == "preparing" else draw.uniform(1, 4))
        before = len(said)
        os.killpg(runner.pid, signal.SIGINT)
        code = ended(reader, runner)
    out = "".join(line for line in said if not line.startswith("import time:"))
    assert code == CODES[entry], out
    assert "Traceback" not in out
    assert sum(STOPPED in line for line in said) == 1
    if moment == "training":  # before, the second cell may still be importing
        assert "torch" in imported(said[:before])
        assert not imported(said[before:]) & TAKE_SECONDS

    [record] = store.load()
    assert (record.cell.method, record.status) == ("classifier", "ok")
    names = {path.relative_to(store.folder).parts[0] for path in store.folder.rglob("*")}
    assert names == {"claims", "records", "study.json"}
    [kept] = store.records_folder.iterdir()
    content = kept.read_bytes()
    again = command(*words, "--methods", "classifier", "--isolation", "none")
    assert (again.code, kept.read_bytes()) == (0, content), again.err
    assert "0 of 1 cells run" in again.out
