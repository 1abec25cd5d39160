"""What was published of a method, and ours, row by row."""

from collections.abc import Sequence

from reports.display.numbers import NO_NUMBER, PERCENT, number
from reports.display.table import (
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
from reports.published.estimates import BesideOurs

PAPER_NOTE = (
    "± is the standard deviation over the source's runs, 3 unless it says otherwise. Ours is the "
    "mean over seeds with its interval. They agree if the interval of the difference of means, "
    "from both spreads (Welch), holds 0. Where our training is shorter, or on fewer images, than "
    "the source's, a difference says nothing about the method. Parameters are the source's, of "
    "one network without class embeddings and head."
)


def paper_table(beside: Sequence[BesideOurs]) -> Table | None:
    """Every published row that we have runs of, or `None` where there is none."""
    if not beside:
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
            change_cell(row.difference),
            Cell(_AGREES[row.agrees]),
            _millions(row.published.network_millions),
            count_cell(row.ours.n),
            Cell(f"{row.setting.condition.budget}, batch size {row.setting.batch_size}"),
        )
        for row in beside
    )
    sources = dict.fromkeys(row.published.source for row in beside)
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
            Column("Agree", numeric=False),
            Column("Parameters, published", "M"),
            SEEDS,
            Column("Our training", numeric=False),
        ),
        rows=rows,
        note=f"{PAPER_NOTE} Published: {'; '.join(sources)}.",
    )


def _published(accuracy: float, spread: float | None) -> str:
    return number(accuracy, 2) + ("" if spread is None else f" ± {number(spread, 2)}")


_AGREES = {True: "yes", False: "no", None: NO_NUMBER}


def _millions(value: float | None) -> Cell:
    return Cell(NO_NUMBER if value is None else number(value, 2), value=value)
