"""Numbers as text: as many digits as the interval's width supports, with units."""

import math

from reports.input import units
from reports.input.units import Unit
from reports.statistics.effect import PairedEffect
from reports.statistics.estimate import Estimate, Gap

MINUS = "\N{MINUS SIGN}"
NO_NUMBER = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"


PERCENT = units.PERCENT.shown[0]
POINTS = Unit("pp")
RATIO = Unit(TIMES)
MIB = units.BYTES.shown[1]


def decimals_for(estimate: Estimate, unit: Unit) -> int:
    """Decimals that leave two digits of the interval's width; three digits where it has none."""
    if _is_proper(estimate.low, estimate.high):
        assert estimate.low is not None
        assert estimate.high is not None
        return _decimals((estimate.high - estimate.low) / unit.size, digits=2)
    return _decimals(abs(estimate.point or 0.0) / unit.size, digits=3)


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """`value` with `decimals`, a true minus sign, and no negative zero; ∞ for what never came."""
    if math.isinf(value):
        return (MINUS if value < 0 else "") + "∞"
    text = f"{abs(value):,.{decimals}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    is_zero = float(f"{abs(value):.{decimals}f}") == 0
    sign = MINUS if value < 0 else "+" if signed else ""
    return text if is_zero else sign + text


def point_text(estimate: Estimate, unit: Unit, *, signed: bool = False) -> str:
    """Write the point of an estimate in `unit`, without the unit's symbol."""
    if estimate.point is None:
        return NO_NUMBER
    return number(estimate.point / unit.size, decimals_for(estimate, unit), signed=signed)


def interval_text(estimate: Estimate, unit: Unit, *, signed: bool = False) -> str:
    """`[low, high]` in `unit`, or why there is none."""
    if estimate.low is None or estimate.high is None:
        return "" if estimate.gap is Gap.NO_VALUES else f"no interval: {estimate.gap}"
    decimals = decimals_for(estimate, unit)
    low = number(estimate.low / unit.size, decimals, signed=signed)
    return f"[{low}, {number(estimate.high / unit.size, decimals, signed=signed)}]"


def effect_text(paired: PairedEffect, unit: str = POINTS.symbol) -> tuple[str, str]:
    """Write an effect and its interval as two texts; `unit` is that of a difference."""
    point = paired.effect.point
    if point is None:
        return NO_NUMBER, ""
    if paired.kind == "difference":
        text = f"{point_text(paired.effect, POINTS, signed=True)} {unit}".rstrip()
        return text, interval_text(paired.effect, POINTS, signed=True)
    interval = "deterministic" if paired.deterministic else interval_text(paired.effect, RATIO)
    if paired.censoring is not None and (point == 0 or math.isinf(point)):
        # No number: in the middle pair one side never arrives.
        alone = paired.effect.low == paired.effect.high
        arrives = "candidate" if point == 0 else "baseline"
        return f"only the {arrives} arrives", "" if alone else interval
    return TIMES + point_text(paired.effect, RATIO), interval


def p_text(p: float | None) -> str:
    """Write p as journals print it: `.012`, `.21`, `< .001`; never 0.000."""
    if p is None:
        return NO_NUMBER
    if p < 0.001:
        return "< .001"
    text = f"{p:.3f}" if p < 0.0995 else f"{p:.2f}"
    return "1.00" if p == 1 else "> .99" if text == "1.00" else text.removeprefix("0")


def p_phrase(p: float) -> str:
    """`p = .012` or `p < .001`."""
    text = p_text(p)
    return f"p {text}" if text[0] in "<>" else f"p = {text}"


def plain_text(value: float, unit: Unit) -> str:
    """Write a plain value in `unit` with three digits, without the unit's symbol."""
    scaled = value / unit.size
    return number(scaled, _decimals(abs(scaled), digits=3))


def quantity_text(value: float, unit: Unit) -> str:
    """Write a plain value with its unit and three digits: `0.412 s`, `98.2 %`."""
    text = plain_text(value, unit)
    return f"{text}\N{NO-BREAK SPACE}{unit.symbol}" if unit.symbol else text


def ratio_text(value: float) -> str:
    """Write a plain ratio with two or three digits."""
    return TIMES + number(value, _decimals(value, digits=3 if value >= 1 else 2))


def _is_proper(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low < high < math.inf


def _decimals(size: float, digits: int) -> int:
    if size <= 0 or not math.isfinite(size):
        return 1
    return min(6, max(0, digits - 1 - math.floor(math.log10(size))))
