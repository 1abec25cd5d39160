"""The forest plot in a table: everything at its place on one axis; what does not fit is said."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.comparisons.table import effects_table
from reports.display.forest import (
    PADDING,
    WIDTH,
    Effect,
    forest,
)
from reports.display.limits import MOST_DOTS
from reports.page.analysis import analyse

finite = st.floats(-50, 50).map(lambda x: round(x, 3))


def effects(values):
    return [Effect(v, v - 1, v + 1, (v - 0.5, v + 0.5)) for v in values]


def ends(path):
    left, right = re.fullmatch(r"M([\d.]+) \d+H([\d.]+)", path).groups()
    return float(left), float(right)


@given(st.lists(finite, min_size=1, max_size=30), st.floats(0.1, 5))
def test_places_keep_the_order_of_values_and_stay_on_the_canvas(values, margin):
    drawn = forest(effects(values), margin=margin, ratio=False)
    placed = sorted(zip(values, (bar.point for bar in drawn.bars), strict=True))
    points = [point for _, point in placed]
    assert points == sorted(points)
    assert all(PADDING <= point <= WIDTH - PADDING for point in points)
    axis = drawn.axis
    assert axis.margin_low < axis.zero < axis.margin_high
    assert math.isclose(axis.zero - axis.margin_low, axis.margin_high - axis.zero, abs_tol=0.2)
    for value, bar in zip(values, drawn.bars, strict=True):
        left, right = ends(bar.interval)
        assert left <= bar.point <= right
        if value > 0.2:
            assert bar.point >= axis.zero


def test_a_ratio_and_its_inverse_lie_equally_far_from_none():
    half, double = Effect(0.5, 0.4, 0.6, ()), Effect(2.0, 1.7, 2.5, ())
    drawn = forest([half, double], margin=1.05, ratio=True)
    left, right = (bar.point for bar in drawn.bars)
    assert drawn.axis.zero - left == pytest.approx(right - drawn.axis.zero, abs=0.11)


def test_ticks_stand_where_their_numbers_would():
    drawn = forest(effects([-4.0, 4.0]), margin=0.5, ratio=False)
    at = {text: place for place, text in drawn.axis.ticks}
    assert at["0"] == drawn.axis.zero
    unit = (drawn.bars[1].point - drawn.axis.zero) / 4
    for text, place in at.items():
        number = float(text.replace("\N{MINUS SIGN}", "-"))
        assert place == pytest.approx(drawn.axis.zero + number * unit, abs=0.3)
    ratios = forest([Effect(4.0, 3.0, 5.0, ())], margin=1.05, ratio=True).axis
    assert (ratios.zero, "\N{MULTIPLICATION SIGN}1") in ratios.ticks


def test_one_wide_interval_does_not_squash_the_others_and_is_marked_as_cut():
    wide = Effect(0.0, -500.0, 500.0, ())
    drawn = forest([*effects([0.1 * i for i in range(20)]), wide], margin=0.5, ratio=False)
    assert drawn.cut == 1
    assert [bar.arrows != "" for bar in drawn.bars] == [False] * 20 + [True]
    left, right = ends(drawn.bars[-1].interval)
    assert (left, right) == (PADDING, WIDTH - PADDING)
    assert drawn.bars[10].point - drawn.bars[0].point > 20


@pytest.mark.parametrize(("low", "high"), [(-1.0, 9.0), (-9.0, 1.0), (-6.0, 3.0), (-3.0, 6.0)])
def test_an_arrow_stands_where_an_interval_leaves_the_axis_and_nowhere_else(low, high):
    rows = [*effects([0.0] * 9), Effect(0.0, low, high, ())]
    *_, bar = forest(rows, margin=2.0, ratio=False).bars  # the axis ends at the margin
    assert bar.arrows.count("M") == (low < -2) + (high > 2)
    assert (f"M{PADDING} " in bar.arrows) == (low < -2)
    assert (f"M{WIDTH - PADDING} " in bar.arrows) == (high > 2)


def test_what_is_missing_or_infinite_is_not_drawn_as_a_number():
    drawn = forest(
        [
            Effect(1.0, 0.5, 2.0, ()),
            Effect(None, None, None, ()),
            Effect(math.inf, 1.0, math.inf, ()),
        ],
        margin=1.05,
        ratio=True,
    )
    assert drawn.bars[1].point is None
    assert drawn.bars[1].interval == ""
    assert drawn.bars[2].point == WIDTH - PADDING
    assert drawn.bars[2].arrows
    assert forest([Effect(None, None, None, ())], margin=1.05, ratio=True) is None


def test_every_seed_is_a_dot_until_there_are_too_many_rows():
    [bar] = forest([Effect(0.0, -1.0, 1.0, (-0.5, 0.0, 0.5))], margin=0.5, ratio=False).bars
    assert bar.seeds.count("h0") == 3
    many = forest(effects([0.0] * (MOST_DOTS + 1)), margin=0.5, ratio=False)
    assert not any(bar.seeds for bar in many.bars)


def test_the_table_draws_what_its_numbers_say(study, plan):
    analysis = analyse(*study(), plan)
    for metric in analysis.context.metrics:
        table = effects_table(metric, analysis.context, analysis.comparisons, ())
        rows = [
            (cell.bar, comparison)
            for row, comparison in zip(
                table.rows, [c for c in analysis.comparisons if c.metric is metric], strict=True
            )
            for cell in row
            if cell.bar is not None
        ]
        assert len(rows) == len(table.rows)
        assert any(bar.seeds for bar, _ in rows)
        for bar, comparison in rows:
            dots = [float(at) for at in re.findall(r"M([\d.]+)", bar.seeds)]
            # On the scale that is drawn, an effect is the mean of its seeds.
            if len(dots) == comparison.n and not metric.is_censored:
                assert bar.point == pytest.approx(sum(dots) / len(dots), abs=0.3)
            effect = comparison.paired.effect
            side = effect.point - comparison.paired.null
            assert (bar.point - table.axis.zero) * side >= 0
            assert (bar.interval != "") == (effect.low is not None)
        assert table.how_to_read
        assert f" of {len(rows)} rows show a difference from backprop" in table.what_it_says


def test_the_adjusted_interval_is_drawn_behind_the_plain_one():
    drawn = forest(
        [Effect(1.0, 0.5, 1.5, (), (-0.5, 2.5)), Effect(0.0, -1.0, 1.0, ())],
        margin=0.5,
        ratio=False,
    )
    plain, wide = (
        [float(x) for x in path.removeprefix("M").replace(" 6H", " ").split()]
        for path in (drawn.bars[0].interval, drawn.bars[0].wide)
    )
    assert wide[0] < drawn.axis.zero < plain[0] < plain[1] <= wide[1]
    assert drawn.bars[1].wide == ""


@pytest.mark.parametrize(("margin", "ratio"), [(1 + 1e-300, True), (5e-324, False), (1e12, False)])
@pytest.mark.parametrize("far", [0.0, 1e-15])
def test_equal_results_and_any_margin_have_a_place(margin, ratio, far):
    alike = [Effect(float(ratio) + far, None, None, ()), Effect(float(ratio), None, None, ())]
    drawn = forest(alike, margin=margin, ratio=ratio)
    assert all(PADDING <= bar.point <= WIDTH - PADDING for bar in drawn.bars)
