"""A foreign table says what our own frames say, in its own words and units."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synthetic

import reports
from reports.formats.formats import FORMATS
from reports.input.plan import Plan, PlanError
from reports.input.validation import FrameError
from reports.page.analysis import analyse
from reports.page.rows import estimates_frame

ROOT = Path(__file__).parents[3]
OUR_WORDS = (
    "torch", "timestep", "images", "noprop", "backprop", "epoch", "target accuracy",
    "without T", "batch size",
)  # fmt: skip


def table(seeds: int = 6, **more: object) -> pd.DataFrame:
    """Make two methods whose differences are known: 2 points, twice the time, 10 less reward."""
    rng = np.random.default_rng(7)
    luck, noise = rng.normal(0, 0.01, seeds), rng.normal(0, 0.001, seeds)
    one = pd.DataFrame(
        {
            "algo": "old",
            "trial": range(seeds),
            "acc": 0.8 + luck,
            "time_ms": 1000 * np.exp(luck),
            "reward": 5 + luck,
        }
    )
    other = one.assign(
        algo="new",
        acc=one.acc + 0.02 + noise - noise.mean(),
        time_ms=2 * one.time_ms * np.exp(noise - noise.mean()),
        reward=one.reward - 10 + noise - noise.mean(),
    )
    return pd.concat([one, other], ignore_index=True).assign(**more)


def effect(found, metric: str) -> pd.Series:
    rows = found.estimates().query("kind == 'comparison' and metric == @metric")
    assert len(rows) == 1
    return rows.iloc[0]


def test_effects_are_those_that_were_put_in():
    found = reports.compare(
        table(), baseline="old", metrics=["reward:higher:difference:1:coins"], primary="acc"
    )
    accuracy, time, reward = (effect(found, m) for m in ("acc", "time_ms", "reward"))
    assert accuracy.point == pytest.approx(2)
    assert (accuracy.unit, accuracy.verdict, accuracy.margin) == (
        "percentage points",
        "better",
        0.5,
    )
    assert time.point == pytest.approx(2)
    assert (time.unit, time.verdict, time.margin) == ("ratio", "worse", 1.05)
    assert reward.point == pytest.approx(-10)
    assert (reward.unit, reward.verdict, reward.margin) == ("coins", "worse", 1)
    means = found.estimates().query("kind == 'mean' and method == 'old'").set_index("metric")
    assert means.unit.to_dict() == {"acc": "percent", "time_ms": "s", "reward": "coins"}
    assert means.point["time_ms"] == pytest.approx(
        table().query("algo == 'old'").time_ms.mean() / 1e3
    )
    assert found.analysis.context.plan.primary.column == "acc"


def test_a_foreign_table_gives_the_numbers_of_our_own_frame():
    runs, epochs = synthetic.study()
    ours = analyse(runs, epochs, Plan.declared({"title": "ours", "baseline": "backprop"}))
    foreign = runs.rename(
        columns={"method": "Model", "seed": "Random State", "dataset": "task", "batch_size": "bs"}
    )[["Model", "Random State", "task", "bs", "timesteps", "test_accuracy", "epoch_seconds"]]
    found = reports.compare(foreign, baseline="backprop")
    for name in ("test_accuracy", "epoch_seconds"):
        for kind in ("mean", "comparison", "pooled", "trend", "interaction"):
            numbers = [
                frame[(frame.kind == kind) & (frame.metric == name)]
                .sort_values(["method", "over", "batch_size", "timesteps"])
                .loc[:, ["point", "low", "high"]]
                .to_numpy()
                for frame in (estimates_frame(ours), found.estimates())
            ]
            assert len(numbers[0]) > 0
            np.testing.assert_array_equal(*numbers)


def test_share_and_percentage_are_one_and_the_same():
    shares, percent = table(), table()
    percent["acc"] *= 100
    one, other = (reports.compare(t, baseline="old") for t in (shares, percent))
    assert effect(one, "acc").point == pytest.approx(effect(other, "acc").point)
    assert "from shares" in str(one.read_as)
    assert "from shares" not in str(other.read_as)


@pytest.mark.parametrize("name", FORMATS)
def test_a_page_of_a_foreign_table_speaks_of_nothing_that_is_not_in_it(name):
    found = reports.compare(table(), baseline="old", title="Mine")
    text = found.render(name)
    assert "Accuracy" in text or name == "csv"
    if name == "html":
        text = text[text.index("<body") :]
        text = text[: text.index("<script")]
    for word in OUR_WORDS:
        assert name in ("csv", "json") or word not in text, word


def test_what_was_guessed_is_said_with_the_page_too():
    found = reports.compare(table(lr=0.1, note="x"), baseline="old", ignore=["reward"])
    said = dict(found.read_as)
    assert said["Method"] == "algo (guessed), 2 methods"
    assert said["Seed"] == "trial (guessed), 6 seeds"
    assert said["Not used"] == "lr (number), note (text), reward (ignored)"
    assert "How the table was read" in found.render("markdown")
    assert json.loads(found.render("json"))["plan"]["baseline"] == "old"


def test_names_of_seeds_and_of_failures_are_understood():
    named = table(trial=[f"s{i}" for i in range(6)] * 2, status=["done"] * 11 + ["Crashed"])
    named.loc[11, "acc"] = np.nan
    found = reports.compare(named, baseline="old")
    assert dict(found.read_as)["Seed"].endswith("names numbered in their order")
    assert effect(found, "acc").n == 5
    assert [run.status for run in found.analysis.failures] == ["error"]


def test_a_missing_number_means_what_is_said_of_it():
    holed = table()
    holed.loc[11, "acc"] = np.nan
    failed = reports.compare(holed, baseline="old", missing="failed")
    assert len(failed.analysis.failures) == 1
    assert effect(failed, "time_ms").n == 5
    unmeasured = reports.compare(holed, baseline="old", missing="unmeasured")
    assert not unmeasured.analysis.failures
    assert (effect(unmeasured, "acc").n, effect(unmeasured, "time_ms").n) == (5, 6)
    assert any("Accuracy is missing" in c.sentence() for c in unmeasured.analysis.caveats)


def broken(**values: object) -> pd.DataFrame:
    return table().astype(object).assign(**{k: [v, *table()[k][1:]] for k, v in values.items()})


HOSTILE = [
    (table().iloc[:0], {}, "the table holds no rows"),
    (table().iloc[:6], {}, "there is one method, old, and nothing to compare it with"),
    (table(), {"baseline": "none"}, "no method is called 'none'; methods are old and new"),
    (table(), {"baseline": None}, "which method is the baseline? Methods are old and new"),
    (table(trial=[0, 0, 2, 3, 4, 5] * 2), {}, "rows 1 and 2 are the same run (method old, seed 0)"),
    (broken(acc="n.a."), {}, "row 1: acc 'n.a.' is no number"),
    (broken(acc=np.nan), {}, "row 1: acc is nan, and nothing says what that means"),
    (broken(acc=np.inf), {}, "row 1: acc is inf"),
    (broken(acc=95.3), {}, "row 2: acc"),
    (broken(acc=-0.1), {}, "row 1: acc -0.1 is no share and no percentage"),
    (broken(algo=None), {}, "row 1: algo has no value"),
    (broken(trial=0.5), {}, "row 1: trial 0.5 is no seed"),
    (broken(trial=None), {}, "row 1: trial has no value"),
    (table(batch=[0] * 12), {}, "row 1: batch 0 is no whole number from 1 on"),
    (table(status="running"), {}, "row 1: status 'running' is none of"),
    (table()[["algo", "trial"]], {}, "no column is known to be a metric"),
    (table(loss=np.nan), {"metrics": ["loss:lower"]}, "loss holds no number at all"),
    (table(), {"metrics": ["reward:higher"]}, "row 7: reward -5"),
    (table(), {"metrics": ["reward:higher:difference"]}, "needs a margin in its own unit"),
    (table(), {"metrics": ["speed:higher"]}, "there is no column 'speed'"),
    (table(), {"metrics": ["acc"]}, "lacks a direction"),
    (table(), {"metrics": ["acc:up"]}, "'up' is neither higher nor lower"),
    (table(), {"metrics": ["acc:higher:sum"]}, "'sum' is neither ratio nor difference"),
    (table(), {"metrics": ["acc:higher:ratio:0.5"]}, "'0.5' is no margin"),
    (table(), {"metrics": ["acc:higher:ratio:-5%"]}, "margin '-5%' is no number above 0"),
    (table(), {"metrics": ["acc:higher:ratio:5%:%:x"]}, "too many parts"),
    (table(), {"metrics": ["trial:higher"]}, "trial cannot be a metric: it is the table's seed"),
    (table(), {"primary": "loss"}, "'loss' is no metric here"),
    (table(), {"ignore": ["loss"]}, "no column 'loss' to ignore"),
    (table(cell=1.0), {"metrics": ["cell:lower"]}, "a metric cannot be called 'cell'"),
    (pd.concat([table(), table()[["acc"]]], axis=1), {}, "two columns are called acc"),
]


@pytest.mark.parametrize(
    ("hostile", "options", "says"), HOSTILE, ids=[says for *_, says in HOSTILE]
)
def test_a_hostile_table_is_one_clear_line(hostile, options, says):
    with pytest.raises(FrameError) as error:
        reports.compare(hostile, **{"baseline": "old"} | options)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_rule_out_of_range_is_one_line():
    with pytest.raises(PlanError, match="alpha is 2: "):
        reports.compare(table(), baseline="old", alpha=2)


def test_neither_torch_nor_the_benchmark_is_imported(tmp_path):
    table().to_csv(tmp_path / "mine.csv", index=False)
    script = (
        "import sys, reports\n"
        "assert 'pandas' not in sys.modules\n"
        "from reports.__main__ import main\n"
        "code = main(['mine.csv', '--baseline', 'old', '-q', '-o', 'mine.html'])\n"
        "assert not {'torch', 'bench', 'noprop_core'} & set(sys.modules)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "Accuracy" in (tmp_path / "mine.html").read_text(encoding="utf-8")
