"""Several budgets in words: where a verdict turns, and what that does not show."""

import re
from collections.abc import Sequence

from reports.budgets.estimates import Turn, UnderBudgets
from reports.display.numbers import effect_text
from reports.display.setting import place_words
from reports.display.words import counted, equation, join
from reports.input.context import Context
from reports.input.plan import Plan

HEADS = {
    Turn.ROUND: "turns round",
    Turn.KIND: "differs in kind",
    Turn.DECIDED: "is decided under some budgets alone",
    Turn.NONE: "does not turn",
}


def shorts(plan: Plan) -> dict[str, str]:
    """Return what heads a budget's columns: its label without what all share, or is in brackets.

    "convergence" instead of "convergence (patience 5, gain 0.001, at most 100 epochs)", and
    "4 epochs" instead of "4 epochs of 400 images"; whole labels where that does not tell them.
    """
    without = {b: re.sub(r" (of|on) \d+ images", "", b) for b in plan.budgets}
    short = {budget: re.sub(r" \([^)]*\)", "", left) for budget, left in without.items()}
    return short if len({*short.values()}) == len(short) else {b: b for b in plan.budgets}


def introduction(plan: Plan, *, tuned: bool) -> tuple[str, ...]:
    """Say what is held equal in each arm, what is compared with what, and how alpha is shared."""
    names = join(list(plan.budgets))
    tuning = (
        " Options were tuned under one budget, which may favour those methods that it suits."
        if tuned
        else ""
    )
    return (
        f"The same runs under {counted(len(plan.budgets), 'budget')}: {names}. Everything else on "
        f"this page is about the first, except the list of failures, which has all. Runs under "
        f"unlike budgets are never compared or pooled: every effect is of runs under one budget, "
        f"paired by seed. All of them share alpha, so that the chance of any false claim in a "
        f"metric, under whichever budget, is at most "
        f"{plan.alpha:g}.{tuning}",
        "That a verdict is decided under one budget and not under another is no sign that the "
        "effects differ: look at both intervals.",
    )


def turn_sentences(compared: Sequence[UnderBudgets], context: Context) -> tuple[str, ...]:
    """Return a sentence for every verdict that turns, the sharpest turns first, or one for none."""
    order = list(Turn)
    turning = sorted(
        (one for one in compared if one.turn is not Turn.NONE),
        key=lambda one: order.index(one.turn),
    )
    if not turning:
        return ("No verdict turns between the budgets.",)
    return tuple(verdict_sentence(one, context) for one in turning)


def verdict_sentence(one: UnderBudgets, context: Context) -> str:
    """Say whether a candidate's verdict in a metric turns, and what it is under each budget."""
    said = [_under(one, budget, context) for budget in one.by_budget]
    several = not (context.one_dataset and len({*context.unlike} - {"budget"}) == 0)
    where = f" on {place_words(one.place, context)}" if several else ""
    name = one.metric.name[:1].lower() + one.metric.name[1:]
    return f"{one.candidate}'s verdict in {name}{where} {HEADS[one.turn]}: {'; '.join(said)}."


def _under(one: UnderBudgets, budget: str, context: Context) -> str:
    c = one.by_budget[budget].comparison
    effect, interval = effect_text(c.paired, one.metric.step)
    inside = f" {interval}" if interval else ""
    short = shorts(context.plan)[budget]
    return f"{c.verdict} under {short} ({effect}{inside}, {equation('n', c.n)})"
