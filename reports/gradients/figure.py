"""The norm of every block's gradient before training: a panel per method, a line per T."""

from collections import defaultdict
from collections.abc import Sequence

from reports.display.facet import facets
from reports.display.limits import MOST_INTERVALS, MOST_PANELS, PANELS_PER_ROW
from reports.display.palette import MARKERS
from reports.display.picture import Axis, Line, Panel, Picture, Plot
from reports.display.selection import Selection, spread
from reports.display.setting import arm_words, titled
from reports.display.words import confidence_words
from reports.gradients.estimates import BlockNorm, DepthSlope, Gradients
from reports.gradients.words import contrast_says
from reports.input.context import Context

LARGEST = 1000.0
"""Exponent of 2 beyond which a norm is no float."""


def norm_pictures(
    context: Context, gradients: Gradients, selection: Selection
) -> tuple[Picture, ...]:
    """One figure per data set, condition and batch size with a network of two blocks."""
    places: dict[tuple[object, ...], list[BlockNorm]] = defaultdict(list)
    for norm in gradients.norms:
        known = norm.norm.point is not None and abs(norm.norm.point) < LARGEST
        if known and norm.method in selection.methods:
            places[(*norm.setting.place, norm.setting.batch_size)].append(norm)
    pictures: list[Picture] = []
    most = max(1, MOST_PANELS // max(1, len(selection.methods)))
    for norms in list(places.values())[:most]:
        if max(norm.block for norm in norms) > 1:
            here = norms[0].setting
            slopes = [
                s for s in gradients.slopes
                if (s.setting.place, s.setting.batch_size) == (here.place, here.batch_size)
            ]  # fmt: skip
            pictures.append(_picture(len(pictures) + 1, norms, slopes, context, selection))
    return tuple(pictures)


def _picture(
    number: int,
    norms: Sequence[BlockNorm],
    slopes: Sequence[DepthSlope],
    context: Context,
    selection: Selection,
) -> Picture:
    where = norms[0].setting
    steps = spread(sorted({t for n in norms if (t := n.setting.timesteps)}), len(MARKERS))
    panels = [
        Panel(method, lines, facets(method=method))
        for method in selection.methods
        if (lines := _lines([n for n in norms if n.method == method], steps))
    ]
    deepest = max(norm.block for norm in norms)
    words = arm_words(where.batch_size, None)
    return Picture(
        slug=f"gradient-norms-{number}",
        title=titled(
            ", ".join(filter(None, ("Gradient norm by block, before training", words))),
            where.place,
            context,
        ),
        plot=Plot(
            tuple(
                tuple(panels[i : i + PANELS_PER_ROW]) for i in range(0, len(panels), PANELS_PER_ROW)
            ),
            Axis(
                "block, from the input on",
                log=True,
                ticks=tuple(2.0**i for i in range(deepest.bit_length())),
            ),
            Axis("gradient norm", log=True),
        ),
        how_to_read="Each panel is one method, each line one T; points are geometric means over "
        f"seeds with their {confidence_words(context)} interval. Both scales are logarithmic. A "
        "line that climbs from left to right says that the first blocks get weaker gradients than "
        f"the last ones; a level line, that all get alike.{selection.note}",
        what_it_says=contrast_says(slopes) or "T does not vary here.",
        facets=facets(dataset=where.dataset, batch_size=where.batch_size),
    )


def _lines(norms: Sequence[BlockNorm], steps: Sequence[int]) -> tuple[Line, ...]:
    by_t: dict[int | None, list[BlockNorm]] = defaultdict(list)
    for norm in norms:
        if norm.setting.timesteps is None or norm.setting.timesteps in steps:
            by_t[norm.setting.timesteps].append(norm)
    shown = sum(map(len, by_t.values())) <= MOST_INTERVALS
    lines = []
    for t, own in sorted(by_t.items(), key=lambda item: item[0] or 0):
        lines.append(
            Line(
                method=own[0].method,
                x=tuple(float(norm.block) for norm in own),
                y=tuple(_size(norm.norm.point) or 0.0 for norm in own),
                low=tuple(_size(norm.norm.low) if shown else None for norm in own),
                high=tuple(_size(norm.norm.high) if shown else None for norm in own),
                name="without T" if t is None else f"T = {t}",
                order=0 if t is None else list(steps).index(t),
            )
        )
    return tuple(lines)


def _size(exponent: float | None) -> float | None:
    return None if exponent is None or abs(exponent) > LARGEST else float(2**exponent)
