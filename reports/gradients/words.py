"""What becomes of gradients, and of accuracy, as T grows."""

from collections.abc import Sequence

from reports.display.numbers import change_text, factor_text
from reports.gradients.estimates import DepthSlope
from reports.statistics.trends import Slope

OPEN = "cannot be told"


def direction(slope: Slope | None, falls: str, rises: str) -> str:
    """Say which way the interval lies, or that it holds no change."""
    if slope is None or slope.estimate.low is None or slope.estimate.high is None:
        return OPEN
    if slope.estimate.high < 0:
        return falls
    return rises if slope.estimate.low > 0 else OPEN


def slopes_say(slopes: Sequence[DepthSlope]) -> tuple[str, ...]:
    """One sentence per method and setting: the ratio per doubling of T, and accuracy beside it."""
    return tuple(filter(None, (_sentence(each) for each in slopes)))


def _sentence(each: DepthSlope) -> str:
    if each.start is None:
        return ""
    factor, interval = factor_text(each.start.estimate)
    what = direction(each.start, "shrinks", "grows")
    moves = f"{what}: times" if what != OPEN else "is multiplied by"
    text = (
        f"{each.method}{_held(each)}: with each doubling of T the first block's gradient, against "
        f"the last block's, {moves} {factor} {interval}".rstrip()
    )
    if what == OPEN:
        text += ", which leaves open whether it shrinks or grows"
    if each.accuracy is None:
        return f"{text}. How accuracy changes is not known here."
    change, interval = change_text(each.accuracy.estimate)
    accuracy = direction(each.accuracy, "falls", "rises")
    return (
        f"{text}. Whether accuracy falls or rises {OPEN}"
        if accuracy == OPEN
        else f"{text}. Accuracy {accuracy}"
    ) + (f" ({change} points per doubling {interval}".rstrip() + ").")


def _held(each: DepthSlope) -> str:
    batch = each.setting.batch_size
    return "" if batch is None else f" (batch size {batch})"


def contrast_says(slopes: Sequence[DepthSlope]) -> str:
    """Answer whether accuracy falls with depth for one method and not for the other."""
    if not slopes:
        return ""
    found = {
        way: dict.fromkeys(
            f"{s.method}{_held(s)}"
            for s in slopes
            if direction(s.accuracy, "falls with", "rises with") == way
        )
        for way in ("falls with", "rises with", OPEN)
    }
    said = [
        f"{'is left open for' if way == OPEN else f'{way} T for'} {', '.join(names)}"
        for way, names in found.items()
        if names
    ]
    return f"Accuracy {'; '.join(said)}."
