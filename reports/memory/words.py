"""What activations do as T grows, in one sentence."""

from collections.abc import Iterable
from dataclasses import replace

from reports.display.numbers import quantity_text, ratio_text
from reports.display.setting import setting_words
from reports.display.words import equation
from reports.input.context import Context
from reports.memory.estimates import MemoryParts, growths


def growth_says(parts: Iterable[MemoryParts], context: Context) -> str:
    """Say in whose activations T matters least and most; nothing where no method has two T."""
    found = sorted(growths(parts), key=lambda ends: ends[1].activations / ends[0].activations)

    def at(p: MemoryParts) -> str:
        held = quantity_text(p.activations, context.memory_unit)
        return f"{held} at {equation('T', p.setting.timesteps or 0)}"

    def change(ends: tuple[MemoryParts, MemoryParts]) -> str:
        first, last = ends
        return (
            f"{first.method} ({at(first)}, {at(last)}: "
            f"{ratio_text(last.activations / first.activations)}; "
            f"{setting_words(replace(first.setting, timesteps=None), context)})"
        )

    if not found:
        return ""
    if len(found) == 1:
        return f"Activations over T: {change(found[0])}."
    return f"Activations grow least with T in {change(found[0])} and most in {change(found[-1])}."
