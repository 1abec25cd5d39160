"""Divided runs: a row per arm."""

from collections.abc import Sequence

from reports.display.numbers import NO_NUMBER, interval_text, point_text, quantity_text
from reports.display.setting import setting_cells, setting_columns
from reports.display.table import (
    METHOD,
    SEEDS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    number_cell,
)
from reports.input.context import Context
from reports.input.units import BYTES, SECONDS, Units
from reports.scaling.estimates import DividedArm
from reports.statistics.effect import PairedEffect


def scaling_table(context: Context, arms: Sequence[DividedArm]) -> Table | None:
    """Every divided arm, or `None` where there was none."""
    if not arms:
        return None
    unit = context.units.get("epoch_seconds", SECONDS.fitting([a.seconds.point for a in arms]))
    return Table(
        caption="Runs divided over processes, against the same method in one process",
        columns=(
            *setting_columns(context),
            METHOD,
            Column("Divided by", numeric=False),
            Column("Ranks"),
            Column("Time per epoch", unit.symbol),
            Column("Speed-up", "ratio"),
            Column("Efficiency", "speed-up / ranks"),
            Column("Sent in training", "per epoch, all ranks"),
            Column("Sent between epochs", "per epoch, all ranks"),
            Column("Peak memory", "largest rank"),
            Column("in one process"),
            SEEDS,
        ),
        rows=tuple(
            (
                *setting_cells(arm.setting, context),
                method_cell(arm.method),
                Cell(arm.way),
                count_cell(arm.ranks),
                Cell(
                    point_text(arm.seconds, unit),
                    interval_text(arm.seconds, unit),
                    value=arm.seconds.point,
                ),
                _speed_up(arm.speed_up),
                number_cell(arm.efficiency, 2),
                _quantity(arm.sent, BYTES),
                _quantity(arm.gathered, BYTES),
                _quantity(arm.memory, BYTES),
                _quantity(arm.memory_undivided, BYTES),
                count_cell(arm.n),
            )
            for arm in arms
        ),
        note="An epoch takes as long as its slowest rank. Bytes are the kernel's count of what all "
        "ranks sent over TCP, gloo's headers included: gradients, states or nothing while an epoch "
        "is trained; weights for the evaluation on rank 0, losses and control between epochs. "
        "Ranks on one machine share its memory bandwidth and cache.",
    )


def _speed_up(found: PairedEffect | None) -> Cell:
    if found is None or found.effect.point is None:
        return Cell(NO_NUMBER)
    effect = found.effect
    interval = "" if effect.low is None else f"[{effect.low:.2f}, {effect.high:.2f}]"
    return Cell(f"×{effect.point:.2f}", interval, value=effect.point)


def _quantity(value: float | None, units: Units) -> Cell:
    if value is None:
        return Cell(NO_NUMBER)
    return Cell("0" if value == 0 else quantity_text(value, units.fitting([value])), value=value)
