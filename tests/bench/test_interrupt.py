"""Ctrl-C ends a study within two seconds, loses the running cell at most, and leaves no trace."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.command import STOPPED
from bench.records.store import RecordStore

ROOT = Path(__file__).parents[2]
LIMIT = 2.0
"""Seconds that Ctrl-C may take, as the project promises."""
SHARE_OF_START = 0.35
"""What busy machines get instead: this part of what the same process needed, just before, from its
start to its first record. On an idle machine that is about five seconds, and so this is no more
than the limit; an end that waited for the cell's would take many minutes."""

ENTRIES = {
    "run": ("bench.run",),
    # Hypothesis is there for tests only; its plugin takes a second at the end of every session.
    "pytest": (
        *("pytest", "bench", "--benchmark-only", "-q"),
        *("-p", "no:cacheprovider", "-p", "no:hypothesispytest"),
    ),
}
CODES = {"run": 130, "pytest": 2}


def heed_ctrl_c():
    # Whatever runs in the background of a script is started with it ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("moment", ["preparing", "training"])
@pytest.mark.parametrize("isolation", ["process", "none"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_ctrl_c_ends_at_once_and_leaves_a_folder_that_goes_on(
    study_file, tmp_path, entry, isolation, moment
):
    # The first cell is short, and the second far longer than any test.
    path = study_file(
        methods=["classifier", "backprop"], seeds=[0],
        budget={"epochs": 1, "own_epochs": {"backprop": 1_000_000}},
    )  # fmt: skip
    words = ["--study", path, "--results", tmp_path / "r", "--device", "cpu"]
    store = RecordStore(tmp_path / "r" / "tiny")
    draw = random.Random(f"{entry} {isolation} {moment}")
    began = time.monotonic()
    runner = subprocess.Popen(
        [sys.executable, "-m", *ENTRIES[entry], *words, "--isolation", isolation],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
        start_new_session=True,  # a terminal's Ctrl-C goes to the whole group, and so does this
        preexec_fn=heed_ctrl_c,
    )  # fmt: skip
    with runner:
        while not list(store.records_folder.glob("*.json")) and runner.poll() is None:
            time.sleep(0.01)
        start = time.monotonic() - began
        time.sleep(draw.uniform(0, 0.05) if moment == "preparing" else draw.uniform(1, 4))
        pressed = time.monotonic()
        os.killpg(runner.pid, signal.SIGINT)
        try:
            # All that hold its output open, its cells among them, are gone when this returns.
            out, _ = runner.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(runner.pid, signal.SIGKILL)
            raise
        took = time.monotonic() - pressed
    assert runner.returncode == CODES[entry], out
    assert "Traceback" not in out
    assert STOPPED in out
    assert took <= max(LIMIT, SHARE_OF_START * start), f"{took:.1f} s, after a start of {start:.1f}"

    [record] = store.load()
    assert (record.cell.method, record.status) == ("classifier", "ok")
    names = {path.relative_to(store.folder).parts[0] for path in store.folder.rglob("*")}
    assert names == {"claims", "records", "study.json"}
    [kept] = store.records_folder.iterdir()
    before = kept.read_bytes()
    again = subprocess.run(
        [sys.executable, "-m", "bench.run", *words, "--methods", "classifier"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (again.returncode, kept.read_bytes()) == (0, before), again.stderr
    assert "0 of 1 cells run" in again.stdout
