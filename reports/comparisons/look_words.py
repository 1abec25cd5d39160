"""Planned looks in words: which were made, and what of alpha they have spent."""

from reports.display.numbers import number, p_text
from reports.display.words import counted, join
from reports.input.plan import Plan
from reports.statistics.sequential import plan_looks


def looks_words(plan: Plan) -> str:
    """Say when a sequential study looks, when it has looked, and how much of alpha that took."""
    assert plan.sequential is not None
    looks = plan.sequential.looks
    planned = join([str(n) for n in looks])
    if plan.looks_made is None:
        return f"at {planned} seeds, wherever there are as many; {ADJUSTED}"
    return f"at {planned} seeds; {made_words(plan)}; {ADJUSTED}"


def made_words(plan: Plan) -> str:
    """`2 made, at 5 and 10 seeds, with .0024 of alpha = .05 spent`; what was made is on record."""
    if plan.sequential is None or not plan.looks_made:
        return "none made yet"
    made = plan.looks_made
    spent = {look.seeds: look.spent for look in plan_looks(plan.sequential.looks, plan.alpha)}
    return (
        f"{number(len(made), 0)} made, at {join([str(n) for n in made])} seeds, with "
        f"{p_text(spent[made[-1]])} of alpha = {plan.alpha:g} spent"
    )


def looked_sentence(plan: Plan) -> str:
    """One sentence for the top of a sequential study's page; empty for any other."""
    if plan.sequential is None:
        return ""
    most = counted(plan.sequential.looks[-1], "seed")
    if plan.looks_made is None:
        return f" Seeds were added by looks, at most {most}."
    return f" Seeds were added by looks, at most {most}: {made_words(plan)}."


ADJUSTED = (
    "p-values are adjusted for looking (Lan and DeMets's spending, after O'Brien and Fleming), "
    "intervals of one comparison are not"
)
