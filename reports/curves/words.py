"""What learning curves say, in one sentence."""

from collections.abc import Sequence

from reports.curves.estimates import CurveGroup
from reports.display.numbers import PERCENT, quantity_text
from reports.display.setting import setting_words
from reports.input.context import Context


def curves_say(groups: Sequence[CurveGroup], context: Context) -> str:
    """Where the highest and the lowest mean learning curve end."""
    ends = sorted(groups, key=lambda group: group.mean.accuracy[-1])

    def end(group: CurveGroup) -> str:
        seconds = group.mean.seconds[-1]
        return (
            f"{quantity_text(group.mean.accuracy[-1], PERCENT)} by {group.method} "
            f"({setting_words(group.setting, context)}, after "
            f"{quantity_text(seconds, context.time_unit)} of training)"
        )

    if len(ends) == 1:
        return f"The mean curve ends at {end(ends[0])}."
    return f"Mean curves end between {end(ends[0])} and {end(ends[-1])}."
