"""What a figure is drawn for: a screen, where it scales with the page, or a page of a paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Medium:
    """Sizes of a figure, in inches and points.

    `panel` is the width and height between the axes of one panel, narrower where `widest_row` has
    no room for many side by side; `single` is the width of a panel that is alone. `left`, `right`,
    `bottom` and `top` lie around all panels, for labels, ticks and the titles of the first row;
    `gap_x` and `gap_y` between them. `slanted` is more room below for names of methods instead of
    numbers.
    """

    panel: tuple[float, float]
    widest_row: float
    single: float
    left: float
    right: float
    bottom: float
    top: float
    gap_x: float
    gap_y: float
    slanted: float
    legend_row: float
    legend_columns: int
    legend_alone: int
    """Columns of the legend above a single panel."""
    points: float
    """Size of text; labels of axes and ticks are a little smaller."""


PAGE = Medium(
    panel=(3.4, 2.1),
    widest_row=8.4,
    single=6.8,
    left=0.75,
    right=0.2,
    bottom=0.5,
    top=0.35,
    gap_x=0.25,
    gap_y=0.45,
    slanted=0.45,
    legend_row=0.24,
    legend_columns=5,
    legend_alone=5,
    points=9.5,
)

PAPER = Medium(
    panel=(2.3, 1.5),
    widest_row=6.1,
    single=2.7,
    left=0.58,
    right=0.1,
    bottom=0.42,
    top=0.27,
    gap_x=0.2,
    gap_y=0.36,
    slanted=0.38,
    legend_row=0.17,
    legend_columns=5,
    legend_alone=3,
    points=7.5,
)
"""One panel fills a column of two (3.4 inches), several the width of the text (6.9 inches at most):
at these sizes text is as large as that of a caption and needs no scaling."""
