"""What ran of a result, in sentences: data, sizes, budget, seeds, processes, T."""

from collections import defaultdict

from bench.publish.result import Result
from bench.publish.tuned import tuned_words
from bench.publish.unmeasured import width_of
from reports.display.words import counted, join, levels


def what_ran(result: Result, folder: str) -> str:
    """Say in a sentence what was run: without it no verdict means anything.

    `folder` is that of the results, as the document that says it leads there.
    """
    study, records = result.study, result.records
    widths = sorted({w for r in records if (w := width_of(r)) is not None})
    ranks = max(record.cell.execution.ranks for record in records)
    here = " of one machine" * (len({record.environment.node for record in records}) == 1)
    longer = [f"{n} of `{name}`" for name, n in study.budget.own_epochs.items()]
    own = f" ({join(longer)})" if longer else ""
    parts = [
        f"study [`{result.name}`]({folder}/{result.name}/README.md) on {join(study.datasets)}",
        f"batch size {join([str(size) for size in study.batch_sizes])}",
        f"{study.budget.of(study.baseline).words}{own}",
        f"{join([f'{w:g}' for w in widths])} of the published layer sizes" if widths else "",
        f"at most {ranks} processes{here}" if ranks > 1 else "",
        counted(len({r.cell.seed for r in records}), "seed"),
        tuned_words(result),
    ]
    return f"What ran: {', '.join(filter(None, parts))}."


def at_which_timesteps(result: Result) -> str:
    """Say at which T each method ran, those together that ran at the same."""
    by_steps: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for method in result.study.methods:
        own = [r.cell.timesteps for r in result.records if r.cell.method == method]
        if steps := tuple(sorted({t for t in own if t is not None})):
            by_steps[steps].append(f"`{method}`")
    said = [f"{levels(steps)} of {join(methods)}" for steps, methods in by_steps.items()]
    return f"T = {'; '.join(said)}." if said else ""
