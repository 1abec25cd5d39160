"""How verdicts are counted and shown: a sign and a word for each."""

from collections.abc import Mapping

from reports.display.view import Pill
from reports.display.words import join
from reports.statistics.equivalence import Verdict

VERDICT_SIGNS = {
    Verdict.BETTER: "\N{BLACK UP-POINTING TRIANGLE}",
    Verdict.BETTER_FINISHED: "\N{WHITE UP-POINTING TRIANGLE}",
    Verdict.WORSE: "\N{BLACK DOWN-POINTING TRIANGLE}",
    Verdict.EQUIVALENT: "\N{ALMOST EQUAL TO}",
    Verdict.INCONCLUSIVE: "?",
}


def pills(counts: Mapping[Verdict, int]) -> tuple[Pill, ...]:
    """Show how often each verdict was given, without those never given."""
    return tuple(
        Pill(css_class(verdict), f"{sign} {counts[verdict]} {verdict}")
        for verdict, sign in VERDICT_SIGNS.items()
        if counts.get(verdict)
    )


def css_class(verdict: Verdict) -> str:
    """Return the name of a verdict for a style sheet, without spaces."""
    return str(verdict).replace(" ", "-")


def counts_words(counts: Mapping[Verdict, int]) -> str:
    """`2 better, 1 worse and 3 inconclusive`."""
    return join([f"{counts[verdict]} {verdict}" for verdict in Verdict if counts.get(verdict)])
