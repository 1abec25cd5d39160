"""Budgets side by side: a table for each metric, and what methods came to under each."""

from collections.abc import Sequence

from reports.budgets.estimates import MethodSpent, Spent, Turn, UnderBudgets
from reports.budgets.words import shorts
from reports.comparisons.table import verdict_cell
from reports.comparisons.words import margin_words
from reports.display.numbers import NO_NUMBER, effect_text, number, plain_text, quantity_text
from reports.display.setting import place_cells, place_columns
from reports.display.table import CANDIDATE, METHOD, Cell, Column, Table, method_cell
from reports.display.words import confidence_words, counted, equation
from reports.input.context import Context
from reports.input.metrics import Metric


def budgets_table(
    metric: Metric, compared: Sequence[UnderBudgets], context: Context
) -> Table | None:
    """Effect, interval and verdict of every candidate under each budget; `None` without any."""
    rows = [one for one in compared if one.metric is metric]
    if not rows:
        return None
    comparisons = [p.comparison for one in rows for p in one.by_budget.values()]
    pairs = {c.n for c in comparisons}
    baseline, short = context.plan.baseline, shorts(context.plan)
    is_difference = comparisons[0].paired.kind == "difference"
    unit = metric.step if is_difference else f"candidate / {baseline}"
    turning = sum(one.turn is not Turn.NONE for one in rows)
    same = "n is " + str(*pairs) + " everywhere. " if len(pairs) == 1 else ""
    return Table(
        caption=f"{metric.name}: each method against {baseline}, under each budget",
        columns=(
            *place_columns(context),
            CANDIDATE,
            *(
                column
                for budget in context.plan.budgets
                for column in (
                    Column(short[budget], f"{unit} [{confidence_words(context)} interval]"),
                    Column(f"Verdict, {short[budget]}", numeric=False),
                )
            ),
        ),
        rows=tuple(
            (
                *place_cells(one.place, context),
                method_cell(one.candidate),
                *(
                    cell
                    for budget in context.plan.budgets
                    for cell in _cells(one, budget, several=len(pairs) > 1)
                ),
            )
            for one in rows
        ),
        note=(
            f"{same}Averaged over settings within each seed. The interval is that of one "
            f"comparison; verdicts are adjusted for all candidates under all budgets; the margin "
            f"is {margin_words(comparisons[0])}. "
            f"{_differing(turning, len(rows))} between budgets."
        ),
        group=metric.name,
    )


def spent_table(spent: Sequence[MethodSpent], context: Context) -> Table | None:
    """Show what methods came to under each budget: primary metric, epochs and time, as means."""
    if not spent:
        return None
    primary, short = context.plan.primary, shorts(context.plan)
    unit = "" if primary.is_censored else context.unit(primary).symbol
    return Table(
        caption="What each budget came to, by method",
        columns=(
            *place_columns(context),
            METHOD,
            *(Column(short[budget], unit) for budget in context.plan.budgets),
        ),
        rows=tuple(
            (
                *place_cells(one.place, context),
                method_cell(one.method),
                *(_came_to(one.by_budget.get(budget), context) for budget in context.plan.budgets),
            )
            for one in spent
        ),
        note=f"{primary.name}, mean over settings and seeds, with mean epochs and training time.",
    )


def _differing(turning: int, of: int) -> str:
    if not turning:
        return "No verdict differs"
    return f"{turning} of {of} verdicts {'differs' if turning == 1 else 'differ'}"


def _cells(one: UnderBudgets, budget: str, *, several: bool) -> tuple[Cell, Cell]:
    if budget not in one.by_budget:
        return Cell(NO_NUMBER), Cell("not compared")
    c = one.by_budget[budget].comparison
    effect, interval = effect_text(c.paired, one.metric.step)
    pairs = equation("n", c.n) if several else ""
    failed = c.candidate_failures + c.baseline_failures
    lost = f"{counted(failed, 'run')} failed" if failed else ""
    return (
        Cell(
            effect.removesuffix(f" {one.metric.step}"),
            ", ".join(filter(None, (interval, pairs, lost))),
            value=c.paired.effect.point,
        ),
        verdict_cell(c),
    )


def _came_to(spent: Spent | None, context: Context) -> Cell:
    if spent is None:
        return Cell(NO_NUMBER)
    primary = context.plan.primary
    unit = context.unit(primary)
    text = NO_NUMBER if spent.value is None else plain_text(spent.value, unit)
    parts = [
        ""
        if spent.epochs is None
        else f"{number(spent.epochs, 0 if spent.epochs % 1 == 0 else 1)} epochs",
        "" if spent.seconds is None else quantity_text(spent.seconds, context.time_unit),
        f"{spent.failed} of {counted(spent.runs, 'run')} failed" if spent.failed else "",
    ]
    return Cell(text, ", ".join(filter(None, parts)), value=spent.value)
