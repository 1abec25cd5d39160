"""Memory in parts on the page: a table, a picture over T, and what activations do as T grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from reports.figures import Picture, draw, missing_packages, panels
from reports.memory_parts import PARTS, MemoryParts, growths
from reports.numbers import NO_NUMBER, Unit, quantity_text, ratio_text
from reports.pairing import Setting
from reports.palette import styles
from reports.sentences import condition_words
from reports.tables import Cell, Column, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#999999", "#E69F00", "#56B4E9", "#CC79A7", "#D55E00")
MIB = Unit("MiB", 2.0**20)

HOW_TO_READ = (
    "Each bar is one T; its pieces are means over seeds. Activations are the most that one step "
    "holds beyond what it began with: what the backward pass needs, the batch, and room for an "
    "operation. The other pieces are kept between steps."
)


def growth_sentences(parts: Iterable[MemoryParts]) -> tuple[str, ...]:
    """Say for every method what its activations do as T grows."""
    parts = tuple(parts)
    places = _places(parts)
    return tuple(
        f"{g.method}, {places(g.setting)}: activations go from "
        f"{quantity_text(g.first, MIB)} at T = {g.first_t} to {quantity_text(g.last, MIB)} at "
        f"T = {g.last_t}, {ratio_text(g.last / g.first)}."
        for g in growths(parts)
    )


def memory_parts_table(parts: Sequence[MemoryParts]) -> Table | None:
    """Every part of every method and setting, or `None` where none was measured."""
    if not parts:
        return None
    several = len({p.setting.condition for p in parts}) > 1
    return Table(
        caption="What memory holds while training, mean over seeds",
        columns=(
            Column("Data set", numeric=False),
            *([Column("Condition", numeric=False)] if several else []),
            Column("Batch size"),
            Column("T"),
            Column("Method", numeric=False),
            *(Column(words.capitalize(), MIB.symbol) for words in PARTS.values()),
            Column("Seeds", "n"),
        ),
        rows=tuple(
            (
                Cell(p.setting.dataset),
                *([Cell(condition_words(p.setting))] if several else []),
                Cell(str(p.setting.batch_size)),
                Cell(NO_NUMBER if p.setting.timesteps is None else str(p.setting.timesteps)),
                Cell(p.method, method=p.method),
                *(Cell(f"{p.bytes[part] / MIB.size:.2f}") for part in PARTS),
                Cell(str(p.n)),
            )
            for p in parts
        ),
        note="Peak memory is at most the sum of a row: not all of it is held at the same moment.",
    )


def draw_memory_parts(parts: Sequence[MemoryParts], methods: Sequence[str]) -> tuple[Picture, ...]:
    """Draw the parts over T, one panel per method; nothing where no method has two values of T."""
    if missing_packages():
        return ()
    pictures = []
    places: dict[tuple[object, ...], list[MemoryParts]] = defaultdict(list)
    named = _places(parts)
    for part in parts:
        if part.setting.timesteps is not None:
            s = part.setting
            places[s.dataset, s.condition, s.batch_size].append(part)
    for i, here in enumerate(places.values(), start=1):
        says = " ".join(growth_sentences(here))
        if not says:
            continue
        slug = f"memory-parts-{i}"
        title = f"Memory in parts over T: {named(here[0].setting)}"
        paint = partial(_paint, parts=here, order=list(styles(methods)))
        svg = draw(slug, title, f"{HOW_TO_READ} {says}", paint)
        pictures.append(Picture(slug, title, svg, HOW_TO_READ, says))
    return tuple(pictures)


def _places(parts: Sequence[MemoryParts]) -> Callable[[Setting], str]:
    """Return what names a setting without its T; the condition only where there are several."""
    conditions = {p.setting.condition for p in parts}

    def name(setting: Setting) -> str:
        words = [setting.dataset, f"batch size {setting.batch_size}"]
        if len(conditions) > 1:
            words.append(condition_words(setting))
        return ", ".join(words)

    return name


def _paint(figure: Figure, parts: Sequence[MemoryParts], order: Sequence[str]) -> None:
    methods = [method for method in order if any(p.method == method for p in parts)]
    axes = panels(figure, 1, len(methods), sharex="all")[0]
    for axis, method in zip(axes, methods, strict=True):
        bars = [p for p in parts if p.method == method]
        names = [str(p.setting.timesteps) for p in bars]
        below = [0.0] * len(bars)
        for (part, words), colour in zip(PARTS.items(), COLOURS, strict=True):
            heights = [p.bytes[part] / MIB.size for p in bars]
            axis.bar(names, heights, bottom=below, color=colour, label=words, width=0.7)
            below = [low + height for low, height in zip(below, heights, strict=True)]
        axis.set_title(method, fontsize=10)
        axis.set(xlabel="timesteps T", ylabel="MiB" if axis is axes[0] else "")
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False
    )
