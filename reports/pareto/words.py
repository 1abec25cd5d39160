"""What a front says, in one or two sentences."""

from reports.display.limits import MOST_MEMBERS
from reports.display.numbers import PERCENT, quantity_text
from reports.display.setting import at_words
from reports.input.context import Context
from reports.pareto.estimates import Front, Point, front_facts


def front_says(front: Front, context: Context) -> str:
    """Which settings are on the front, how steady that is, and who is nearly on it."""
    facts = front_facts(front)
    named = [_member(point, front, context) for point in facts.members[:MOST_MEMBERS]]
    more = len(facts.members) - len(named)
    rest = f" and {more} more" if more else ""
    verb = "is" if len(facts.members) == 1 else "are"
    says = (
        f"On the front, the cheapest first, {verb} {len(facts.members)} of {facts.compared} "
        f"settings: "
        f"{'; '.join(named)}{rest}."
    )
    if facts.rival is not None and facts.rival.share is not None:
        says += (
            f" Off it, but on it in {100 * facts.rival.share:.0f} % of resamples of the seeds: "
            f"{facts.rival.method}{at_words(facts.rival.setting, context)}."
        )
    return says


def _member(point: Point, front: Front, context: Context) -> str:
    assert point.accuracy is not None
    assert point.cost is not None
    unit = context.unit(front.cost)
    share = "" if point.share is None else f", in {100 * point.share:.0f} % of resamples"
    return (
        f"{point.method}{at_words(point.setting, context)} "
        f"({quantity_text(point.accuracy, PERCENT)}, {quantity_text(point.cost, unit)}{share})"
    )
