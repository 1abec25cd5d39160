"""Figures: the numbers that they draw are those of the analysis, and they stay few and small."""

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from svg_paths import ends

from reports.display.limits import FEW_METHODS, MOST_PANELS
from reports.display.palette import styles
from reports.display.picture import (
    Level,
    Line,
    Pairs,
    Picture,
    Point,
)
from reports.display.selection import (
    select,
    spread,
)
from reports.drawing.drawing import draw
from reports.drawing.svg import short_path, with_shared_styles
from reports.drawing.theme import PAGE_VARIABLES, theme, variable
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.settings.estimates import means_of
from reports.statistics.estimate import mean_interval


def marks(picture, kind):
    return [m for panel in picture.plot.panels for m in panel.marks if isinstance(m, kind)]


def pictures_of(analysis, section):
    """Return the pictures of one section of the page."""
    found = [s for s in build_view(analysis, {}).sections if s.slug == section]
    return found[0].pictures if found else ()


@pytest.fixture(scope="module")
def frames(study):
    return study(diverged=("noprop-dt", 128, 5, 3))


@pytest.fixture(scope="module")
def analysis(frames):
    from reports.input.plan import Plan

    plan = Plan.declared({"title": "A synthetic study", "baseline": "backprop"})
    return analyse(*frames, plan)


def test_every_seed_is_drawn_beside_the_baselines_run_with_the_same_seed(frames, analysis):
    runs, _ = frames
    accuracy = next(p for p in pictures_of(analysis, "seeds") if p.slug.startswith("accuracy"))
    assert [panel.title for panel in accuracy.plot.panels] == [
        "batch size 64, T = 2", "batch size 64, T = 5",
        "batch size 128, T = 2", "batch size 128, T = 5",
    ]  # fmt: skip
    found = 0
    for panel in accuracy.plot.panels:
        batch, t = map(int, re.findall(r"\d+", panel.title))
        here = runs[(runs.batch_size == batch) & ((runs.timesteps == t) | runs.timesteps.isna())]
        for pair in panel.marks:
            assert isinstance(pair, Pairs)
            for name, values in ((pair.baseline, pair.before), (pair.candidate, pair.after)):
                own = here[here.method == name].set_index("seed").test_accuracy
                assert values == pytest.approx([100 * own[seed] for seed in pair.seeds])
                found += len(values)
    assert found == 2 * (4 * 4 * 6 - 1)  # 4 candidates, 4 panels, 6 seeds; one run diverged


def test_the_sentence_counts_the_pairs_that_are_pictures_of(analysis):
    accuracy = next(p for p in pictures_of(analysis, "seeds") if p.slug.startswith("accuracy"))
    pairs = [m for m in marks(accuracy, Pairs) if m.candidate == "classifier"]
    better = sum(b > a for m in pairs for a, b in zip(m.before, m.after, strict=True))
    assert f"classifier {better} of 24" in accuracy.what_it_says


def test_a_tie_is_no_win(study, plan):
    runs, epochs = study(methods=("backprop", "noprop-dt"), batch_sizes=(64,), timesteps=(2,))
    runs["test_accuracy"] = [0.9, 0.91, 0.92, 0.93, 0.94, 0.95] * 2
    runs.loc[len(runs) - 1, "test_accuracy"] = 0.96
    accuracy = next(p for p in pictures_of(analyse(runs, epochs, plan), "seeds"))
    assert "noprop-dt 1 of 6" in accuracy.what_it_says


def test_memory_that_never_varies_has_no_figure_of_seeds(analysis):
    assert {re.sub(r"-\d+$", "", p.slug) for p in pictures_of(analysis, "seeds")} == {
        "accuracy-seeds", "epoch-time-seeds",
    }  # fmt: skip


def test_curves_have_the_interval_of_their_mean_at_every_epoch(frames, analysis):
    _, epochs = frames
    [picture] = pictures_of(analysis, "curves")
    panel = picture.plot.rows[0][0]
    line = next(m for m in panel.marks if m.method == "backprop")
    own = epochs[
        (epochs.method == "backprop") & (epochs.batch_size == 64) & (epochs.timesteps == 2)
    ]
    for i, (_, values) in enumerate(own.groupby("epoch").validation_accuracy):
        expected = mean_interval(100 * values.to_numpy())
        assert (line.y[i], line.low[i], line.high[i]) == pytest.approx(
            (expected.point, expected.low, expected.high)
        )


def test_trends_run_over_t_and_over_batch_size_for_every_metric(analysis):
    pictures = {p.slug: p for p in pictures_of(analysis, "trends")}
    assert set(pictures) == {
        f"{metric}-over-{axis}-1"
        for metric in ("accuracy", "epoch-time", "memory")
        for axis in ("t", "batch")
    }
    over_t = pictures["epoch-time-over-t-1"]
    assert {m.method for m in marks(over_t, Level)} == {"classifier"}
    assert {m.x for m in marks(over_t, Line)} == {(2.0, 5.0)}
    over_batch = pictures["memory-over-batch-1"]
    assert {m.x for m in marks(over_batch, Line)} == {(64.0, 128.0)}
    assert "classifier" in {m.method for m in marks(over_batch, Line)}
    assert not marks(over_batch, Level)


def test_the_front_on_the_figure_is_that_of_the_analysis(analysis):
    for picture, front in zip(pictures_of(analysis, "pareto"), analysis.fronts, strict=True):
        points = marks(picture, Point)
        assert len(points) == sum(p.n > 0 for p in front.points)
        ringed = {(p.method, p.y) for p in points if p.on_front}
        assert ringed == {(p.method, p.accuracy) for p in front.members}
        for member in front.members:
            assert member.method in picture.what_it_says


def test_a_large_study_has_no_more_panels_and_says_what_it_leaves_out(study, plan):
    names = ("backprop", "classifier", *(f"m{i:02}" for i in range(15)))
    parts = [
        study(
            methods=names, batch_sizes=(16, 32, 64, 128), timesteps=(2, 4, 6, 8, 10), seeds=3,
            epochs=2, dataset=name,
        )
        for name in ("a", "b")
    ]  # fmt: skip
    runs, epochs = (pd.concat(both, ignore_index=True) for both in zip(*parts, strict=True))
    analysis = analyse(runs, epochs, plan)
    selection = select(analysis.context, means_of(analysis.summaries))
    assert len(selection.methods) == FEW_METHODS
    assert selection.methods[0] == "backprop"
    means = {name: runs[runs.method == name].test_accuracy.mean() for name in names[1:]}
    best = sorted(means, key=means.__getitem__)[-(FEW_METHODS - 1) :]
    assert set(selection.methods[1:]) == set(best)
    assert selection.batch_sizes[0] == 16
    assert selection.batch_sizes[-1] == 128
    for section in ("curves", "trends", "pareto", "seeds"):
        pictures = pictures_of(analysis, section)
        by_kind: dict[str, int] = {}
        for picture in pictures:
            name = re.sub(r"-\d+$", "", picture.slug)
            by_kind[name] = by_kind.get(name, 0) + len(picture.plot.panels)
            assert f"{FEW_METHODS} of 17 methods" in picture.how_to_read
        assert by_kind
        assert max(by_kind.values()) <= MOST_PANELS


@pytest.mark.parametrize(
    ("levels", "most", "chosen"),
    [
        ([2, 4], 4, (2, 4)), ([1, 2, 3, 4, 5], 3, (1, 3, 5)), ([1, 2, 3, 4], 2, (1, 4)),
        ([8, 16, 32], 1, (32,)), ([], 3, ()),
    ],
)  # fmt: skip
def test_levels_are_spread_from_the_lowest_to_the_highest(levels, most, chosen):
    assert spread(levels, most) == chosen


def test_pictures_name_only_colours_that_the_page_defines(analysis):
    view = build_view(analysis, {}, [])
    known = {c.variable for c in theme(view.styles.values())} | set(PAGE_VARIABLES.values())
    for picture in view.pictures:
        svg = draw(picture, view.styles)
        assert not re.search(r"#[0-9a-fA-F]{6}", svg), picture.slug
        used = set(re.findall(r"var\((--[\w]+)\)", svg))
        assert used <= known, picture.slug
        methods = {m.method for m in marks(picture, Line)}
        assert {variable(view.styles[m].light) for m in methods} <= used


def test_a_drawing_has_a_title_a_description_and_every_legend_entry(analysis):
    style = styles(analysis.context.methods)
    for picture in build_view(analysis, {}, []).pictures:
        root = ET.fromstring(draw(picture, style))
        texts = ["".join(e.itertext()) for e in root.iter() if e.tag.endswith("}text")]
        assert root[0].text == picture.title
        assert root[1].text == picture.what_it_says
        drawn = {m.method for m in marks(picture, (Line, Level, Point))}
        assert drawn <= set(texts), picture.slug


def test_names_that_look_like_styles_stay_text(analysis):
    name = 'x style="fill: none" y'
    style = {name: styles(["a"])["a"]}
    line = Line(name, (0.0, 1.0), (0.0, 1.0), (None, None), (None, None))
    [some] = pictures_of(analysis, "curves")
    plot = some.plot
    panel = plot.rows[0][0]
    picture = Picture(
        "p", name, type(plot)(((type(panel)(name, (line,)),),), plot.x, plot.y), "How.", name
    )
    drawings, classes = with_shared_styles({"p": draw(picture, style), "q": draw(picture, style)})
    assert classes
    for svg in drawings.values():
        assert "".join(ET.fromstring(svg).itertext()).count(name) == 5  # title, description, ...


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 54 10.9 L 98.8 10.9 L 98.8 59.7 L 54.0 59.7 z", "M54 10.9H98.8V59.7H54z"),
        ("M 1 2 L 3 4 M 5 4 L 6 4 z L 6 4", "M1 2L3 4M5 4H6zL6 4"),
        ("M 0 0 C 1 2 3 4 5 6 L 5 7", "M0 0C1 2 3 4 5 6V7"),
        ("M 10.05 2.0 L 10.05 2.5", "M10.05 2V2.5"),
    ],
)  # fmt: skip
def test_a_path_is_written_short_and_stays_the_same_path(path, short):
    assert short_path(path) == short
    assert ends(path) == ends(short)
