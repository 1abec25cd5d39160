"""The section on budgets beside each other."""

from reports.budgets.estimates import Budgets
from reports.budgets.table import budgets_table, spent_table
from reports.budgets.words import introduction, turn_sentences
from reports.display.view import Section, present
from reports.input.context import Context


def budgets_section(context: Context, budgets: Budgets, *, tuned: bool) -> Section:
    """Every pooled comparison under each budget; nothing where a study has one budget alone."""
    plan = context.plan
    if not budgets.compared:
        return Section("budgets", "")
    metrics = {one.metric.column for one in budgets.compared}
    ordered = sorted(
        (metric for metric in plan.metrics if metric.column in metrics),
        key=lambda metric: metric.column != plan.primary_metric,
    )
    headed = [one for one in budgets.compared if plan.heads(one.metric)]
    return Section(
        "budgets",
        "Budgets side by side",
        paragraphs=(*introduction(plan, tuned=tuned), *turn_sentences(headed, context)),
        tables=present(
            spent_table(budgets.spent, context),
            *(budgets_table(metric, budgets.compared, context) for metric in ordered),
        ),
    )
