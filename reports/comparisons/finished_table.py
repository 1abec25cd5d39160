"""The table of finished runs: one row per candidate, and who finishes more often."""

from collections.abc import Sequence

from reports.comparisons.finished import FinishedComparison
from reports.display.setting import place_cells, place_columns
from reports.display.table import (
    CANDIDATE,
    SEEDS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    p_cell,
)
from reports.display.verdicts import VERDICT_SIGNS, css_class
from reports.display.words import counted
from reports.input.context import Context
from reports.statistics.equivalence import Verdict


def finished_table(context: Context, compared: Sequence[FinishedComparison]) -> Table | None:
    """Finished runs of every candidate and the baseline, or `None` where all runs finished."""
    if not compared:
        return None
    baseline = context.plan.baseline
    return Table(
        caption=f"Finished runs: each method against {baseline}, over all settings",
        columns=(
            *place_columns(context),
            CANDIDATE,
            Column("Finished", f"candidate / {baseline}, of the runs both made", numeric=False),
            Column("Verdict", numeric=False),
            Column("Settings", "n"),
            SEEDS,
            Column("p", "exact, Holm-adjusted"),
        ),
        rows=tuple(_row(f, context) for f in compared),
        note="A failure is an outcome: seeds where one side finished more of the same runs are "
        "compared by an exact sign test. Means cover finished runs only, so a candidate that fails "
        "more often is at most better among finished runs.",
        words=tuple(finished_sentence(f) for f in compared),
    )


def finished_sentence(compared: FinishedComparison) -> str:
    """Say how often both sides finished, and whether a difference is shown."""
    f = compared.finished
    head = (
        f"{compared.candidate} finished {f.candidate} of {counted(f.runs, 'run')} and "
        f"{compared.baseline} {f.baseline} of the same"
    )
    if compared.verdict is Verdict.INCONCLUSIVE:
        alike = f.candidate == f.baseline
        return f"{head}: {'as many' if alike else 'no difference in that is shown'}."
    return f"{head}: {compared.verdict} ({compared.judgement.reason})."


def _row(compared: FinishedComparison, context: Context) -> tuple[Cell, ...]:
    f, verdict = compared.finished, compared.verdict
    return (
        *place_cells(compared.setting.place, context),
        method_cell(compared.candidate),
        Cell(f"{f.candidate} / {f.baseline} of {f.runs}", value=compared.points),
        Cell(
            f"{VERDICT_SIGNS[verdict]} {verdict}",
            str(compared.judgement.reason),
            verdict=css_class(verdict),
        ),
        count_cell(compared.settings),
        count_cell(compared.seeds),
        p_cell(compared.adjusted_p),
    )
