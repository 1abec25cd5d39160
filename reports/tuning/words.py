"""How the options were chosen, in sentences."""

from collections.abc import Sequence

from reports.display.numbers import PERCENT, quantity_text
from reports.display.words import counted, join
from reports.input.tuning import Tuning
from reports.tuning.estimates import TuningGain


def tuning_says(tuning: Tuning) -> str:
    """Say what was done, on what, and what chose."""
    trials = sorted({len(each.scores) for each in tuning.methods})
    each = f"{trials[0]} trials of each method" if len(trials) == 1 else "trials"
    seeds = f"seed {tuning.seeds[0]}" if len(tuning.seeds) == 1 else f"seeds {_listed(tuning)}"
    return (
        f"Options come from {each} of the study {tuning.study}, on {seeds}, which are in no "
        f"comparison here, at {tuning.settings}, sampled by {tuning.sampler}. The highest mean "
        "validation accuracy was chosen; the test set was not looked at."
    )


def curves_say(gains: Sequence[TuningGain]) -> str:
    """Say where the curves end, and when the last of them rose."""
    ends = [(g.best[-1], g.tuned.method, g.tuned.chosen) for g in gains if g.best[-1] is not None]
    if not ends:
        return "No trial has finished."
    late = [method for best, method, chosen in ends if chosen >= 0.8 * len(gains[0].best)]
    lowest, highest = min(ends), max(ends)
    said = (
        f"The best trials lie between {quantity_text(lowest[0] or 0.0, PERCENT)} "
        f"({lowest[1]}) and {quantity_text(highest[0] or 0.0, PERCENT)} ({highest[1]})."
        if len(ends) > 1
        else f"The best trial reaches {quantity_text(highest[0] or 0.0, PERCENT)}."
    )
    more = f" {join(late)} gained in the last fifth: more trials might gain more." if late else ""
    return said + more


def _listed(tuning: Tuning) -> str:
    seeds = [str(seed) for seed in tuning.seeds]
    if len(seeds) > 6:
        return f"{seeds[0]} to {seeds[-1]} ({counted(len(seeds), 'seed')})"
    return join(seeds)
