"""Effects in two digits, columns that say nothing, and units that are one for a whole study."""

import re

import pytest

from reports.display.numbers import change_text, effect_text, ratio_text
from reports.display.table import (
    BATCH_SIZE,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    spread_cell,
    without_idle_columns,
)
from reports.input.plan import Plan
from reports.input.units import PERCENT, Unit
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.statistics.effect import PairedEffect
from reports.statistics.estimate import Estimate, Gap

SECONDS_SHOWN = re.compile(r"(?<![\d.])(\d[\d\u202f]*(?:\.\d+)?)\u00a0(ms|s|min)\b")


def effect_of(point, low, high, kind="ratio", *, deterministic=False):
    return PairedEffect(
        kind=kind,
        effect=Estimate(point, low, high, 8, "t"),
        margin=0.5 if kind == "difference" else 1.05,
        tests=None,
        deterministic=deterministic,
    )


@pytest.mark.parametrize(
    ("effect", "text"),
    [
        ((0.1210, 0.1195, 0.1225), "×0.12 [0.12, 0.12]"),
        ((0.646, 0.629, 0.663), "×0.65 [0.63, 0.66]"),
        ((1.04, 0.98, 1.15), "×1.04 [0.98, 1.15]"),
        ((2.27, 2.19, 2.35), "×2.3 [2.2, 2.4]"),
        ((12.31, 11.9, 12.7), "×12 [12, 13]"),
        ((0.0123, 0.0119, 0.0127), "×0.012 [0.012, 0.013]"),
        # What leaves out no effect does not read as none.
        ((1.003, 1.001, 1.005), "×1.003 [1.001, 1.005]"),
        ((0.995, 0.982, 1.008), "×0.99 [0.98, 1.01]"),
        ((-3.204, -3.39, -3.01, "difference"), "−3.2 pp [−3.4, −3.0]"),
        ((-0.234, -0.36, -0.1, "difference"), "−0.23 pp [−0.36, −0.10]"),
        ((0.0041, -0.21, 0.22, "difference"), "0.00 pp [−0.21, +0.22]"),
        ((-12.3, -12.8, -11.8, "difference"), "−12 pp [−13, −12]"),
    ],
)
def test_an_effect_has_two_digits_and_its_interval_as_many_decimals(effect, text):
    assert " ".join(effect_text(effect_of(*effect))) == text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ((14.52, 12.93, 16.1), "+15 [+13, +16]"),
        ((-2.174, -2.531, -1.8), "−2.2 [−2.5, −1.8]"),
        ((-0.43, -0.531, -0.321), "−0.43 [−0.53, −0.32]"),
        ((0.973, 0.9701, 0.976), "+0.97 [+0.97, +0.98]"),
        ((0.0004, 0.0001, 0.0007), "+0.00040 [+0.00010, +0.00070]"),
        ((0.02, -1.3, 1.4), "0.0 [−1.3, +1.4]"),
        ((None, None, None), "–"),
    ],
)
def test_a_gain_or_a_slope_has_as_many_digits_as_an_effect(change, text):
    gap = Gap.NO_VALUES if change[0] is None else None
    assert " ".join(change_text(Estimate(*change, 8, "t", gap))).strip() == text


def test_a_repeatable_effect_that_is_not_none_does_not_read_as_none():
    shown, _ = effect_text(effect_of(1.004, 1.004, 1.004, "ratio", deterministic=True))
    assert shown == "×1.004"
    assert ratio_text(1.07) == "×1.07"


def test_columns_that_say_nothing_are_left_out_and_equal_ones_are_joined():
    table = Table(
        "t",
        (
            BATCH_SIZE,
            TIMESTEPS,
            Column("Failed", "runs"),
            Column("p", "sign-flip"),
            Column("p", "Wilcoxon"),
            Column("Why", numeric=False),
        ),
        tuple(
            (count_cell(n), count_cell(n), Cell("0"), Cell(p), Cell(p), Cell("–"))
            for n, p in ((2, ".12"), (4, ".30"))
        ),
    )
    lean = without_idle_columns(table)
    # Batch size and T are equal by chance alone, and both are filtered by.
    assert lean.columns == (BATCH_SIZE, TIMESTEPS, Column("p", "sign-flip and Wilcoxon"))
    assert [[cell.text for cell in row] for row in lean.rows] == [
        ["2", "2", ".12"],
        ["4", "4", ".30"],
    ]
    assert without_idle_columns(lean) == lean


def test_half_a_width_stands_for_an_interval_only_where_it_is_symmetrical():
    assert spread_cell(Estimate(93.3, 93.1, 93.5, 8, "t"), Unit("%")).detail == "±0.20"
    assert spread_cell(Estimate(93.3, 93.0, 93.4, 8, "b"), Unit("%")).detail == "[93.00, 93.40]"


@pytest.fixture(scope="module")
def slow_view(study):
    runs, epochs = study(methods=("backprop", "noprop-dt", "classifier"), seeds=6)
    factor = 1.3 / runs["epoch_seconds"].max()
    runs[["epoch_seconds", "train_seconds"]] *= factor
    epochs[["seconds", "cumulative_seconds"]] *= factor
    return build_view(
        analyse(runs, epochs, Plan.declared({"title": "s", "baseline": "backprop"})), {}
    )


def test_a_quantity_has_one_unit_in_tables_figures_and_sentences(slow_view):
    head = next(c for c in slow_view.answer.columns if c.label == "Time per epoch")
    table = next(c for t in slow_view.tables for c in t.columns if c.label == "Time per epoch")
    figures = [p for p in slow_view.pictures if p.slug.startswith("epoch-time")]
    assert (head.unit, table.unit) == ("s", "s")
    assert len(figures) > 1
    assert all(p.plot.y.label.endswith("(s)") for p in figures)
    said = [match for p in figures for match in SECONDS_SHOWN.findall(p.what_it_says)]
    assert {unit for _, unit in said} == {"s"}
    assert "\u202f" not in "".join(number for number, _ in said)


def test_the_baseline_s_time_to_the_target_is_shown(slow_view):
    answer = slow_view.answer
    at = [column.label for column in answer.columns].index("Time to target accuracy")
    assert all(re.match(r"[\d.]+$|not reached", row.entries[at].value) for row in answer.rows)
    assert PERCENT.shown[0].symbol == answer.columns[0].unit
