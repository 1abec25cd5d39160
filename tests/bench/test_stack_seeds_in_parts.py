"""Seeds are stacked within the part of a study that `--shard` gives, and within one look."""

import pytest

from bench.measure import stacked_run
from bench.records.looks import looks_made
from bench.records.store import RecordStore
from bench.study.cells import expand

STACKING = {
    "methods": ["classifier", "noprop-shared"],
    "baseline": "classifier",
    "seeds": [0, 1, 2, 3, 4],
    "budget": {"epochs": 1},
    "inference_repeats": 1,
}


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, list[int]]]:
    """Return, stack by stack, the method and the seeds that were computed as one."""
    found = []
    run = stacked_run.StackedRun.run

    def noted(self):
        cells = [job.cell for job in self.jobs]
        found.append((cells[0].method, [cell.seed for cell in cells]))
        return run(self)

    monkeypatch.setattr(stacked_run.StackedRun, "run", noted)
    return found


@pytest.fixture
def start(study_file, command, tmp_path):
    """Run a study with its seeds stacked by the command line; return its answer and the store."""

    def call(*words: str, **changes):
        path = study_file(**STACKING | changes)
        results = tmp_path / "results"
        how = ("--isolation", "none", "--device", "cpu", "--stack-seeds")
        answer = command("--study", path, "--results", results, *how, *words)
        assert answer.code == 0, answer.err
        [folder] = results.iterdir()
        return answer, RecordStore(folder)

    return call


def test_of_a_study_in_parts_every_part_stacks_its_own_seeds(start, asked) -> None:
    start("--shard", "1/2")
    assert sorted(asked) == [("classifier", [0, 2, 4]), ("noprop-shared", [0, 2, 4])]
    _, store = start("--shard", "2/2")
    assert sorted(asked[2:]) == [("classifier", [1, 3]), ("noprop-shared", [1, 3])]
    declared = store.load_study()
    assert {r.cell_id for r in store.load()} == {cell.id for cell in expand(declared, "cpu")}
    assert all(r.status == "ok" for r in store.load())
    _, store = start()
    assert len(asked) == 4, "what both parts have made together is all there is"


def test_seeds_are_stacked_within_a_look(start, asked) -> None:
    sequential = {"sequential": {"looks": [3, 5]}}
    answer, store = start("--until-decided", **sequential)
    looks = looks_made(store.folder, store.load_study())
    assert [len(look.seeds) for look in looks] == [3, 5], answer.out
    assert sorted(asked[:2]) == [("classifier", [0, 1, 2]), ("noprop-shared", [0, 1, 2])]
    assert sorted(asked[2:]) == [("classifier", [3, 4]), ("noprop-shared", [3, 4])]
    assert {(r.status, r.cell.execution.stacked) for r in store.load()} == {("ok", True)}
    assert looks[-1].verdicts.keys() == {"noprop-shared"}
    again, _ = start("--until-decided", **sequential)
    assert len(asked) == 4
    assert "look at 5 of at most 5 seeds" in again.out
