"""What memory is spent on over T: parts stacked, one panel per method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reports.display.picture import (
    Axis,
    Panel,
    Picture,
    Plot,
    Stack,
)
from reports.display.selection import MOST_PANELS, select
from reports.memory.estimates import PARTS, MemoryParts
from reports.memory.table import MIB, growth_says, setting_namer
from reports.page.analysis import Analysis

PANELS_PER_ROW = 4


def memory_pictures(analysis: Analysis) -> tuple[Picture, ...]:
    """One figure per data set, condition and batch size, where a method has two values of T."""
    selection = select(analysis)
    places: dict[tuple[object, ...], list[MemoryParts]] = defaultdict(list)
    for part in analysis.memory:
        if (
            part.setting.timesteps is not None
            and part.method in selection.methods
            and part.setting.batch_size in selection.batch_sizes
        ):
            places[(*part.setting.place, part.setting.batch_size)].append(part)
    name = setting_namer(analysis.memory)
    pictures: list[Picture] = []
    most = max(1, MOST_PANELS // max(1, len(selection.methods)))
    for parts in list(places.values())[:most]:
        says = growth_says(parts)
        if not says:
            continue
        methods = [m for m in selection.methods if any(p.method == m for p in parts)]
        panels = [_panel(method, parts) for method in methods]
        pictures.append(
            Picture(
                slug=f"memory-parts-{len(pictures) + 1}",
                title=f"Memory in parts over T: {name(parts[0].setting)}",
                plot=Plot(
                    tuple(
                        tuple(panels[i : i + PANELS_PER_ROW])
                        for i in range(0, len(panels), PANELS_PER_ROW)
                    ),
                    Axis("timesteps T"),
                    Axis(f"memory ({MIB.symbol})", from_zero=True),
                ),
                how_to_read="Each bar is one T; its pieces are means over seeds. Activations are "
                "the most that one step holds beyond what it began with: what the backward pass "
                "needs, the batch, and room for an operation. The other pieces are kept between "
                f"steps.{selection.note}",
                what_it_says=says,
            )
        )
    return tuple(pictures)


def _panel(method: str, parts: Sequence[MemoryParts]) -> Panel:
    bars = [p for p in parts if p.method == method]
    return Panel(
        method,
        tuple(
            Stack(
                piece=words,
                order=i,
                places=tuple(str(p.setting.timesteps) for p in bars),
                heights=tuple(p.bytes[part] / MIB.size for p in bars),
            )
            for i, (part, words) in enumerate(PARTS.items())
        ),
    )
