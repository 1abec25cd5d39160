"""README's results of a study in Markdown: a table of means, and the answer's sentences."""

import textwrap
from collections.abc import Iterator
from datetime import date

import pandas as pd

from bench.readme_reference import Reference
from bench.records import frame
from noprop_core.errors import InvalidSetting
from reports.display.answer import Answer
from reports.display.words import counted, join
from reports.formats.markdown import as_text
from reports.input.plan import Plan
from reports.page.answer import answer_alone

ENDS = "<!-- ends -->"
COMMIT, WIDTH = 7, 100
"""Letters of a commit that are shown, and of a line."""


def begins(study: str) -> str:
    """Return the mark before a study's results."""
    return f"<!-- begins: results of {study}, written by python -m bench.readme -->"


def written_into(text: str, reference: Reference) -> str:
    """Return README's `text` with a study's results in their place."""
    mark = begins(reference.study.name)
    before, found, rest = text.partition(mark)
    _, ends, after = rest.partition(ENDS)
    if not found or not ends:
        raise InvalidSetting(f"README has no place for the results: '{mark}' ... '{ENDS}'")
    return f"{before}{mark}\n\n{block(reference)}\n\n{ENDS}{after}"


def block(reference: Reference) -> str:
    """Return the results: what ran, a table at the smallest batch size, a sentence per method."""
    study = reference.study
    answer = answer_of(reference)
    sentences = answer.sentences if answer else ()
    # A time to target needs learning curves, which are not kept.
    listed = [filled(f"- {named(method, text)}", "  ") for method, text in sentences]
    return "\n\n".join(
        [
            filled(_what_ran(reference)),
            "\n".join(_table(_smallest(reference.runs))),
            f"Each method against `{study.baseline}`, paired by seed, with 95 % intervals:",
            "\n".join(listed),
        ]
    )


def answer_of(reference: Reference) -> Answer | None:
    """Return what the runs answer; `None` where nothing is compared."""
    study = reference.study
    plan = Plan.of(study, study.name, study.description)
    return answer_alone(reference.runs, frame.epochs_frame([]), plan)


def _what_ran(reference: Reference) -> str:
    runs, study = reference.runs, reference.study
    failed = int((runs["status"] != "ok").sum())
    where = f"torch {_each(runs, 'torch_version')} on {_each(runs, 'device_name')}"
    minutes, seconds = divmod(round(reference.seconds), 60)
    how = join(sorted({each or "one after the other" for each in runs["execution"]}))
    return (
        f"The study `{study.name}` at batch size {_smallest(runs)['batch_size'].iloc[0]}: "
        f"{_each(runs, 'dataset')}, {_each(runs, 'budget')}, means over "
        f"{counted(runs['seed'].nunique(), 'seed')}; {where}, "
        f"{counted(int(runs['threads'].iloc[0]), 'thread')}, {_dates(runs)}, commit "
        f"{join(sorted({version[:COMMIT] for version in runs['code_version']}))}. Its "
        f"{counted(len(runs), 'run')} took {minutes}:{seconds:02} minutes {how}; "
        f"{failed or 'none'} failed, and in {reference.disturbed or 'none'} the machine had "
        "something else to do too."
    )


def _smallest(runs: pd.DataFrame) -> pd.DataFrame:
    smallest: pd.DataFrame = runs[runs["batch_size"] == runs["batch_size"].min()]
    return smallest


def _table(runs: pd.DataFrame) -> Iterator[str]:
    yield "| method | T | test accuracy | time per epoch | peak memory |"
    yield "|---|---|---|---|---|"
    good = runs[runs["status"] == "ok"]
    # T is missing of methods that have none; no T is -1.
    steps = good["timesteps"].fillna(-1)
    for (method, timesteps), own in good.groupby(["method", steps]):
        cells = (
            f"`{method}`",
            "—" if timesteps == -1 else f"{timesteps}",
            f"{100 * own['test_accuracy'].mean():.1f} %",
            f"{own['epoch_seconds'].mean():.3f} s",
            f"{own['peak_memory_bytes'].mean() / 2**20:.1f} MiB",
        )
        yield f"| {' | '.join(cells)} |"


def _each(runs: pd.DataFrame, column: str) -> str:
    return join([as_text(str(value)) for value in sorted(set(runs[column]))])


def _dates(runs: pd.DataFrame) -> str:
    days = sorted({date.fromisoformat(text[:10]) for text in runs["started_at"]})
    return join([f"{day.day} {day:%B %Y}" for day in dict.fromkeys((days[0], days[-1]))])


def filled(text: str, indent: str = "") -> str:
    """Return a paragraph in lines that are no longer than `WIDTH`."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def named(method: str, sentence: str, name: str | None = None) -> str:
    """Return a sentence in Markdown; the method that it begins with is code, or called `name`."""
    own = sentence.removeprefix(method)
    # What is escaped loses the space that it begins with, which `name has no run` needs.
    return f"{name or f'`{method}`'}{' ' * own.startswith(' ')}{as_text(own)}"
