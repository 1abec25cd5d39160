"""What a result of several budgets says under each of them, and where a verdict turns between."""

from bench.publish.result import Result
from bench.readme_block import filled, named
from reports.budgets.estimates import Turn, UnderBudgets
from reports.budgets.table import spent_table
from reports.budgets.words import shorts, turn_sentences, verdict_sentence
from reports.comparisons.table import verdict_cell
from reports.display.numbers import effect_text
from reports.display.setting import place_words
from reports.display.table import Table
from reports.display.words import counted, join
from reports.formats.markdown import as_text


def under_each_budget(result: Result) -> list[str]:
    """Return what methods came to, and the verdicts in the primary metric; [] for one budget."""
    found, context = result.budgets
    if not found.compared:
        return []
    table = spent_table(found.spent, context)
    lines = [_item(one.candidate, verdict_sentence(one, context)) for one in _primary(result)]
    return [_opening(result), *([_markdown(table)] if table else []), "\n".join(lines)]


def verdicts_beside(result: Result) -> list[str]:
    """Return effects and verdicts in the primary metric, a column per budget; [] for one budget."""
    plan, primary = result.plan, _primary(result)
    if not primary:
        return []
    heads = [f"against `{plan.baseline}`", *(as_text(each) for each in shorts(plan).values())]
    rows = [
        [f"`{one.candidate}`{_where(one, result)}", *(_seen(one, each) for each in plan.budgets)]
        for one in primary
    ]
    lines = [f"| {' | '.join(row)} |" for row in (heads, *rows)]
    return [_opening(result), "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])]


def _where(one: UnderBudgets, result: Result) -> str:
    _, context = result.budgets
    return "" if context.one_dataset else f" on {as_text(place_words(one.place, context))}"


def _seen(one: UnderBudgets, budget: str) -> str:
    comparison = one.by_budget[budget].comparison
    effect, interval = effect_text(comparison.paired, one.metric.step)
    return as_text(f"{effect} {interval} {verdict_cell(comparison).text}".replace("  ", " "))


def _primary(result: Result) -> list[UnderBudgets]:
    found, _ = result.budgets
    return [one for one in found.compared if one.metric.column == result.plan.primary_metric]


def _opening(result: Result) -> str:
    """Say what is compared with what, and how many verdicts in the primary metric turn."""
    plan, primary = result.plan, _primary(result)
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
    return filled(as_text(head))


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
