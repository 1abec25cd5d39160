"""What a result of several budgets says under each of them, and where a verdict turns between."""

from bench.publish.result import Result
from bench.readme_block import filled, named
from reports.budgets.estimates import Turn
from reports.budgets.table import spent_table
from reports.budgets.words import shorts, turn_sentences, verdict_sentence
from reports.display.table import Table
from reports.display.words import counted, join
from reports.formats.markdown import as_text


def under_each_budget(result: Result) -> list[str]:
    """Return what methods came to, and the verdicts in the primary metric; [] for one budget."""
    found, context = result.budgets
    plan = result.plan
    if not found.compared:
        return []
    primary = [one for one in found.compared if one.metric.column == plan.primary_metric]
    unlike = sum(one.turn is not Turn.NONE for one in primary)
    name = plan.primary.name.lower()
    turning = (
        f"Of {counted(len(primary), 'verdict')} in {name}, {unlike} "
        f"{'is' if unlike == 1 else 'are'} not the same under all of them"
        if unlike
        else f"No verdict in {name} turns between them"
    )
    head = (
        f"The same runs under {join([*shorts(plan).values()])}, paired by seed within each budget; "
        f"all verdicts share one alpha. {turning}. {NO_SIGN}"
    )
    table = spent_table(found.spent, context)
    lines = [_item(one.candidate, verdict_sentence(one, context)) for one in primary]
    return [filled(as_text(head)), *([_markdown(table)] if table else []), "\n".join(lines)]


def turns_elsewhere(result: Result) -> list[str]:
    """Return a sentence for every verdict that turns in another metric of the page's head."""
    found, context = result.budgets
    others = [
        one
        for one in found.compared
        if result.plan.heads(one.metric)
        and one.metric.column != result.plan.primary_metric
        and one.turn is not Turn.NONE
    ]
    return [
        _item(one.candidate, sentence)
        for one in others
        for sentence in turn_sentences([one], context)
    ]


NO_SIGN = (
    "A verdict that is decided under one budget and not under another is no sign that the effects "
    "differ: look at both intervals."
)


def _item(candidate: str, sentence: str) -> str:
    return filled(f"- {named(candidate, sentence)}", "  ")


def _markdown(table: Table) -> str:
    """Return a table whose cells have their details in brackets."""
    heads = [f"{c.label}, {c.unit}" if c.unit else c.label for c in table.columns]
    rows = [
        [f"{cell.text} ({cell.detail})" if cell.detail else cell.text for cell in row]
        for row in table.rows
    ]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    lines = [f"| {' | '.join(map(as_text, cells))} |" for cells in (heads, *rows)]
    note = filled(as_text(table.note))
    return "\n".join([lines[0], f"| {' | '.join(rules)} |", *lines[1:], "", note])
