"""Tables about single methods: against what was published of them, and against their own parts."""

from __future__ import annotations

from collections.abc import Sequence

from reports.display.numbers import (
    NO_NUMBER,
    PERCENT,
    POINTS,
    number,
)
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    SEEDS,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    estimate_cell,
    method_cell,
    timesteps_cell,
)
from reports.display.words import condition_words
from reports.page.analysis import Analysis
from reports.statistics.estimate import Estimate

PAPER_NOTE = (
    "A published number counts as fixed; ± is the spread its source prints. Ours is the mean over "
    "seeds with its interval. Where our training is shorter, or on fewer images, than the "
    "source's, a difference says nothing about the method."
)


def paper_table(analysis: Analysis) -> Table | None:
    """Every published row that we have runs of, or `None` where there is none."""
    if not analysis.beside_published:
        return None
    rows = tuple(
        (
            Cell(row.setting.dataset),
            method_cell(row.method),
            Cell(row.embedding or NO_NUMBER),
            timesteps_cell(row.setting.timesteps),
            Cell(
                _published(row.published.accuracy, row.published.spread),
                value=row.published.accuracy,
            ),
            estimate_cell(row.ours, PERCENT),
            estimate_cell(row.difference, POINTS, signed=True),
            count_cell(row.ours.n),
            Cell(f"{row.setting.condition.budget}, batch size {row.setting.batch_size}"),
        )
        for row in analysis.beside_published
    )
    sources = dict.fromkeys(row.published.source for row in analysis.beside_published)
    return Table(
        caption="Test accuracy: published, and ours",
        columns=(
            DATASET,
            METHOD,
            Column("Embedding", numeric=False),
            TIMESTEPS,
            Column("Published", "%"),
            Column("Ours", "%"),
            Column("Ours − published", "pp"),
            SEEDS,
            Column("Our training", numeric=False),
        ),
        rows=rows,
        note=f"{PAPER_NOTE} Published: {'; '.join(sources)}.",
    )


def control_table(analysis: Analysis) -> Table | None:
    """Every method against its own parts, or `None` where no control was run."""
    if not analysis.controls:
        return None
    several = len({row.setting.dataset for row in analysis.controls}) > 1
    rows = tuple(
        (
            *([Cell(row.setting.dataset)] if several else []),
            method_cell(row.method),
            count_cell(row.setting.batch_size),
            timesteps_cell(row.setting.timesteps),
            Cell(row.control, "" if analysis.one_condition else condition_words(row.setting)),
            estimate_cell(row.own, PERCENT),
            estimate_cell(row.alone, PERCENT),
            estimate_cell(row.gain, POINTS, signed=True),
            count_cell(row.gain.n),
        )
        for row in analysis.controls
    )
    return Table(
        caption="Test accuracy of the whole method, and of cheap parts of the same network",
        columns=(
            *([DATASET] if several else []),
            METHOD,
            BATCH_SIZE,
            TIMESTEPS,
            Column("Control", numeric=False),
            Column("Whole method", "%"),
            Column("Control", "%"),
            Column("Whole − control", "pp"),
            SEEDS,
        ),
        rows=rows,
        note="Paired within each run. Below zero, the part does better than the whole.",
    )


def controls_say(analysis: Analysis) -> str:
    """Say in one sentence how often a part of a method did better than the method."""
    rows: Sequence[Estimate] = [row.gain for row in analysis.controls]
    better = sum(gain.low is not None and gain.low > 0 for gain in rows)
    worse = sum(gain.high is not None and gain.high < 0 for gain in rows)
    return (
        f"In {better} of {len(rows)} rows the interval says that the whole method does better than "
        f"the part, in {worse} that the part does better, and in {len(rows) - better - worse} it "
        "leaves that open."
    )


def _published(accuracy: float, spread: float | None) -> str:
    return number(accuracy, 2) + ("" if spread is None else f" ± {number(spread, 2)}")
