"""Tables of tuning: what it took and gained, and which options were searched and chosen."""

from collections.abc import Sequence

from reports.display.numbers import NO_NUMBER, change_text, quantity_text
from reports.display.table import (
    METHOD,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    number_cell,
)
from reports.input.units import OPERATIONS, SECONDS, Unit
from reports.tuning.estimates import TuningGain

POINTS = Unit("pp")


def budget_table(gains: Sequence[TuningGain]) -> Table | None:
    """Return what every method's tuning took and gained, or `None` where nothing was tuned."""
    if not gains:
        return None
    seconds = SECONDS.fitting([gain.tuned.seconds for gain in gains])
    operations = OPERATIONS.fitting([gain.tuned.flops for gain in gains])
    return Table(
        caption="What tuning took, and what it gained",
        columns=(
            METHOD,
            Column("Gain in test accuracy", "pp, on the comparison's seeds"),
            Column("Gain in validation accuracy", "pp"),
            Column("from", "%, as it was"),
            Column("to", "%, as chosen"),
            Column("Trials"),
            Column("Failed"),
            Column("Runs"),
            Column("Training time", "all trials"),
            Column("Epochs", "all trials"),
            Column("FLOP", "all trials"),
        ),
        rows=tuple(_row(gain, seconds, operations) for gain in gains),
        note="The gain by validation is the best of many noisy scores less one of them, and never "
        "negative; what to believe is the gain on the comparison's seeds, by runs with the options "
        "from before in the folder of the study that was tuned.",
    )


def options_table(gains: Sequence[TuningGain]) -> Table | None:
    """Return every option searched, or `None` where nothing was."""
    rows = tuple(
        (
            method_cell(gain.tuned.method),
            Cell(option),
            Cell(words),
            Cell(_value(gain.tuned.before.get(option))),
            Cell(_value(gain.tuned.options.get(option))),
        )
        for gain in gains
        for option, words in gain.tuned.space.items()
    )
    if not rows:
        return None
    return Table(
        caption="Options searched and chosen",
        columns=(
            METHOD,
            Column("Option", numeric=False),
            Column("Searched", numeric=False),
            Column("As it was", numeric=False),
            Column("Chosen", numeric=False),
        ),
        rows=rows,
        folded=True,
    )


def _row(gain: TuningGain, seconds: Unit, operations: Unit) -> tuple[Cell, ...]:
    tuned, elsewhere = gain.tuned, gain.elsewhere
    change, interval = change_text(elsewhere)
    pruned = f"{tuned.pruned} pruned" if tuned.pruned else ""
    there = (
        Cell(NO_NUMBER)
        if elsewhere.point is None
        else Cell(
            change,
            f"{interval} n = {elsewhere.n}".strip(),
            value=elsewhere.point,
        )
    )
    return (
        method_cell(tuned.method),
        there,
        number_cell(gain.gain, 2, signed=True),
        number_cell(tuned.scores[0], 2),
        number_cell(tuned.scores[tuned.chosen], 2),
        Cell(str(len(tuned.scores)), pruned, value=len(tuned.scores)),
        count_cell(tuned.failed),
        count_cell(tuned.runs),
        Cell(quantity_text(tuned.seconds, seconds), value=tuned.seconds),
        count_cell(tuned.epochs),
        Cell(NO_NUMBER)
        if tuned.flops is None
        else Cell(quantity_text(tuned.flops, operations), value=tuned.flops),
    )


def _value(value: object) -> str:
    return NO_NUMBER if value is None else f"{value:g}" if isinstance(value, float) else str(value)
