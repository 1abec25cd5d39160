"""Caveats in sentences: what is the matter, and what was done about it."""

from reports.display.numbers import p_text
from reports.display.words import counted, equation, join
from reports.input.metrics import metric_of
from reports.input.plan import Plan
from reports.warnings.caveats import Caveat, Kind

FIELD_WORDS = {
    "device": "devices",
    "torch_version": "torch versions",
    "budget": "budgets",
    "data_checksum": "data checksums",
    "code_version": "code versions",
    "device_name": "machines",
}
FAILURE_WORDS = {
    "diverged": "diverged",
    "out-of-memory": "ran out of memory",
    "error": "ended in an error",
    "timeout": "ran out of time",
}


def caveat_sentence(caveat: Caveat, plan: Plan) -> str:
    """Say in plain words what is the matter, and what was done about it."""
    c, names = caveat, join(list(caveat.values))
    match caveat.kind:
        case Kind.NOTHING_FINISHED if c.of == 0:
            return "There are no runs, so there is nothing to report yet."
        case Kind.NOTHING_FINISHED:
            return f"None of the {counted(c.of, 'run')} finished, so nothing can be compared."
        case Kind.NO_BASELINE:
            return (
                f"The declared baseline {c.subject} has no runs, so nothing is compared. "
                f"Methods with runs: {names}."
            )
        case Kind.COMPARED_APART | Kind.MIXED:
            dataset, *values = c.values
            seeds = (
                f" {counted(c.count, 'group')} of runs with the same method, setting and seed "
                f"{'differ' if c.count > 1 else 'differs'} in this alone."
                if c.count
                else ""
            )
            done = (
                "They are shown and compared separately, never pooled."
                if c.kind is Kind.COMPARED_APART
                else "These runs are compared with each other all the same: "
                "differences may come from this and not from the method."
            )
            return (
                f"Runs on {dataset} come from different {FIELD_WORDS[c.subject]}: "
                f"{join(values)}. {done}{seeds}"
            )
        case Kind.SUPERSEDED:
            return (
                f"{counted(c.count, 'record')} of {c.of} {_were(c.count)} set aside: a later "
                "record of the same method, setting and seed exists, and only the latest counts."
            )
        case Kind.FAILURES:
            return (
                f"{counted(c.count, 'run')} of {c.of} {FAILURE_WORDS.get(c.subject, c.subject)} "
                f"({names}). Means cover finished runs only, which flatters a method that fails; "
                "pairs need both runs."
            )
        case Kind.UNUSABLE:
            metric = metric_of(c.subject).name
            return (
                f"{metric} is missing, infinite or zero in {counted(c.count, 'finished run')} "
                f"({names}); {'these values are' if c.count > 1 else 'this value is'} left out."
            )
        case Kind.TOO_FEW_PAIRS:
            return (
                f"{c.count} of {counted(c.of, 'comparison')} {'have' if c.count > 1 else 'has'} "
                f"fewer than 3 complete pairs ({names}): no test and no interval is given there."
            )
        case Kind.LEFT_OUT:
            return (
                f"In {c.count} of {counted(c.of, 'comparison')} some seeds have no complete pair "
                f"({names}) and are left out of the effect; n counts the pairs that remain."
            )
        case Kind.DISAGREEMENT:
            return (
                f"In {c.count} of {counted(c.of, 'comparison')} the primary test and a sensitivity "
                f"test fall on different sides of alpha ({names}): treat these verdicts as "
                "unsettled."
            )
        case Kind.CANNOT_REACH_ALPHA:
            smallest, needed, exact = c.numbers
            rest = (
                "The primary test is such a test: a difference cannot be shown here."
                if exact
                else "Verdicts rest on the paired t test, which supposes roughly normal "
                "differences."
            )
            return (
                f"{names}: the exact test cannot reach alpha with "
                f"{equation('n', c.count)}. The smallest p it can give is {p_text(smallest)}, too "
                "large for "
                f"{counted(c.of, 'comparison')} that share alpha = {plan.alpha:g}; "
                f"{needed:.0f} seeds would be needed. {rest}"
            )


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
