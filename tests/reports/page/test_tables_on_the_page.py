"""Tables: units, keys to sort by, values to filter by, and how much of a long one is shown."""

import re

import pandas as pd
import pytest

from reports.display.limits import MOST_MAIN_ROWS, MOST_OPEN_ROWS, MOST_ROWS
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    number_cell,
    shortened,
    timesteps_cell,
    without_drawings,
)
from reports.page.analysis import analyse
from reports.page.build import build_view
from reports.page.filters import filters, row_attributes
from reports.page.interaction import keyed_columns, sort_key
from reports.statistics.estimate import Estimate


@pytest.fixture(scope="module")
def view(study):
    from reports.input.plan import Plan

    parts = [study(dataset=name, diverged=("noprop-dt", 128, 5, 3)) for name in ("a", "b")]
    runs, epochs = (pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True))
    plan = Plan.declared({"title": "Two data sets", "baseline": "backprop"})
    return build_view(analyse(runs, epochs, plan), {"Python": "3.11"}, [], {"runs": runs})


def test_every_column_of_numbers_has_a_unit(view):
    bare = [
        (table.caption, column.label)
        for table in view.tables
        for column in table.columns
        if column.numeric and not column.unit
    ]
    assert not bare


def test_every_row_has_a_cell_for_every_column(view):
    for table in view.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}, table.caption


def test_a_column_is_sorted_by_its_numbers_not_by_their_text(view):
    for table in view.tables:
        keyed = keyed_columns(table)
        for i, column in enumerate(table.columns):
            if not column.numeric:
                assert not keyed[i]
                continue
            keys = [float(sort_key(row[i]) if keyed[i] else row[i].text) for row in table.rows]
            values = [row[i].value for row in table.rows]
            for key, value, row in zip(keys, values, table.rows, strict=True):
                if value is not None:
                    assert key == pytest.approx(value, rel=1e-4)
                elif not row[i].text.isdecimal():
                    assert key == -1e301


def test_signs_and_missing_numbers_do_not_mislead_the_order():
    cells = [number_cell(v, 1, signed=True) for v in (-10.0, 2.0, None, -3.0, float("inf"))]
    ordered = sorted(cells, key=lambda cell: float(sort_key(cell)))
    assert [c.text for c in ordered] == ["\N{EN DASH}", "−10.0", "−3.0", "+2.0", "∞"]


def table_of(*rows):
    columns = (DATASET, BATCH_SIZE, TIMESTEPS, METHOD)
    return Table(
        "one",
        columns,
        tuple(
            (Cell(data), count_cell(batch), timesteps_cell(t), method_cell(name))
            for data, batch, t, name in rows
        ),
    )


def test_filters_hold_what_varies_in_natural_order():
    table = table_of(("d10", 128, 2, "b"), ("d2", 64, None, "a"), ("d10", 64, 10, "a"))
    found = {f.slug: f.values for f in filters([table])}
    assert found == {
        "dataset": ("d2", "d10"),
        "batch-size": ("64", "128"),
        "timesteps": ("2", "10"),
        "method": ("a", "b"),
    }
    same = filters([table_of(("d", 64, None, "a"), ("d", 64, None, "b"))])
    assert [f.slug for f in same] == ["method"]


def test_rows_carry_numbers_for_their_values_and_none_for_no_t():
    hostile = 'x"] {} <b>'
    table = table_of((hostile, 64, 2, "a"), ("d", 128, None, hostile), ("d", 64, 4, "a"))
    by_slug = {f.slug: f for f in filters([table])}
    attributes = [row_attributes(table.columns, row, by_slug) for row in table.rows]
    assert all(re.fullmatch(r"( data-[dbtm]=\d+)*", text) for text in attributes)
    assert "data-t" not in attributes[1]
    method = by_slug["method"].numbers
    assert attributes[1].endswith(f" data-m={method[hostile]}")


def test_a_long_table_is_folded_and_a_very_long_one_cut_and_a_main_one_late():
    def of(rows, **arguments):
        return Table("t", (Column("x", "n"),), ((count_cell(1),),) * rows, "Note.", **arguments)

    assert shortened(of(MOST_OPEN_ROWS)) == of(MOST_OPEN_ROWS)
    folded = shortened(of(MOST_OPEN_ROWS + 1))
    assert (folded.folded, len(folded.rows)) == (True, MOST_OPEN_ROWS + 1)
    cut = shortened(of(MOST_ROWS + 7))
    assert len(cut.rows) == MOST_ROWS
    assert cut.note == "Note. 7 more rows are in the csv and json formats."
    assert shortened(of(MOST_MAIN_ROWS, main=True)) == of(MOST_MAIN_ROWS, main=True)


def test_of_a_main_table_the_methods_that_are_drawn_stay():
    names = [f"m{i % 10}" for i in range(MOST_MAIN_ROWS + 400)]
    table = Table(
        "t", (METHOD,), tuple((method_cell(name),) for name in names), main=True,
        first=("m8", "m9"),
    )  # fmt: skip
    cut = shortened(table)
    assert not cut.folded
    assert len(cut.rows) == MOST_MAIN_ROWS
    kept = [row[0].method for row in cut.rows]
    assert kept.count("m8") == kept.count("m9") == names.count("m8")
    assert kept[:10] == names[:10]
    assert "400 more rows" in cut.note


def test_without_drawings_the_numbers_and_what_they_say_stay(view):
    [first, *_] = [table for table in view.tables if table.axis]
    plain = without_drawings(first)
    assert plain.axis is None
    assert len(plain.columns) == len(first.columns) - 1
    assert plain.note.startswith(first.what_it_says)
    assert {len(row) for row in plain.rows} == {len(plain.columns)}


def test_estimates_are_sorted_by_their_point():
    from reports.display.numbers import PERCENT
    from reports.display.table import estimate_cell

    cell = estimate_cell(Estimate(97.25, 96.0, 98.5, 6, "t"), PERCENT)
    assert (cell.text, cell.detail, cell.value) == ("97.2", "[96.0, 98.5]", 97.25)
