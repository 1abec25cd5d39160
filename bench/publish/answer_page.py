"""The blocks of docs/answer.md: what each result says, where it was measured, and what is open."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.publish.beside import verdicts_beside
from bench.publish.marks import Writer
from bench.publish.pictures import FIGURES, figure_path
from bench.publish.result import Result
from bench.publish.result_table import result_table
from bench.publish.said import Said, without_statement
from bench.publish.tuned import tuned_words, unfair_words
from bench.publish.unmeasured import unmeasured
from bench.publish.what_ran import at_which_timesteps, what_ran
from bench.readme_block import filled
from reports.claims.words import NAMES, RULES, STATEMENTS
from reports.comparisons.look_words import looked_sentence
from reports.display.words import counted, join
from reports.formats.markdown import as_text

NOT_YET = "*Not measured yet.*"
STUDIES = {
    "mnist-cpu": "python -m bench.run --study mnist-cpu --tune",
    "cifar10-cpu": "python -m bench.run --study cifar10-cpu",
    "paper-mnist": "python -m bench.run --study paper-mnist --device cuda:0",
}
"""Results that have a block of their own, by name, and the command that begins them."""


def writers(said: Sequence[Said], root: Path) -> Mapping[str, Writer]:
    """Return who writes which block."""
    by_name = {each.result.name: each for each in said}
    own = {
        f"result {name}": (lambda name=name: _result(name, by_name.get(name)))
        for name in STUDIES
    }  # fmt: skip
    return {
        "the claims as they are judged": _as_made,
        "the claims": lambda: _claims(said),
        "the budgets": lambda: _budgets(said),
        **own,
        "where it was measured": lambda: _where(said),
        "what was not measured": lambda: _open(said),
        "figures": lambda: _figures(said, root),
    }


def _claims(said: Sequence[Said]) -> str:
    judged = [each for each in said if each.claims]
    if not judged:
        return f"{NOT_YET} `torchrun --nproc-per-node 2 -m bench.run --study claims` measures it."
    first = judged[0]
    items = [
        filled(f"**{as_text(title)}.** {as_text(without_statement(text))}{_rule(title)}")
        for title, text in first.claims
    ]
    ran = f"{what_ran(first.result, 'results')} {at_which_timesteps(first.result)}"
    return "\n\n".join([filled(f"{as_text(first.outcomes)} {ran}"), *items])


def _as_made() -> str:
    lines = [
        f"{n}. *{name}.* {STATEMENTS[claim]}" for n, (claim, name) in enumerate(NAMES.items(), 1)
    ]
    return "\n".join(filled(line, "   ") for line in lines)


def _rule(title: str) -> str:
    """Say what decides a claim, of its title."""
    own = [as_text(RULES[claim]) for claim, name in NAMES.items() if name in title]
    return f" Decided by: {own[0]}" if own else ""


def _result(name: str, found: Said | None) -> str:
    if found is None:
        return f"{NOT_YET} `{STUDIES[name]}` measures it."
    result = found.result
    runs = counted(len(result.records), "run")
    head = (
        f"{result.study.description} {runs}; {tuned_words(result)}."
        f"{looked_sentence(result.plan)}{_in_doubt(result)}"
    )
    missing = result.missing()
    return "\n\n".join(
        [
            filled(as_text(head)),
            "\n".join(result_table(result)),
            filled(f"{_rests_on(result)} [All verdicts](results/{name}/README.md), with p."),
            *(filled(as_text(text)) for text in unfair_words(result)),
            *([f"Incomplete: {'; '.join(missing)}."] if missing else []),
        ]
    )


def _rests_on(result: Result) -> str:
    """Say what the effects are means of, and how many runs failed."""
    failed = sum(record.status != "ok" for record in result.records)
    return (
        "Effects are means over settings within each seed, with intervals and the verdict; "
        f"{failed or 'none'} of {counted(len(result.records), 'run')} failed."
    )


def _in_doubt(result: Result) -> str:
    """Say so where other work on the machine may have moved the times."""
    if not result.disturbed:
        return ""
    runs = counted(result.disturbed, "run")
    return f" In {runs} the machine had other work too: times are in doubt."


def _budgets(said: Sequence[Said]) -> str:
    found = [each for each in said if each.result.budgets[0].compared]
    if not found:
        return f"{NOT_YET} `python -m bench.run --study digits-budgets` measures it."
    result = found[0].result
    head = (
        f"The study [`{result.name}`](results/{result.name}/README.md), "
        f"{counted(len({r.cell.seed for r in result.records}), 'seed')}. "
        f"{as_text(result.study.description)}{_in_doubt(result)}"
    )
    return "\n\n".join([filled(head), *verdicts_beside(result)])


def _where(said: Sequence[Said]) -> str:
    if not said:
        return NOT_YET
    results = [each.result for each in said]
    days = join(sorted({result.days for result in results}))
    devices = join(sorted({result.devices for result in results}))
    torch = join(sorted({r.environment.torch for result in results for r in result.records}))
    names = join([f"[{r.name}](results/{r.name}/README.md)" for r in results])
    where = (
        f"{as_text(devices)}, torch {as_text(torch)}, {days}. Runs, seeds, options, commits and "
    )
    return filled(f"{where}commands of each stand in its own page: {names}.")


def _open(said: Sequence[Said]) -> str:
    found = unmeasured([each.result for each in said])
    return "\n".join(f"- {as_text(each)}" for each in found) if found else NOT_YET


def _figures(said: Sequence[Said], root: Path) -> str:
    lines = []
    for each in said:
        name = each.result.name
        there = [f for f in FIGURES if (root / figure_path(name, f, "pdf")).is_file()]
        links = [f"[{f}](answer/{figure_path(name, f, 'pdf').name})" for f in there]
        lines += [f"- `{name}`: {', '.join(links)}"] if links else []
    return "\n".join(lines) or NOT_YET
