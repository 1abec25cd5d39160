"""How often a part of a method did better than the whole."""

from collections.abc import Sequence

from reports.controls.estimates import ControlGain


def controls_say(controls: Sequence[ControlGain]) -> str:
    """Say in one sentence how often a part of a method did better than the method."""
    rows = [row.gain for row in controls]
    better = sum(gain.low is not None and gain.low > 0 for gain in rows)
    worse = sum(gain.high is not None and gain.high < 0 for gain in rows)
    return (
        f"In {better} of {len(rows)} rows the interval says that the whole method does better than "
        f"the part, in {worse} that the part does better, and in {len(rows) - better - worse} it "
        "leaves that open."
    )
