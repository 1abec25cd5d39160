"""The head of the page: when, where and with what the runs were made."""

from collections.abc import Sequence

from reports.display.numbers import quantity_text
from reports.display.view import Fact
from reports.input.units import SECONDS
from reports.provenance.estimates import Origin


def header(origin: Origin) -> tuple[Fact, ...]:
    """Return what is known of the runs, term by term; of several values their number."""
    dates = origin.first if origin.first == origin.last else f"{origin.first} to {origin.last}"
    facts = (
        Fact("Run on", dates),
        Fact("Took", _duration(origin)),
        _several("Machine", "machines", origin.machines),
        _several("Commit", "commits", origin.commits),
        _several("torch", "releases", origin.releases),
        _several("Budget", "budgets", origin.budgets),
        Fact("Seeds", _stacked(origin)),
    )
    return tuple(fact for fact in facts if fact.text)


def _several(term: str, plural: str, values: Sequence[str]) -> Fact:
    """Name the one value, or count several and lead to the section that has them."""
    if len(values) > 1:
        return Fact(term, f"{len(values)} {plural}", "environment")
    return Fact(term, "".join(values))


def _stacked(origin: Origin) -> str:
    if not origin.stacked:
        return ""
    part = "" if origin.stacked == origin.runs else f" in {origin.stacked} of {origin.runs} runs"
    return f"computed as one (stack_seeds){part}, so without times and memory"


def _duration(origin: Origin) -> str:
    if origin.span_seconds is None or origin.run_seconds is None:
        return ""
    span, runs = (_time(s) for s in (origin.span_seconds, origin.run_seconds))
    return f"{span} from first to last; all runs {runs}"


def _time(seconds: float) -> str:
    """Write a duration in the largest unit of which it has one."""
    fitting = [unit for unit in SECONDS.shown if unit.size <= seconds]
    return quantity_text(seconds, fitting[-1] if fitting else SECONDS.shown[0])
