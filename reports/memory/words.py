"""What activations do as T grows, in one sentence."""

from collections.abc import Iterable
from dataclasses import replace

from reports.display.numbers import MIB, quantity_text, ratio_text
from reports.display.setting import setting_words
from reports.display.words import equation
from reports.input.context import Context
from reports.memory.estimates import Growth, MemoryParts, growths


def growth_says(parts: Iterable[MemoryParts], context: Context) -> str:
    """Say in whose activations T matters least and most; nothing where no method has two T."""
    found = sorted(growths(parts), key=lambda g: g.last / g.first)

    def change(g: Growth) -> str:
        return (
            f"{g.method} ({quantity_text(g.first, MIB)} at {equation('T', g.first_t)}, "
            f"{quantity_text(g.last, MIB)} at {equation('T', g.last_t)}: "
            f"{ratio_text(g.last / g.first)}; "
            f"{setting_words(replace(g.setting, timesteps=None), context)})"
        )

    if not found:
        return ""
    if len(found) == 1:
        return f"Activations over T: {change(found[0])}."
    return f"Activations grow least with T in {change(found[0])} and most in {change(found[-1])}."
