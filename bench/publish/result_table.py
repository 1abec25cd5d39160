"""What a result came to, as one table: each method's accuracies, effects and verdicts."""

import pandas as pd

from bench.publish.result import Result
from reports.display.answer import MatrixRow
from reports.formats.markdown import as_text

LEFT_TO_THE_README = ("Total training time", "Time to target accuracy")
"""Metrics of a result's answer that docs/answer.md leaves out, for it is to be two pages."""


def result_table(result: Result) -> list[str]:
    """Return the table in Markdown; [] where nothing is compared.

    Of several budgets it is about the first, as the page is. The result's README has all metrics.
    """
    found = result.answer
    if found is None:
        return []
    shown = [n for n, column in enumerate(found.columns) if column.label not in LEFT_TO_THE_README]
    good = result.runs[result.runs["status"] == "ok"]
    good = good[~good["budget"].isin(result.plan.budgets[1:])]
    steps = sorted(int(value) for value in good["timesteps"].dropna().unique())
    at = f" at T = {' / '.join(map(str, steps))}" if steps else ""
    n = len({record.cell.seed for record in result.records})
    heads = [
        "method",
        f"test accuracy, %{at}",
        *(f"{found.columns[k].label.lower()} against `{result.study.baseline}`" for k in shown),
    ]
    rows = [
        [
            _named(row),
            _accuracies(_own(good, row), steps, n),
            *(as_text(row.entries[k].words) or "—" for k in shown),
        ]
        for row in found.rows
    ]
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, *rows)]
    return [lines[0], "|---" * len(heads) + "|", *lines[1:]]


def _named(row: MatrixRow) -> str:
    """Name a row's method, with its place and its twins where there are any."""
    place, note = (as_text(words) for words in (row.place, row.note))
    return f"`{row.method}`{f' {place}' if place else ''}{f' ({note})' if note else ''}"


def _own(runs: pd.DataFrame, row: MatrixRow) -> pd.DataFrame:
    """Return the runs of a row, whose place begins with a data set where there are several."""
    own = runs[runs["method"] == row.method]
    dataset = row.place.partition(" (")[0]
    return own[own["dataset"] == dataset] if dataset in set(own["dataset"]) else own


def _accuracies(own: pd.DataFrame, steps: list[int], seeds: int) -> str:
    """Return means by T, or the one of a method without T; with n where a seed is missing."""
    if own["timesteps"].isna().all():
        return _mean(own["test_accuracy"], seeds)
    return " / ".join(_mean(own[own["timesteps"] == t]["test_accuracy"], seeds) for t in steps)


def _mean(accuracies: pd.Series, seeds: int) -> str:
    if accuracies.empty:
        return "—"
    n = len(accuracies)
    return f"{100 * accuracies.mean():.1f}{f' (n = {n})' if n != seeds else ''}"
