"""What memory is spent on over T: parts stacked, one panel per method."""

from collections import defaultdict
from collections.abc import Sequence

from reports.display.facet import facets
from reports.display.limits import MOST_PANELS, PANELS_PER_ROW
from reports.display.picture import (
    Axis,
    Panel,
    Picture,
    Plot,
    Stack,
)
from reports.display.selection import Selection
from reports.display.setting import arm_words, titled
from reports.input.context import Context
from reports.input.units import Unit
from reports.memory.estimates import PARTS, MemoryParts
from reports.memory.words import growth_says


def memory_pictures(
    context: Context, memory: Sequence[MemoryParts], selection: Selection
) -> tuple[Picture, ...]:
    """One figure per data set, condition and batch size, where a method has two values of T."""
    places: dict[tuple[object, ...], list[MemoryParts]] = defaultdict(list)
    for part in memory:
        if (
            part.setting.timesteps is not None
            and part.method in selection.methods
            and part.setting.batch_size in selection.batch_sizes
        ):
            places[(*part.setting.place, part.setting.batch_size)].append(part)
    pictures: list[Picture] = []
    most = max(1, MOST_PANELS // max(1, len(selection.methods)))
    for parts in list(places.values())[:most]:
        where, says = parts[0].setting, growth_says(parts, context)
        if not says:
            continue
        methods = [m for m in selection.methods if any(p.method == m for p in parts)]
        panels = [_panel(method, parts, context.memory_unit) for method in methods]
        pictures.append(
            Picture(
                slug=f"memory-parts-{len(pictures) + 1}",
                title=titled(
                    ", ".join(
                        filter(None, ("Memory in parts over T", arm_words(where.batch_size, None)))
                    ),
                    where.place,
                    context,
                ),
                plot=Plot(
                    tuple(
                        tuple(panels[i : i + PANELS_PER_ROW])
                        for i in range(0, len(panels), PANELS_PER_ROW)
                    ),
                    Axis("timesteps T"),
                    Axis(f"memory ({context.memory_unit.symbol})", from_zero=True),
                ),
                how_to_read="Each bar is one T; its pieces are means over seeds. Activations are "
                "the most that one step holds beyond what it began with: what the backward pass "
                "needs, the batch, and room for an operation. The other pieces are kept between "
                f"steps.{selection.note}",
                what_it_says=says,
                facets=facets(dataset=where.dataset, batch_size=where.batch_size),
            )
        )
    return tuple(pictures)


def _panel(method: str, parts: Sequence[MemoryParts], unit: Unit) -> Panel:
    bars = [p for p in parts if p.method == method]
    return Panel(
        method,
        tuple(
            Stack(
                piece=words,
                order=i,
                places=tuple(str(p.setting.timesteps) for p in bars),
                heights=tuple(p.bytes[part] / unit.size for p in bars),
            )
            for i, (part, words) in enumerate(PARTS.items())
        ),
        facets(method=method),
    )
