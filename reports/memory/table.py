"""Memory in parts on the page: a table, and what activations do as T grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reports.display.numbers import Unit, quantity_text, ratio_text
from reports.display.table import (
    METHOD,
    SEEDS,
    Column,
    Table,
    count_cell,
    method_cell,
    number_cell,
)
from reports.display.words import condition_words, equation
from reports.input.pairing import Setting
from reports.memory.estimates import (
    PARTS,
    Growth,
    MemoryParts,
    growths,
)
from reports.page.analysis import Analysis
from reports.settings.table import setting_cells, setting_columns

MIB = Unit("MiB", 2.0**20)


def growth_says(parts: Iterable[MemoryParts]) -> str:
    """Say in whose activations T matters least and most; nothing where no method has two T."""
    parts = tuple(parts)
    name = setting_namer(parts)
    found = sorted(growths(parts), key=lambda g: g.last / g.first)

    def change(g: Growth) -> str:
        return (
            f"{g.method} ({quantity_text(g.first, MIB)} at {equation('T', g.first_t)}, "
            f"{quantity_text(g.last, MIB)} at {equation('T', g.last_t)}: "
            f"{ratio_text(g.last / g.first)}; {name(g.setting)})"
        )

    if not found:
        return ""
    if len(found) == 1:
        return f"Activations over T: {change(found[0])}."
    return f"Activations grow least with T in {change(found[0])} and most in {change(found[-1])}."


def memory_parts_table(analysis: Analysis) -> Table | None:
    """Every part of every method and setting, or `None` where none was measured."""
    if not analysis.memory:
        return None
    return Table(
        caption="What memory holds while training, mean over seeds",
        columns=(
            *setting_columns(analysis),
            METHOD,
            *(Column(words.capitalize(), MIB.symbol) for words in PARTS.values()),
            SEEDS,
        ),
        rows=tuple(
            (
                *setting_cells(p.setting, analysis),
                method_cell(p.method),
                *(number_cell(p.bytes[part] / MIB.size, 2) for part in PARTS),
                count_cell(p.n),
            )
            for p in analysis.memory
        ),
        note="Peak memory is at most the sum of a row: not all of it is held at the same moment.",
    )


def setting_namer(parts: Sequence[MemoryParts]) -> Callable[[Setting], str]:
    """Return what names a setting without its T; the condition only where there are several."""
    conditions = {p.setting.condition for p in parts}

    def name(setting: Setting) -> str:
        words = [setting.dataset, f"batch size {setting.batch_size}"]
        if len(conditions) > 1:
            words.append(condition_words(setting))
        return ", ".join(words)

    return name
