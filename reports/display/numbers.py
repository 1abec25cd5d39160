"""Numbers as text: as many digits as the interval's width supports, with units."""

import math

from reports.input import units
from reports.input.units import Unit
from reports.statistics.effect import PairedEffect
from reports.statistics.estimate import Estimate, Gap

MINUS = "\N{MINUS SIGN}"
NO_NUMBER = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
FINEST = 6


PERCENT = units.PERCENT.shown[0]
POINTS = Unit("pp")
NO_UNIT = Unit("")
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


def interval_text(
    estimate: Estimate, unit: Unit, *, signed: bool = False, decimals: int | None = None
) -> str:
    """`[low, high]` in `unit`, or why there is none."""
    if estimate.low is None or estimate.high is None:
        return "" if estimate.gap is Gap.NO_VALUES else f"no interval: {estimate.gap}"
    decimals = decimals_for(estimate, unit) if decimals is None else decimals
    low = number(estimate.low / unit.size, decimals, signed=signed)
    return f"[{low}, {number(estimate.high / unit.size, decimals, signed=signed)}]"


def effect_text(paired: PairedEffect, unit: str = POINTS.symbol) -> tuple[str, str]:
    """Write an effect and its interval as two texts; `unit` is that of a difference."""
    point = paired.effect.point
    if point is None:
        return NO_NUMBER, ""
    decimals = _effect_decimals(paired, point)
    if paired.kind == "difference":
        text = f"{number(point, decimals, signed=True)} {unit}".rstrip()
        return text, interval_text(paired.effect, POINTS, signed=True, decimals=decimals)
    interval = (
        "deterministic"
        if paired.deterministic
        else interval_text(paired.effect, RATIO, decimals=decimals)
    )
    if paired.censoring is not None and (point == 0 or math.isinf(point)):
        # No number: in the middle pair one side never arrives.
        alone = paired.effect.low == paired.effect.high
        arrives = "candidate" if point == 0 else "baseline"
        return f"only the {arrives} arrives", "" if alone else interval
    return TIMES + number(point, decimals), interval


def change_text(estimate: Estimate) -> tuple[str, str]:
    """Write a difference or a slope, and its interval, with two digits as an effect is written."""
    if estimate.point is None:
        return NO_NUMBER, interval_text(estimate, NO_UNIT)
    decimals = _difference_decimals(estimate, estimate.point)
    return (
        number(estimate.point, decimals, signed=True),
        interval_text(estimate, NO_UNIT, signed=True, decimals=decimals),
    )


def _effect_decimals(paired: PairedEffect, point: float) -> int:
    """Decimals that leave two significant digits of an effect, in its interval too."""
    if paired.kind == "difference":
        return _difference_decimals(paired.effect, point, exact=paired.deterministic)
    return _telling(_ratio_decimals(point), paired.effect, paired.null, exact=paired.deterministic)


def _difference_decimals(estimate: Estimate, point: float, *, exact: bool = False) -> int:
    decimals = min(_decimals(abs(point), digits=2), decimals_for(estimate, NO_UNIT))
    return _telling(decimals, estimate, 0.0, exact=exact)


def _telling(decimals: int, estimate: Estimate, null: float, *, exact: bool) -> int:
    """Add decimals where an end that lies on one side of no effect would read as none."""
    ends = [estimate.low, estimate.high, *([estimate.point] if exact else [])]
    known = [e for e in ends if e is not None and math.isfinite(e) and e != null]
    apart = not (min(known, default=null) <= null <= max(known, default=null))
    while apart and decimals < FINEST and any(round(e, decimals) == null for e in known):
        decimals += 1
    return decimals


def _ratio_decimals(ratio: float) -> int:
    """Decimals that leave two digits of a ratio: ×12, ×2.3, ×0.12; near 1 two of its change."""
    if not math.isfinite(ratio):
        return 0
    return 2 if 0.1 <= ratio < 2 else _decimals(ratio, digits=2)


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
    """Write a plain ratio as an effect is written, with two digits."""
    return TIMES + number(value, _ratio_decimals(value))


def _is_proper(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low < high < math.inf


def _decimals(size: float, digits: int) -> int:
    if size <= 0 or not math.isfinite(size):
        return 1
    return min(FINEST, max(0, digits - 1 - math.floor(math.log10(size))))


def factor_text(estimate: Estimate) -> tuple[str, str]:
    """Write 2 to the power of an estimate and its ends as factors, in three digits each."""
    if estimate.point is None:
        return NO_NUMBER, ""
    low, high = estimate.low, estimate.high
    text = _power(estimate.point)
    if low is None or high is None:
        return text, f"no interval: {estimate.gap}" if estimate.gap else ""
    return text, f"[{_power(low)}, {_power(high)}]"


def _power(exponent: float) -> str:
    # A ratio of two floats in double precision can exceed what a float holds.
    return f"2^{exponent:.0f}" if abs(exponent) > 1000 else f"{2**exponent:.3g}"
