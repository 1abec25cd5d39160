"""Several runners on one folder: no cell twice, none forgotten, no lock left behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.records.claims import Claims
from bench.records.store import RecordStore
from bench.runner import skipping_lines
from bench.study.cells import expand
from noprop_core.errors import UserError

ROOT = Path(__file__).parents[3]

HOLDER = """
import sys
from pathlib import Path
from bench.records.claims import Claims
with Claims(Path(sys.argv[1])) as claims:
    print([claims.take(cell) for cell in sys.argv[2:]], flush=True)
    sys.stdin.read()
"""


def hold(folder, *cells):
    """Start a process that claims `cells`, and return it with what it got."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder, *cells],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("how", ["ends", "is killed"])
def test_a_claim_keeps_others_out_until_its_holder_is_gone(tmp_path, cell, how):
    mine, theirs = cell(seed=0).id, cell(seed=1).id
    with Claims(tmp_path) as claims:
        assert claims.take(mine)
        process, got = hold(tmp_path, mine, theirs)
        with process:
            assert got == "[False, True]"
            assert not claims.take(theirs)
            if how == "ends":
                process.stdin.close()
            else:
                process.kill()
            process.wait()
        assert claims.take(theirs)
        claims.release(mine)
        process, got = hold(tmp_path, mine, theirs)
        with process:
            assert got == "[True, False]"
            process.stdin.close()
    assert [path.name for path in tmp_path.iterdir()] == ["claims"]
    assert (tmp_path / "claims").stat().st_size == 0


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write"):
        Claims(tmp_path / "file").__enter__()


def test_two_runners_share_a_study_and_run_no_cell_twice(study_file, tmp_path, study):
    path = study_file(seeds="0-3")
    words = [sys.executable, "-m", "bench.run", "--study", path, "--results", tmp_path / "r",
             "--device", "cpu", "--isolation", "none"]  # fmt: skip
    runners = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [runner.communicate() for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], outputs
    store = RecordStore(tmp_path / "r" / "tiny")
    cells = expand(study(seeds=[0, 1, 2, 3]), "cpu")
    assert sorted(record.cell_id for record in store.load()) == sorted(c.id for c in cells)
    assert not store.superseded_folder.exists()
    made = [int(out.split(" of ")[0]) for out, _ in outputs]
    assert sum(made) == len(cells)


def test_a_cell_that_another_runner_has_is_waited_for(study, run_of, tmp_path, monkeypatch):
    small = study(methods=["classifier"], baseline="classifier", seeds=[0])
    store = RecordStore(tmp_path / "tiny")
    process, got = hold(store.folder, expand(small, "cpu")[0].id)
    assert got == "[True]"
    waits = []

    def let_go(seconds):
        waits.append(seconds)
        process.stdin.close()
        process.wait()

    monkeypatch.setattr("bench.runner.sleep", let_go)
    with process:
        outcome = run_of(small, store)
    assert (len(waits), len(outcome.made)) == (1, 1)


def test_what_another_runner_did_meanwhile_is_not_done_again(
    study, run_of, tmp_path, monkeypatch, record
):
    small = study(methods=["classifier"], baseline="classifier", seeds=[0])
    store = RecordStore(tmp_path / "tiny")
    [cell] = expand(small, "cpu")
    theirs = record(cell, status="error", failure="in their hands")
    take = Claims.take

    def take_late(self, cell_id):
        store.save(theirs)
        return take(self, cell_id)

    monkeypatch.setattr(Claims, "take", take_late)
    outcome = run_of(small, store)
    assert (outcome.made, outcome.reused) == ([], [theirs])


def test_what_is_skipped_and_what_is_run_again_is_said_with_the_reason(cell, record):
    states = ["ok", "ok", "diverged", "error", "timeout"]
    before = {
        (c := cell(seed=seed)).id: record(c, status=status) for seed, status in enumerate(states)
    }
    settled = {k: r for k, r in before.items() if r.status in ("ok", "diverged")}
    assert skipping_lines(before, settled, rerun=False) == [
        "3 cells are not run: they have a record that another run would only repeat (1 diverged, "
        "2 ok); --rerun forces it",
        "2 cells are run again (1 error, 1 timeout): their outcome may have had an outside cause",
    ]
    assert skipping_lines(before, {}, rerun=True)[0].endswith(": --rerun says so")
    assert skipping_lines({}, {}, rerun=False) == []
