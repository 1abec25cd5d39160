"""Every method against its own parts."""

from collections.abc import Sequence

from reports.controls.estimates import ControlGain, PartGain
from reports.display.forest import Effect, forest
from reports.display.numbers import PERCENT
from reports.display.setting import condition_words
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    SEEDS,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    change_cell,
    count_cell,
    estimate_cell,
    method_cell,
    timesteps_cell,
)
from reports.display.verdicts import css_class
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.input.metrics import TEST_ACCURACY
from reports.statistics.equivalence import Verdict


def control_table(context: Context, controls: Sequence[ControlGain]) -> Table | None:
    """Every method against its own parts, or `None` where no control was run."""
    if not controls:
        return None
    several = len({row.setting.dataset for row in controls}) > 1
    rows = tuple(
        (
            *([Cell(row.setting.dataset)] if several else []),
            method_cell(row.method),
            count_cell(row.setting.batch_size),
            timesteps_cell(row.setting.timesteps),
            Cell(row.control, condition_words(row.setting.condition, context)),
            estimate_cell(row.own, PERCENT),
            estimate_cell(row.alone, PERCENT),
            change_cell(row.gain),
            count_cell(row.gain.n),
        )
        for row in controls
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
        folded=True,
    )


def parts_table(context: Context, parts: Sequence[PartGain]) -> Table | None:
    """Draw what each method adds to each of its parts, over its settings."""
    drawn = forest(
        [Effect(p.gain.point, p.gain.low, p.gain.high, ()) for p in parts],
        margin=context.plan.margin_of(TEST_ACCURACY),
        ratio=False,
    )
    if drawn is None:
        return None
    wins = [p for p in parts if p.gain.high is not None and p.gain.high < 0]
    return Table(
        caption="What the whole method adds to a part of itself, over all settings",
        columns=(
            METHOD,
            Column("Part of it", numeric=False),
            Column("Whole − part", "pp"),
            Column("Whole − part, drawn", "right: the whole is better", numeric=False,
                   axis=drawn.axis),
            Column("Settings", "n"),
            SEEDS,
        ),
        rows=tuple(
            (
                method_cell(part.method),
                Cell(part.control),
                change_cell(part.gain),
                Cell("", verdict=_side(part), bar=bar, value=part.gain.point),
                count_cell(part.settings),
                count_cell(part.gain.n),
            )
            for part, bar in zip(parts, drawn.bars, strict=True)
        ),
        how_to_read="A row is a part of the trained network, tested by itself. Left of the line "
        "it does better than the whole method, right of it worse; the bar is the "
        f"{confidence_words(context)} interval over seeds of the mean over settings, the shade the "
        "margin that does not matter.",
        what_it_says=f"In {len(wins)} of {len(parts)} rows the part is shown to do better than "
        "the whole.",
    )  # fmt: skip


def _side(part: PartGain) -> str:
    low, high = part.gain.low, part.gain.high
    if low is not None and low > 0:
        return css_class(Verdict.BETTER)
    if high is not None and high < 0:
        return css_class(Verdict.WORSE)
    return css_class(Verdict.INCONCLUSIVE)
