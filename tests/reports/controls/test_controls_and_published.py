"""What a method adds to its own parts, and what was published of it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.report_names import published_results
from reports.controls.estimates import control_gains
from reports.controls.table import control_table
from reports.controls.words import controls_say
from reports.input.runs import FrameError
from reports.page.analysis import analyse
from reports.page.html import render
from reports.page.rows import estimate_rows
from reports.published.estimates import read_published
from reports.published.table import paper_table


@pytest.fixture
def frames(study):
    runs, epochs = study(methods=("backprop", "noprop-dt"), timesteps=(10,), dataset="mnist")
    return runs.assign(embedding="one-hot"), epochs


def controls_of(runs: pd.DataFrame, name: str, shift: float, spread: float) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    own = runs["test_accuracy"].to_numpy()
    accuracy = own - shift + rng.normal(0, spread, len(own))
    return pd.DataFrame({"cell": runs["cell"], "control": name, "control_accuracy": accuracy})


def test_a_gain_is_the_paired_difference_with_its_t_interval(frames, plan) -> None:
    runs, epochs = frames
    controls = controls_of(runs, "first block alone", 0.02, 0.003)
    analysis = analyse(runs, epochs, plan, controls)
    assert len(analysis.controls) == 4  # two methods, two batch sizes
    for row in analysis.controls:
        mine = runs[(runs.method == row.method) & (runs.batch_size == row.setting.batch_size)]
        both = mine.merge(controls, on="cell")
        differences = 100 * (both.test_accuracy - both.control_accuracy)
        interval = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
        assert row.gain.point == pytest.approx(differences.mean(), rel=1e-9)
        assert (row.gain.low, row.gain.high) == pytest.approx(
            (interval.low, interval.high), rel=1e-9
        )
        assert row.gain.n == 6
    told = [row for row in estimate_rows(analysis) if row.kind == "control-gain"]
    assert [(row.method, row.against, row.point, row.low) for row in told] == [
        (row.method, row.control, row.gain.point, row.gain.low) for row in analysis.controls
    ]


def test_the_sentence_counts_what_the_intervals_say(frames, plan) -> None:
    runs, epochs = frames
    controls = pd.concat(
        [
            controls_of(runs, "much worse", 0.10, 0.001),
            controls_of(runs, "much better", -0.02, 0.001),
            controls_of(runs, "alike", 0.0, 0.01),
        ]
    )
    analysis = analyse(runs, epochs, plan, controls)
    said = controls_say(analysis.controls)
    gains = [row.gain for row in analysis.controls]
    better = sum(g.low > 0 for g in gains)
    worse = sum(g.high < 0 for g in gains)
    assert (better, worse) >= (4, 4)
    assert said.startswith(f"In {better} of 12 rows")
    assert f"in {worse} that the part does better" in said


def test_a_failed_run_and_a_missing_number_are_left_out(frames, plan) -> None:
    runs, epochs = frames
    controls = controls_of(runs, "part", 0.01, 0.001)
    runs.loc[0, ["status", "test_accuracy"]] = ["diverged", np.nan]
    controls.loc[1, "control_accuracy"] = np.nan
    analysis = analyse(runs, epochs, plan, controls)
    assert min(row.gain.n for row in analysis.controls) == 4


def test_without_controls_there_is_no_section(frames, plan) -> None:
    analysis = analyse(*frames, plan)
    assert analysis.controls == ()
    assert control_table(analysis.context, analysis.controls) is None
    assert 'id="controls"' not in render(analysis, {})


def test_a_frame_that_lacks_a_column_is_refused(frames) -> None:
    with pytest.raises(FrameError, match="controls frame lacks control_accuracy"):
        control_gains((), pd.DataFrame({"cell": [], "control": []}), 0.95)


def test_published_rows_stand_beside_ours(frames, plan) -> None:
    analysis = analyse(*frames, plan, published=published_results())
    found = {(row.method, row.published.accuracy) for row in analysis.beside_published}
    assert found == {("backprop", 99.46), ("noprop-dt", 99.47)}
    for row in analysis.beside_published:
        assert row.difference.point == pytest.approx(row.ours.point - row.published.accuracy)
        spread, runs = row.published.spread, row.published.runs
        theirs = [row.published.accuracy + shift for shift in (-spread, 0, spread)][:runs]
        frame = frames[0]
        ours = frame[(frame.method == row.method) & (frame.batch_size == row.setting.batch_size)]
        interval = stats.ttest_ind(
            100 * ours.test_accuracy, theirs, equal_var=False
        ).confidence_interval(0.95)
        assert (row.difference.low, row.difference.high) == pytest.approx(
            (interval.low, interval.high)
        )
        assert row.agrees == (interval.low <= 0 <= interval.high)
    html = render(analysis, {})
    assert "99.46 ± 0.06" in html
    assert "arXiv 2503.24322 v1), Table 1" in html


@pytest.mark.parametrize(("shift", "said"), [(0.0, "yes"), (30.0, "no")])
def test_whether_they_agree_stands_in_the_table_with_the_published_parameters(
    frames, plan, shift, said
) -> None:
    runs, epochs = frames
    mean = 100 * runs[runs.method == "noprop-dt"].test_accuracy.mean()
    row = f"noprop-dt,one-hot,mnist,{mean + shift},5.0,3,0.92,a source"
    header = "method,embedding,dataset,test_accuracy,spread,runs,network_millions,source"
    published = read_published(f"{header}\n{row}\n")
    table = paper_table(analyse(runs, epochs, plan, published=published).beside_published)
    column = {column.label: n for n, column in enumerate(table.columns)}
    assert {cells[column["Agree"]].text for cells in table.rows} == {said}
    assert {cells[column["Parameters, published"]].text for cells in table.rows} == {"0.92"}


def test_a_number_without_spread_neither_agrees_nor_not(frames, plan) -> None:
    runs, epochs = frames
    header = "method,embedding,dataset,test_accuracy,spread,runs,network_millions,source"
    published = read_published(f"{header}\nnoprop-dt,one-hot,mnist,98.63,,,,a source\n")
    for row in analyse(runs, epochs, plan, published=published).beside_published:
        assert row.agrees is None
        assert row.difference.high - row.difference.low == pytest.approx(
            row.ours.high - row.ours.low
        )


def test_a_variant_is_matched_by_its_embedding(frames, plan) -> None:
    runs, epochs = frames
    learned = runs[runs.method == "noprop-dt"].assign(
        method="noprop-dt/a name", embedding="learned", cell=lambda f: f.cell + "-learned"
    )
    runs = pd.concat([runs, learned], ignore_index=True)
    analysis = analyse(runs, epochs, plan, published=published_results())
    row = next(r for r in analysis.beside_published if r.method == "noprop-dt/a name")
    assert (row.embedding, row.published.accuracy) == ("learned", 99.49)


def test_what_nobody_published_is_not_there(study, plan) -> None:
    analysis = analyse(*study(dataset="digits"), plan, published=published_results())
    assert analysis.beside_published == ()
    assert paper_table(analysis.beside_published) is None
    assert 'id="paper"' not in render(analysis, {})


def test_the_published_numbers_are_those_of_the_paper() -> None:
    published = published_results()
    assert len(published) == 44
    assert published["noprop-fm", "one-hot", "cifar100"].accuracy == 6.38
    assert published["adjoint", "one-hot", "mnist"].spread == 0.14
    assert published["noprop-dt", "one-hot", "tiny-imagenet"].spread == 0.4
    assert published["forward-forward", "", "mnist"].spread is None
    assert all(0 < value.accuracy < 100 and value.source for value in published.values())
