"""Rows for the ratio of the first block's gradient to the last's, and for its slope over T."""

from collections.abc import Sequence

from reports.display.numbers import NO_NUMBER, factor_text
from reports.display.setting import place_cells, place_columns, setting_cells, setting_columns
from reports.display.table import (
    BATCH_SIZE,
    METHOD,
    SEEDS,
    Cell,
    Column,
    Table,
    change_cell,
    count_cell,
    method_cell,
)
from reports.display.words import confidence_words
from reports.gradients.estimates import DepthRatio, DepthSlope
from reports.input.context import Context
from reports.statistics.estimate import Estimate
from reports.statistics.trends import Slope


def slope_table(context: Context, slopes: Sequence[DepthSlope]) -> Table | None:
    """Show what doubling T does to the ratio, and to accuracy; `None` where T does not vary."""
    if not slopes:
        return None
    return Table(
        caption="What each doubling of T does to the first block's gradient, and to accuracy",
        columns=(
            *place_columns(context),
            BATCH_SIZE,
            METHOD,
            Column("Ratio at the start", "factor per doubling"),
            Column("Ratio in training", "factor per doubling"),
            Column("Test accuracy", "pp per doubling"),
            Column("T", numeric=False),
            SEEDS,
        ),
        rows=tuple(
            (
                *place_cells(s.setting.place, context),
                count_cell(s.setting.batch_size),
                method_cell(s.method),
                _factor_slope(s.start),
                _factor_slope(s.training),
                Cell(NO_NUMBER) if s.accuracy is None else change_cell(s.accuracy.estimate),
                Cell(", ".join(f"{level:g}" for level in levels_of(s))),
                count_cell(s.start.estimate.n if s.start else 0),
            )
            for s in slopes
        ),
        note="Ratio: the first block's gradient norm over the last's. A factor of 0.5 says that "
        "each doubling of T halves it, 1 that depth does not matter. One slope of log2 ratio over "
        f"log2 T per seed with every T; in brackets the {confidence_words(context)} interval of "
        "their mean. Accuracy: its slope over all T at which it was measured.",
    )


def ratio_table(context: Context, ratios: Sequence[DepthRatio]) -> Table | None:
    """Show the ratio of every method in every setting, or `None` without any."""
    if not ratios:
        return None
    return Table(
        caption="The first block's gradient norm, as a multiple of the last block's",
        columns=(
            *setting_columns(context),
            METHOD,
            Column("Blocks", "n"),
            Column("Before training", "first ÷ last"),
            Column("Mean over epochs", "first ÷ last"),
            SEEDS,
        ),
        rows=tuple(
            (
                *setting_cells(r.setting, context),
                method_cell(r.method),
                count_cell(r.blocks),
                _factor(r.start),
                _factor(r.training),
                count_cell(r.start.n),
            )
            for r in ratios
        ),
        note="Geometric means over seeds, in brackets their "
        f"{confidence_words(context)} interval. Norms are of the gradient of all weights of a "
        "block, on the first batch, before each epoch.",
        folded=True,
    )


def levels_of(each: DepthSlope) -> tuple[float, ...]:
    """Return the T that the slopes were fitted to."""
    fitted = each.start or each.training
    return fitted.levels if fitted else ()


def _factor(estimate: Estimate) -> Cell:
    text, interval = factor_text(estimate)
    # Sorted by its logarithm, which orders alike and never overflows.
    return Cell(text, interval, value=estimate.point)


def _factor_slope(slope: Slope | None) -> Cell:
    return Cell(NO_NUMBER) if slope is None else _factor(slope.estimate)
