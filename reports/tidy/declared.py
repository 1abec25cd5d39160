"""A metric in one line: `loss:lower:ratio:5%`, or `seconds:lower:ratio:5%:s`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.display.words import join
from reports.input.validation import FrameError

FORM = "COLUMN:higher|lower[:ratio|difference[:MARGIN[:UNIT]]]"
EXAMPLE = "loss:lower:ratio:5%"


@dataclass(frozen=True, slots=True)
class Declared:
    """What was said of a metric; `None` and empty are left to the guess.

    `margin` is in percent for a ratio, in the metric's unit for a difference.
    """

    column: str
    higher_is_better: bool
    is_difference: bool | None = None
    margin: float | None = None
    unit: str = ""


def read_declared(text: str, columns: Sequence[str]) -> Declared:
    """Read `COLUMN:DIRECTION[:COMPARISON[:MARGIN[:UNIT]]]`; raises `FrameError` with what fits."""
    found = [c for c in columns if text.startswith(f"{c}:")]
    if not found:
        name = text.partition(":")[0]
        if name in columns:
            raise FrameError(f"metric '{text}' lacks a direction: {FORM}, such as {EXAMPLE}")
        raise FrameError(
            f"metric '{text}': there is no column '{name}'; columns are {join(list(columns))}"
        )
    column = max(found, key=len)
    direction, *rest = text[len(column) + 1 :].split(":")
    if direction not in ("higher", "lower"):
        raise FrameError(f"metric '{text}': '{direction}' is neither higher nor lower ({FORM})")
    comparison, margin, unit, *more = [*rest, "", "", ""][: max(3, len(rest))]
    if more:
        raise FrameError(f"metric '{text}' has too many parts: {FORM}, such as {EXAMPLE}")
    if comparison not in ("", "ratio", "difference"):
        raise FrameError(f"metric '{text}': '{comparison}' is neither ratio nor difference")
    is_difference = None if not comparison else comparison == "difference"
    return Declared(
        column=column,
        higher_is_better=direction == "higher",
        is_difference=is_difference,
        margin=_margin(text, margin, is_difference) if margin else None,
        unit=unit,
    )


def _margin(text: str, margin: str, is_difference: bool | None) -> float:
    is_percent = margin.endswith("%")
    if is_percent is bool(is_difference):
        fits = "a number in the metric's unit, such as 0.5" if is_difference else "such as 5%"
        raise FrameError(f"metric '{text}': '{margin}' is no margin of this comparison, {fits}")
    try:
        size = float(margin.removesuffix("%"))
    except ValueError:
        size = math.nan
    if not 0 < size < math.inf:
        raise FrameError(f"metric '{text}': margin '{margin}' is no number above 0")
    return size
