"""What a study consists of, in one sentence."""

from reports.comparisons.look_words import looked_sentence
from reports.display.words import counted, join
from reports.page.analysis import Analysis


def facts(analysis: Analysis) -> str:
    """How many runs finished, of which methods, on which data sets, with how many seeds."""
    runs, context = analysis.runs, analysis.context
    if not runs:
        return "No runs."
    datasets = join(sorted({run.dataset for run in runs} - {""}))
    return (
        f"{len(runs) - len(analysis.failures)} of {counted(len(runs), 'run')} finished: "
        f"{counted(len(context.methods), 'method')}{f' on {datasets}' if datasets else ''}, "
        f"{counted(len({r.seed for r in runs}), 'seed')}, baseline {context.plan.baseline}."
        f"{looked_sentence(context.plan)}{_beside(analysis)}"
    )


def _beside(analysis: Analysis) -> str:
    """Say which of several budgets the page is about, and where the others are."""
    budgets = analysis.context.plan.budgets
    if not analysis.budgets.compared:
        return ""
    others = counted(analysis.budgets.runs_beside, "run")
    return (
        f" That, and what follows, is under {budgets[0]}; {others} under {join(list(budgets[1:]))} "
        "are in the section on budgets side by side."
    )
