"""When, where and how long the runs of a study were made."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.input.runs import Row, Run


@dataclass(frozen=True, slots=True)
class Origin:
    """First and last start of runs (ISO dates), seconds, and every value of what may differ.

    `span_seconds` lasts from the first start to the last end, `run_seconds` is the sum over runs;
    `None` where the frame does not tell how long runs took.
    """

    first: str
    last: str
    span_seconds: float | None
    run_seconds: float | None
    machines: tuple[str, ...]
    commits: tuple[str, ...]
    releases: tuple[str, ...]
    budgets: tuple[str, ...]
    stacked: int = 0
    """How many of the `runs` runs had their seed computed together with others."""
    runs: int = 0


def origin_of(runs: Iterable[tuple[Run, Row]]) -> Origin:
    """Gather the origin of runs, each with its row of the frame."""
    found = list(runs)
    started = [(at, seconds_of(row)) for run, row in found if (at := _moment(run.started_at))]
    starts = sorted(at for at, _ in started)
    known = [seconds for _, seconds in started if seconds is not None]
    whole = bool(starts) and len(known) == len(found)
    ends = [at + timedelta(seconds=seconds or 0.0) for at, seconds in started]
    return Origin(
        first=starts[0].date().isoformat() if starts else "",
        last=starts[-1].date().isoformat() if starts else "",
        span_seconds=(max(ends) - starts[0]).total_seconds() if whole else None,
        run_seconds=sum(known) if whole else None,
        machines=_distinct(
            run.machine or run.provenance.get("device_name", "") for run, _ in found
        ),
        commits=_distinct(run.provenance.get("code_version", "") for run, _ in found),
        releases=_distinct(run.condition.torch_version for run, _ in found),
        budgets=_distinct(run.condition.budget for run, _ in found),
        stacked=sum(run.stacked for run, _ in found),
        runs=len(found),
    )


def seconds_of(row: Row) -> float | None:
    """Return how long a run took as a whole; `None` where that is not known."""
    value = row.get("wall_seconds")
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta())


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    found: Sequence[str] = sorted({value for value in values if value})
    return tuple(found)
