"""How the options of a tuned result were chosen, and what each method gained by that."""

from collections.abc import Iterator

from bench.publish.result import Result
from bench.tuned_methods import tuning_of
from reports.display.numbers import PERCENT, quantity_text
from reports.display.words import counted, join
from reports.tuning.estimates import TuningGain, tuning_gains
from reports.tuning.words import curves_say, tuning_says
from reports.warnings.tuning import UnequalTuning

FLATTERS = (
    "These gains flatter, for each is the best of several noisy scores less one of them, and no "
    "test set has confirmed it."
)


def tuning_lines(result: Result) -> list[str]:
    """Return paragraphs on the tuning, the unfair first; [] for a study that was not tuned."""
    tuning = tuning_of(result.study)
    if tuning is None:
        return []
    gains = tuning_gains(tuning, (), (), result.plan.confidence)
    return [*unfair_words(result), f"{tuning_says(tuning)} {_gained(gains)} {curves_say(gains)}"]


def tuned_words(result: Result) -> str:
    """Say in a few words whether options were tuned: `options tuned alike, 10 trials a method`."""
    if result.study.tuned is None:
        return "options as the study gives them"
    first, *others = {count for _, count in _trials(result)}
    if others:
        return "options not tuned alike"
    return f"options tuned alike, {counted(first, 'trial')} a method"


def _trials(result: Result) -> tuple[tuple[str, int], ...]:
    tuned = result.study.tuned
    known = {name: len(each.scores) for name, each in tuned.method.items()} if tuned else {}
    ran = {record.cell.method for record in result.records}
    return tuple((name, known.get(name, 0)) for name in result.study.methods if name in ran)


def unfair_words(result: Result) -> Iterator[str]:
    """Yield a sentence if methods were not tuned alike."""
    trials = _trials(result)
    if len({count for _, count in trials}) > 1:
        yield UnequalTuning(trials).sentence()


def _gained(gains: tuple[TuningGain, ...]) -> str:
    better = [
        f"{each.tuned.method} ({_score(each, 0)} to {_score(each, each.tuned.chosen)})"
        for each in gains
        if each.gain
    ]
    kept = [each.tuned.method for each in gains if each.gain == 0]
    said = []
    if better:
        said.append(f"Validation accuracy rose there of {join(better)}. {FLATTERS}")
    if kept:
        said.append(f"No trial was better than the options from before of {join(kept)}.")
    return " ".join(said)


def _score(gain: TuningGain, trial: int) -> str:
    return quantity_text(gain.tuned.scores[trial] or 0.0, PERCENT)
