"""Two sets of results as a page: what regressed, what changed, and what differs around them."""

import json

from reports.changes.estimates import Change, Changes
from reports.comparisons.estimates import Comparison
from reports.comparisons.table import MOST_SENTENCES, verdict_cell
from reports.comparisons.words import comparison_sentences, margin_words
from reports.display.numbers import effect_text, p_phrase
from reports.display.palette import styles
from reports.display.table import (
    BATCH_SIZE,
    DATASET,
    METHOD,
    PAIRS,
    TIMESTEPS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    p_cell,
    timesteps_cell,
)
from reports.display.verdicts import VERDICT_SIGNS
from reports.display.view import (
    CandidateVerdict,
    MetricVerdict,
    Pill,
    Section,
    View,
)
from reports.display.words import equation, join
from reports.formats.latex import to_latex
from reports.formats.machine import JSON_SCHEMA, rows_as_json, to_csv
from reports.formats.markdown import to_markdown
from reports.input.metrics import METRICS, Metric, Regression, Shown, regressions
from reports.page.html import render_view
from reports.page.rows import Row, comparison_row
from reports.statistics.equivalence import Verdict
from reports.warnings.runs import FIELD_WORDS


def render_changes(changes: Changes, name: str) -> str:
    """Render two sets of results in the format called `name`, one of `formats.SUFFIXES`."""
    if name == "csv":
        return to_csv(change_rows(changes))
    if name == "json":
        content = {
            "schema": JSON_SCHEMA,
            "new": changes.new,
            "reference": changes.reference,
            "provenance": changes.provenance,
            "regressions": {
                name: regression_lines(changes, kind) for name, kind in regressions().items()
            },
            "estimates": rows_as_json(change_rows(changes)),
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    view = change_view(changes)
    return {"html": render_view, "markdown": to_markdown, "latex": to_latex}[name](view)


def regression_lines(changes: Changes, kind: Regression) -> list[str]:
    """Say each regression of one kind in a line, new failures included."""
    lines = []
    for change in changes.regressions(kind):
        c = change.comparison
        effect, interval = effect_text(c.paired)
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
        at = "" if run.timesteps is None else f", T = {run.timesteps}"
        lines.append(
            f"{run.method} ({run.dataset}, batch size {run.batch_size}{at}, seed {run.seed}) "
            f"finished in {changes.reference} and now does not: {run.status}"
        )
    return lines


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


def change_rows(changes: Changes) -> list[Row]:
    """List every change in full, for machines."""
    return [
        comparison_row(
            change.comparison,
            "change",
            sentence=_sentence(change.comparison, changes),
            p_beyond_margin=change.worse_holm,
            regression=change.regression if change.kind else None,
        )
        for change in changes.changes
    ]


def change_view(changes: Changes) -> View:
    """Put two sets of results into words and rows, regressions first."""
    methods = sorted({c.comparison.candidate for c in changes.changes})
    kinds = regressions().values()
    lines = tuple(line for kind in kinds for line in regression_lines(changes, kind))
    warnings = [w for kind in kinds if (w := untested_line(changes, kind))]
    warnings += [caveat.sentence() for caveat in changes.set_aside]
    for cells, side in (
        (changes.only_new, changes.new), (changes.only_reference, changes.reference)
    ):  # fmt: skip
        if cells:
            warnings.append(f"Only in {side}, so not compared: {'; '.join(cells)}.")
    tables = tuple(t for metric in METRICS if (t := _table(metric, changes)) is not None)
    sections = (
        Section(
            "regressions",
            "Regressions",
            paragraphs=lines or ("No cell was shown to be worse than the margin allows.",),
            items=(("Rule", _RULE),),
        ),
        Section("changes", "Changes by cell", tables=tables),
        Section("provenance", "What differs", tables=_provenance(changes)),
    )
    return View(
        title=f"{changes.new} against {changes.reference}",
        description="What changed between two sets of results of the same cells.",
        facts=f"{changes.new} is compared with {changes.reference}, cell by cell, by seed.",
        verdicts=tuple(
            v
            for metric in METRICS
            if Shown.VERDICT in metric.shown or metric.column == changes.plan.primary_metric
            if (v := _verdict(metric, changes)) is not None
        ),
        warnings=tuple(warnings),
        sections=tuple(s for s in sections if s.has_content),
        styles=styles(["", *methods]),
    )


_RULE = (
    "A regression is an effect shown to be worse than the margin: a one-sided t test against the "
    "margin, Holm-adjusted over the cells of the metric. Memory that repeats to the byte is "
    "compared exactly. A run that finished before and now fails counts as a regression by itself."
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
        headline=f"{len(here)} cells compared: {_counts(here)}.",
        candidates=tuple(
            CandidateVerdict(
                method=method,
                pills=tuple(
                    Pill(str(verdict), f"{sign} {count} {verdict}")
                    for verdict, sign in VERDICT_SIGNS.items()
                    if (count := sum(c.comparison.verdict is verdict for c in group))
                ),
                sentence=f"{method}: {_counts(group)}.",
            )
            for method, group in sorted(by_method.items())
        ),
    )


def _counts(group: list[Change]) -> str:
    return join(
        [
            f"{count} {verdict}"
            for verdict in Verdict
            if (count := sum(c.comparison.verdict is verdict for c in group))
        ]
    )


def _table(metric: Metric, changes: Changes) -> Table | None:
    here = [c for c in changes.changes if c.comparison.metric is metric]
    if not here:
        return None
    is_difference = here[0].comparison.paired.kind == "difference"
    return Table(
        caption=f"{metric.name}: {changes.new} against {changes.reference}",
        columns=(
            DATASET,
            BATCH_SIZE,
            TIMESTEPS,
            METHOD,
            Column(
                f"Change [{100 * changes.plan.confidence:g} % interval]",
                "pp" if is_difference else f"{changes.new} / {changes.reference}",
            ),
            Column("Verdict", numeric=False),
            PAIRS,
            Column("Failed", "new / reference"),
            Column("p", "Holm-adjusted"),
            Column("p", "worse than the margin"),
        ),
        rows=tuple(_row(change) for change in here),
        note=f"The margin is {margin_words(here[0].comparison)}.",
        words=tuple(_sentence(c.comparison, changes) for c in here)
        if len(here) <= MOST_SENTENCES
        else (),
    )


def _row(change: Change) -> tuple[Cell, ...]:
    c = change.comparison
    effect, interval = effect_text(c.paired)
    return (
        Cell(c.setting.dataset),
        count_cell(c.setting.batch_size),
        timesteps_cell(c.setting.timesteps),
        method_cell(c.candidate),
        Cell(effect.removesuffix(" pp"), interval, value=c.paired.effect.point),
        verdict_cell(c),
        count_cell(c.n),
        Cell(f"{c.candidate_failures} / {c.baseline_failures}"),
        p_cell(c.adjusted.p),
        p_cell(change.worse_holm),
    )


def _provenance(changes: Changes) -> tuple[Table, ...]:
    if not changes.provenance:
        return ()
    return (
        Table(
            caption="What differs between the two sets",
            columns=(
                Column("What", numeric=False),
                Column(changes.new, numeric=False),
                Column(changes.reference, numeric=False),
            ),
            rows=tuple(
                (Cell(FIELD_WORDS[field]), Cell(new), Cell(old))
                for field, (new, old) in changes.provenance.items()
            ),
            note="Any of these, or several together, may be the cause of a change.",
        ),
    )


def _sentence(c: Comparison, changes: Changes) -> str:
    return comparison_sentences(c, changes.plan, _place(c, changes))


def _place(c: Comparison, changes: Changes) -> str:
    s = c.setting
    parts = [] if changes.one_dataset else [s.dataset]
    parts.append(f"batch size {s.batch_size}")
    if s.timesteps is not None:
        parts.append(equation("T", s.timesteps))
    return ", ".join(parts)
