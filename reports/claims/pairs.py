"""One method against another over all settings that both ran, as evidence of a claim."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reports.claims.evidence import Claim, Evidence, Measure, gain_says, levels_of
from reports.comparisons.pooled import PooledComparison, pool
from reports.input.metrics import Metric
from reports.input.pairing import Groups, Setting, runs_at
from reports.input.plan import Plan, Roles
from reports.input.runs import Condition, Row, Run, row_of
from reports.statistics.equivalence import Verdict


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one data set and condition, and who plays which part."""

    groups: Groups
    rows: Mapping[tuple[str, str], Row]
    plan: Plan
    roles: Roles
    place: tuple[str, Condition]
    pooled: Sequence[PooledComparison]

    def settings(self, method: str) -> list[Setting]:
        """Return the settings that `method` ran here, in their order."""
        found = (s for name, s in self.groups if name == method and s.place == self.place)
        return sorted(found, key=lambda setting: setting.order)

    def shared(self, method: str, against: str) -> list[Setting]:
        """Return the settings of `method` that `against` ran too; one without T runs all T."""
        return [s for s in self.settings(method) if runs_at(self.groups, against, s)]

    def number(self, run: Run, column: str) -> float | None:
        """Return what a run's row has in `column`; `None` where that is no number."""
        value = row_of(run, self.rows).get(column)
        try:
            number = float(str(value))
        except ValueError:
            return None
        return number if number == number else None

    def metric(self, measure: Measure) -> Metric | None:
        """Return the metric that `measure` is of; `None` if this plan does not compare it."""
        return next((m for m in self.plan.metrics if m.column == measure), None)


def compared(
    runs: Runs,
    claim: Claim,
    measure: Measure,
    method: str | None,
    against: str,
    *,
    decides: bool = True,
) -> Iterator[Evidence]:
    """Yield the pooled comparison of two methods, if both were run in a common setting.

    What the study's answer compares is taken as it is judged there, not tested again.
    """
    metric = runs.metric(measure)
    settings = runs.shared(method, against) if method else []
    if metric is None or not settings or method is None:
        return
    answered = against == runs.plan.baseline
    found = (
        _in_answer(runs, metric, method)
        if answered
        else pool(
            metric, method, settings, runs.groups,
            runs.plan.model_copy(update={"baseline": against}),
        )
    )  # fmt: skip
    if found is None:
        return
    c = found.comparison
    evidence = Evidence(
        claim, measure, method, against, runs.place, c.paired, levels_of(found.settings), decides
    )
    if answered:
        is_equal = c.verdict is Verdict.EQUIVALENT
        p = c.adjusted.equivalence_p if is_equal else c.adjusted.p
        evidence = replace(evidence, says=gain_says(c.verdict), p=p, answered=True)
    yield evidence


def _in_answer(runs: Runs, metric: Metric, method: str) -> PooledComparison | None:
    return next(
        (
            p
            for p in runs.pooled
            if p.comparison.candidate == method
            and p.comparison.metric.column == metric.column
            and p.comparison.setting.place == runs.place
        ),
        None,
    )
