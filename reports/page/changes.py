"""Two sets of results as a report: what regressed, what changed, and what differs around them."""

from collections import Counter
from collections.abc import Sequence

from reports.changes.estimates import Change, Changes
from reports.changes.table import changes_table, provenance_table
from reports.changes.words import RULE, change_sentence, regression_lines, untested_line
from reports.display.border import NO_BORDER, Border
from reports.display.palette import styles
from reports.display.verdicts import counts_words, pills
from reports.display.view import CandidateVerdict, MetricVerdict, Section, View, present
from reports.input.metrics import Metric, regressions
from reports.page.report import Report
from reports.page.row import Row
from reports.page.rows import comparison_row
from reports.statistics.equivalence import Verdict


def changes_report(changes: Changes, border: Border = NO_BORDER) -> Report:
    """Return two sets of results as what every format can write."""
    return Report(
        view=lambda: change_view(changes, border),
        rows=lambda: change_rows(changes),
        facts=lambda: {
            "new": changes.new,
            "reference": changes.reference,
            "provenance": changes.provenance,
            "regressions": {
                name: regression_lines(changes, kind) for name, kind in regressions().items()
            },
        },
        border=border,
    )


def change_rows(changes: Changes) -> list[Row]:
    """List every change in full, for machines."""
    return [
        comparison_row(
            change.comparison,
            "change",
            sentence=change_sentence(change.comparison, changes),
            p_beyond_margin=change.worse_holm,
            regression=change.regression if change.kind else None,
        )
        for change in changes.changes
    ]


def change_view(changes: Changes, border: Border) -> View:
    """Put two sets of results into words and rows, regressions first."""
    methods = sorted({c.comparison.candidate for c in changes.changes})
    kinds = regressions().values()
    lines = tuple(line for kind in kinds for line in regression_lines(changes, kind))
    warnings = [w for kind in kinds if (w := untested_line(changes, kind))]
    warnings += [caveat.sentence() for caveat in changes.set_aside]
    if "options" in changes.provenance:
        new, old = changes.provenance["options"]
        warnings.append(f"Methods ran with unlike options: {new} against {old}.")
    for cells, side in (
        (changes.only_new, changes.new), (changes.only_reference, changes.reference)
    ):  # fmt: skip
        if cells:
            warnings.append(f"Only in {side}, so not compared: {'; '.join(cells)}.")
    tables = present(*(changes_table(metric, changes) for metric in changes.plan.metrics))
    sections = (
        Section(
            "regressions",
            "Regressions",
            paragraphs=lines or ("No cell was shown to be worse than the margin allows.",),
            items=(("Rule", RULE),),
        ),
        Section("changes", "Changes by cell", tables=tables),
        Section("provenance", "What differs", tables=present(provenance_table(changes))),
    )
    return View(
        title=f"{changes.new} against {changes.reference}",
        description="What changed between two sets of results of the same cells.",
        facts=f"{changes.new} is compared with {changes.reference}, cell by cell, by seed.",
        verdicts=tuple(
            v
            for metric in changes.plan.metrics
            if changes.plan.heads(metric)
            if (v := _verdict(metric, changes)) is not None
        ),
        warnings=tuple(warnings),
        sections=tuple(s for s in sections if s.has_content),
        styles=styles(["", *methods], border.coloured_first),
    )


def _verdict(metric: Metric, changes: Changes) -> MetricVerdict | None:
    here = [c for c in changes.changes if c.comparison.metric is metric]
    if not here:
        return None
    by_method: dict[str, list[Change]] = {}
    for change in here:
        by_method.setdefault(change.comparison.candidate, []).append(change)
    return MetricVerdict(
        name=metric.name,
        meaning=metric.meaning,
        is_primary=metric.column == changes.plan.primary_metric,
        headline=f"{len(here)} cells compared: {counts_words(_counts(here))}.",
        candidates=tuple(
            CandidateVerdict(
                method, pills(_counts(group)), f"{method}: {counts_words(_counts(group))}."
            )
            for method, group in sorted(by_method.items())
        ),
    )


def _counts(group: Sequence[Change]) -> Counter[Verdict]:
    return Counter(change.comparison.verdict for change in group)
