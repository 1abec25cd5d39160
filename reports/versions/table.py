"""Releases of torch on the page: a row per comparison, and one sentence on what changed."""

from collections.abc import Sequence

from reports.display.numbers import (
    effect_text,
    interval_text,
    point_text,
)
from reports.display.setting import arm_words
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    PAIRS,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    p_cell,
    timesteps_cell,
)
from reports.input.context import Context
from reports.versions.estimates import Change


def versions_table(context: Context, changes: Sequence[Change]) -> Table | None:
    """Every change, or `None` where there was one release only."""
    if not changes:
        return None
    return Table(
        caption="The oldest release of torch against the newer ones, paired by seed",
        columns=(
            *(() if context.one_dataset else (DATASET,)),
            METHOD,
            BATCH_SIZE,
            TIMESTEPS,
            Column("Metric", numeric=False),
            Column("torch", "from, to", numeric=False),
            Column("Before", "with unit"),
            Column("After", "with unit"),
            Column("Change", "pp or ratio"),
            Column("p", "Holm-adjusted"),
            Column("Changed", numeric=False),
            PAIRS,
        ),
        rows=tuple(
            (
                *(() if context.one_dataset else (Cell(c.setting.dataset),)),
                method_cell(c.method),
                count_cell(c.setting.batch_size),
                timesteps_cell(c.setting.timesteps),
                Cell(c.metric.name),
                Cell(c.old, c.new),
                *(
                    Cell(
                        f"{point_text(estimate, context.unit(c.metric))} "
                        f"{context.unit(c.metric).symbol}",
                        interval_text(estimate, context.unit(c.metric)),
                        value=estimate.point,
                    )
                    for estimate in (c.before, c.after)
                ),
                Cell(*effect_text(c.paired, c.metric.step), value=c.paired.effect.point),
                p_cell(c.p),
                Cell("yes" if c.is_significant(context.plan.alpha) else "not shown"),
                count_cell(c.paired.effect.n),
            )
            for c in changes
        ),
        note="Change is after minus before in percentage points, or after divided by before.",
    )


def versions_say(changes: Sequence[Change], alpha: float) -> str:
    """Say what changed, in one sentence per method and metric."""
    found = [c for c in changes if c.is_significant(alpha)]
    if not found:
        return (
            f"None of {len(changes)} comparisons shows a change between releases beyond chance; "
            "that does not show that there is none."
        )
    named = "; ".join(
        f"{c.metric.name.lower()} of {c.method} "
        f"({arm_words(c.setting.batch_size, c.setting.timesteps)}) from torch {c.old} to {c.new} "
        f"({effect_text(c.paired, c.metric.step)[0]})"
        for c in found
    )
    return f"{len(found)} of {len(changes)} comparisons show a change: {named}."
