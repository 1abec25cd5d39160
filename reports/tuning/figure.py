"""The best trial so far, over trials: where a curve still rises, more trials may gain more."""

from collections.abc import Sequence

from reports.display.limits import FEW_TRIALS
from reports.display.picture import Axis, Line, Panel, Picture, Plot
from reports.input.context import Context
from reports.tuning.estimates import TuningGain
from reports.tuning.words import curves_say


def best_picture(context: Context, gains: Sequence[TuningGain]) -> Picture | None:
    """Draw a stepped line per method, or return `None` where no trial of any finished."""
    lines = tuple(
        line for gain in gains if gain.tuned.method in context.methods and (line := _line(gain))
    )
    if not lines:
        return None
    return Picture(
        slug="tuning",
        title="Best validation accuracy so far, by trial",
        plot=Plot(
            ((Panel("", lines),),),
            Axis("trial", ticks=_ticks(gains)),
            Axis("validation accuracy (%)"),
        ),
        how_to_read="Each line is a method: after every trial the highest mean validation accuracy "
        "that it had reached by then, on the tuning's seeds. The first trial has the options from "
        "before. A line that rises to the end asks for more trials.",
        what_it_says=curves_say(gains),
    )


def _ticks(gains: Sequence[TuningGain]) -> tuple[float, ...]:
    """Return every trial where they are few: there is none between two."""
    most = max(len(gain.best) for gain in gains)
    return tuple(float(n) for n in range(1, most + 1)) if most <= FEW_TRIALS else ()


def _line(gain: TuningGain) -> Line | None:
    points = [(float(n), best) for n, best in enumerate(gain.best, start=1) if best is not None]
    if not points:
        return None
    x, y = zip(*points, strict=True)
    none = (None,) * len(points)
    return Line(gain.tuned.method, x, y, none, none, stepped=True)
