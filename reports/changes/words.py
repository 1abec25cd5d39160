"""What changed between two sets of results, in sentences."""

from reports.changes.estimates import Changes
from reports.comparisons.estimates import Comparison
from reports.comparisons.words import comparison_sentences, margin_words
from reports.display.numbers import effect_text, p_phrase
from reports.display.setting import arm_words
from reports.display.words import equation
from reports.input.metrics import Regression

RULE = (
    "A regression is an effect shown to be worse than the margin: a one-sided t test against the "
    "margin, Holm-adjusted over the cells of the metric. Memory that repeats to the byte is "
    "compared exactly. A run that finished before and now fails counts as a regression by itself."
)


def regression_lines(changes: Changes, kind: Regression) -> list[str]:
    """Say each regression of one kind in a line, new failures included."""
    lines = []
    for change in changes.regressions(kind):
        c = change.comparison
        effect, interval = effect_text(c.paired, c.metric.step)
        shown = (
            "deterministic"
            if change.worse_holm is None
            else f"{interval}, {p_phrase(change.worse_holm)}"
        )
        lines.append(
            f"{c.candidate} ({_place(c, changes)}) is {kind.words} than in {changes.reference}, "
            f"beyond the margin of {margin_words(c)}: {effect} ({shown}, {equation('n', c.n)})"
        )
    for failure in changes.new_failures(kind):
        run = failure.run
        lines.append(
            f"{run.method} ({run.dataset}, {arm_words(run.batch_size, run.timesteps)}, "
            f"seed {run.seed}) "
            f"finished in {changes.reference} and now does not: {run.status}"
        )
    return lines


def summary_line(changes: Changes) -> str:
    """Say in one line how many regressions there are, of which kinds, in how many cells.

    A cell that is worse in two metrics counts twice; a metric that could not be tested everywhere
    says so, for no regression found there is none excluded.
    """
    kinds = list(dict.fromkeys(c.kind for c in changes.changes if c.kind is not None))
    kinds += [f.kind for f in changes.failures if f.kind not in kinds]
    counts = {k: len(changes.regressions(k)) + len(changes.new_failures(k)) for k in kinds}
    total = sum(counts.values())
    found = ", ".join(f"{kind.words}: {count}" for kind, count in counts.items() if count)
    untested = {
        (c.comparison.candidate, c.comparison.setting)
        for kind in kinds
        for c in changes.untested(kind)
    }
    return (
        f"{total} {'regression' if total == 1 else 'regressions'} in {changes.shared} "
        f"{'cell' if changes.shared == 1 else 'cells'}"
        + (f" ({found})" if found else "")
        + (f"; {len(untested)} could not be tested in every metric" if untested else "")
    )


def untested_line(changes: Changes, kind: Regression) -> str:
    """Say how many cells could not be tested for one kind of regression, if any."""
    untested = changes.untested(kind)
    if not untested:
        return ""
    total = sum(c.kind is kind for c in changes.changes)
    return (
        f"{kind.words}: {len(untested)} of {total} cells could not be tested, for they have fewer "
        "than 3 complete pairs of runs"
    )


def change_sentence(c: Comparison, changes: Changes) -> str:
    """Say what one comparison of the two sets shows."""
    return comparison_sentences(c, changes.plan, _place(c, changes))


def _place(c: Comparison, changes: Changes) -> str:
    arm = arm_words(c.setting.batch_size, c.setting.timesteps)
    return arm if changes.one_dataset else f"{c.setting.dataset}, {arm}"
