"""The evidence of all claims: a row per effect, those that decide first."""

from collections.abc import Sequence

from reports.claims.evidence import Claimed, Evidence, Outcome, Says
from reports.claims.words import (
    MEASURES,
    NAMES,
    RULES,
    SHORT,
    SIGNS,
    beside_words,
    effect_words,
    flops_words,
    levels_words,
)
from reports.display.setting import place_cells, place_columns
from reports.display.table import (
    METHOD,
    SEEDS,
    Cell,
    Column,
    Table,
    count_cell,
    method_cell,
    p_cell,
)
from reports.display.verdicts import css_class
from reports.display.words import confidence_words
from reports.input.context import Context
from reports.statistics.equivalence import Verdict

STYLES = {Says.FOR: Verdict.BETTER, Says.AGAINST: Verdict.WORSE, Says.OPEN: Verdict.INCONCLUSIVE}
DECIDING_NOTE = (
    "Pooled effects are means over all T that both ran, within a seed; ratios are method ÷ other. "
    "These tests share alpha by Holm's method, whichever claim they are of; where the study's "
    "answer has the same comparison, verdict and p are those. Where an effect was shown to lie "
    "within the margin, p is that of equivalence."
)
BESIDE_NOTE = (
    "It decides nothing, and each row is judged by itself, without adjustment, but for comparisons "
    "that the study's answer has."
)
OUTCOME_STYLES = {
    Outcome.HELD: Verdict.BETTER,
    Outcome.REFUTED: Verdict.WORSE,
    Outcome.UNDECIDED: Verdict.INCONCLUSIVE,
    Outcome.NOT_MEASURED: Verdict.INCONCLUSIVE,
}


def verdict_table(claims: Sequence[Claimed]) -> Table:
    """Every claim with its verdict, and how much of what decides is for it and against it."""
    return Table(
        caption="The verdict on each claim",
        columns=(
            Column("Claim", numeric=False),
            Column("Verdict", numeric=False),
            Column("Deciding effects", numeric=False),
        ),
        rows=tuple(
            (
                Cell(f"{place}. {NAMES[c.claim]}", RULES[c.claim]),
                Cell(
                    f"{SIGNS[c.outcome]} {c.outcome}",
                    verdict=css_class(OUTCOME_STYLES[c.outcome]),
                ),
                Cell(_counted(c)),
            )
            for place, c in enumerate(claims, start=1)
        ),
        note="Held up: everything that decides speaks for the claim. Refuted: anything that "
        "decides speaks against it. Undecided: neither.",
        main=True,
    )


def _counted(claimed: Claimed) -> str:
    """Say it in one cell: with a column each, the table is wider than a phone."""
    counts = (
        (sum(each.times for each in claimed.deciding if each.says is says), word)
        for says, word in ((Says.FOR, "for"), (Says.AGAINST, "against"), (Says.OPEN, "open"))
    )
    return ", ".join(f"{count} {word}" for count, word in counts)


def evidence_tables(context: Context, claims: Sequence[Claimed]) -> tuple[Table, ...]:
    """Show the evidence that decides, and folded what stands beside it; without empty tables."""
    every = [each for claimed in claims for each in claimed.evidence]
    deciding = [each for each in every if each.decides]
    beside = [each for each in every if not each.decides]
    return tuple(
        table
        for table in (
            _table(context, "The evidence that decides", deciding, DECIDING_NOTE, folded=False),
            _table(context, "What stands beside it", beside, BESIDE_NOTE, folded=True),
        )
        if table.rows
    )


def _table(
    context: Context, caption: str, rows: Sequence[Evidence], note: str, *, folded: bool
) -> Table:
    return Table(
        caption=caption,
        columns=(
            Column("Claim", numeric=False),
            Column("Measured", numeric=False),
            *place_columns(context),
            METHOD,
            Column("Against", numeric=False),
            Column(f"Effect [{confidence_words(context)} interval]"),
            Column("Says", numeric=False),
            Column("T", numeric=False),
            SEEDS,
            Column("p", "unadjusted" if folded else "adjusted"),
        ),
        rows=tuple(_row(each, context) for each in rows),
        note=note,
        folded=folded,
    )


def _row(each: Evidence, context: Context) -> tuple[Cell, ...]:
    effect, interval = effect_words(each)
    said = str(each.says) if each.decides else beside_words(each)
    other = method_cell(each.against)
    if each.control:
        other = Cell(each.against, "a part of it")
    return (
        Cell(SHORT[each.claim]),
        Cell(MEASURES[each.measure], flops_words(each)),
        *place_cells(each.place, context),
        method_cell(each.method),
        other if each.against else Cell("–"),
        Cell(effect, interval, value=each.paired.effect.point),
        Cell(said, verdict=css_class(STYLES[each.says]) if each.decides else ""),
        Cell(levels_words(each) or "–"),
        count_cell(each.paired.effect.n),
        p_cell(each.p),
    )
