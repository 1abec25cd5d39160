"""The page of `docs/results`: a table of what is there, and what is not."""

from collections.abc import Sequence
from pathlib import Path

from bench.publish.result import PAGE, Result
from bench.publish.told import HEAD
from bench.publish.tuned import tuned_words
from bench.publish.unmeasured import unmeasured
from bench.readme_block import filled
from reports.budgets.words import shorts
from reports.comparisons.look_words import looked_sentence
from reports.display.words import counted, join
from reports.formats.markdown import as_text

TITLE = "# Reference results"
NONE_YET = "No study has been published yet."
HOW = (
    "Each folder has a study's records, compressed, its page, and the commands that make it again. "
    "`bench.frame.load` and `python -m bench.report` read the records as they lie there."
)


def index(results: Sequence[Result], root: Path) -> str:
    """Return `docs/results/README.md` of the clone `root`, in Markdown."""
    if not results:
        return "\n\n".join([HEAD, TITLE, NONE_YET]) + "\n"
    rows = ["| result | question | runs | seeds | device | date |", "|---|---|---|---|---|---|"]
    rows += [_row(result, root) for result in results]
    lacking = "\n".join(f"- {sentence}" for sentence in unmeasured(results))
    parts = [HEAD, TITLE, filled(HOW), "\n".join(rows), "## In none of them", lacking]
    return "\n\n".join(parts) + "\n"


def _row(result: Result, root: Path) -> str:
    page = root / result.folder / PAGE
    link = f", [page]({result.name}/{PAGE})" if page.is_file() else ""
    missing = " (incomplete)" if result.missing() else ""
    cells = (
        f"[`{result.name}`]({result.name}/README.md){link}{missing}",
        as_text(f"{result.study.description}{_how(result)}"),
        counted(len(result.records), "run"),
        str(len({record.cell.seed for record in result.records})),
        as_text(result.devices),
        result.days,
    )
    return f"| {' | '.join(cells)} |"


def _how(result: Result) -> str:
    """Say what is more than one run of each method at each setting: tuning, looks, budgets."""
    tuned = tuned_words(result) if result.study.tuned else ""
    budgets = f"under {join([*shorts(result.plan).values()])}" if result.plan.budgets else ""
    parts = [f" {words[0].upper()}{words[1:]}." for words in (tuned, budgets) if words]
    return "".join([*parts, looked_sentence(result.plan)])
