"""What `--plan` says before anything runs, and that nothing does."""

import re
import shutil

import numpy as np
import pytest
from scipy import stats

from bench.records.known import known_records
from bench.records.store import RecordStore
from bench.study.cells import expand

GAINS = (0.02, 0.05, 0.04, 0.01)


def squeezed(text):
    return " ".join(re.sub(r"[^\x21-\x7e×—]", " ", text).split())


@pytest.fixture
def planned(study_file, command, tmp_path, monkeypatch):
    """Return what `--plan` prints of the tiny study with changes."""
    monkeypatch.setenv("COLUMNS", "140")

    def plan(*words, **changes):
        file = study_file(**changes)
        results = ("--results", tmp_path / "results", "--device", "cpu")
        answer = command("--study", file, "--plan", *results, *words)
        assert (answer.code, answer.err) == (0, "")
        return squeezed(answer.out)

    return plan


@pytest.fixture
def measured(study, record, tmp_path):
    """Put records of four seeds into a folder of results, and return the gains of candidates."""

    def put(folder):
        store = RecordStore(tmp_path / "results" / folder)
        for cell in expand(study(seeds=[0, 1, 2, 3]), "cpu"):
            gain = 0 if cell.method == "backprop" else GAINS[cell.seed]
            store.save(record(cell, test_accuracies=[0.5 + gain]))

    return put


def test_nothing_is_known_of_what_never_ran(planned, tmp_path):
    text = planned()
    assert "runs 6, of 2 seeds: 0-1" in text
    assert "to run 6" in text
    assert "not known: no run of these methods" in text
    assert "classifier — — — —" in text
    assert not (tmp_path / "results").exists()


def test_what_is_on_record_is_not_run_and_says_how_long_the_rest_takes(planned, results):
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    text = planned("--seeds", "0-1")
    assert "on record 6, which are not run again to run 0 time about 0 s" in text
    assert {path: path.read_bytes() for path in results.rglob("*") if path.is_file()} == before
    assert re.search(
        r"to run 24 time about \d+ s, by 6 records here", planned(seeds=list(range(10)))
    )


def test_the_spread_so_far_says_what_can_be_shown(planned, measured):
    """Two candidates and one setting, so that each starts with alpha / 2."""
    measured("elsewhere")
    text = planned(seeds=list(range(8)))
    spread = 100 * np.std(GAINS, ddof=1)
    low, high = (spread * np.sqrt(3 / stats.chi2.ppf(q, 3)) for q in (0.975, 0.025))
    assert f"classifier 4 {spread:.2f} pp [{low:.2f}, {high:.2f}]" in text
    [shown] = {float(v) for v in re.findall(rf"{high:.2f}\] (\d+\.\d+) pp", text)}
    level, ncp, df = 0.05 / 2, shown / spread * np.sqrt(8), 7
    power = stats.nct.sf(stats.t.isf(level / 2, df), df, ncp)
    assert power == pytest.approx(0.8, abs=0.01)
    assert "pooled: 2 candidates .025 .008, enough n = 7" in text


def test_few_seeds_are_told_that_exact_tests_do_not_reach_alpha(planned):
    assert "pooled: 2 candidates .025 .25, too much n = 7" in planned(seeds=[0, 1, 2])


def test_settings_come_behind_the_pooled_question(planned):
    text = planned(seeds=list(range(8)), batch_sizes=[16, 32], timesteps=[2, 4])
    assert "pooled: 2 candidates .020 .008, enough n = 7 none then 4 settings of each" in text


def test_looks_are_planned(planned):
    text = planned(seeds=list(range(10)), sequential={"looks": [5, 10]})
    assert "runs at most 30, of 10 seeds" in text
    assert "look at 5 seeds: alpha spent 0.0031 of 0.05 look at 10 seeds: alpha spent 0.05" in text


def test_records_of_other_arms_say_nothing(study, results, cell):
    cells = expand(study(), "cpu")
    assert len(known_records(results / "tiny", cells)) == 6
    assert len(known_records(results / "other", cells)) == 6, "a folder beside"
    assert not known_records(results / "tiny", [cell(epochs=9)])
    shutil.copytree(results / "tiny", results / "copy")
    assert len(known_records(results / "tiny", cells)) == 6, "each once"
    for path in (results / "copy" / "records").iterdir():
        path.write_text("no record")
    assert len(known_records(results / "tiny", cells)) == 6
