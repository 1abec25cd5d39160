"""A result's own README: what ran, on what, what it says, and the commands that repeat it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.publish.beside import turns_elsewhere, under_each_budget
from bench.publish.data import data_lines
from bench.publish.result import PAGE, STUDY, Result
from bench.publish.tuned import tuning_lines
from bench.publish.unmeasured import unmeasured
from bench.readme_block import filled, named
from bench.records.packed import ARCHIVE
from bench.repeating import repeating_command
from noprop_core.datasets.table import is_path
from reports.comparisons.look_words import looked_sentence
from reports.display.words import counted, join
from reports.formats.markdown import as_text

NO_DATA = {"digits"}
"""Data sets that come with a library: no folder has to be named, as of one that is a path."""
FIGURES = "figures"
HEAD = "<!-- written by python -m bench.publish; changes are lost -->"


def told(result: Result, root: Path) -> str:
    """Return the README of a result whose files lie in the clone `root`, in Markdown."""
    parts = (part for part in _parts(result, root) if part)
    return "\n\n".join([HEAD, f"# {result.name}", *parts]) + "\n"


def answer_lines(result: Result) -> list[str]:
    """Return the result's answer as a list in Markdown: a sentence per method."""
    sentences = result.answer.sentences if result.answer else ()
    return [filled(f"- {named(method, text)}", "  ") for method, text in sentences]


def _parts(result: Result, root: Path) -> Iterator[str]:
    yield filled(as_text(result.study.description))
    missing = result.missing()
    if missing:
        yield filled(f"**Incomplete.** The study declares more: {join(missing)} are not here.")
    yield filled(_what_ran(result))
    if failures := list(_failures(result)):
        yield "\n".join(["## What failed", "", *failures])
    if lines := answer_lines(result):
        under = f" under {as_text(result.plan.budgets[0])}" if result.plan.budgets else ""
        head = (
            f"Each method against `{result.study.baseline}`{under}, paired by seed, with intervals:"
        )
        yield "\n".join(["## What it says", "", filled(head), "", *lines])
    if beside := under_each_budget(result):
        yield "\n\n".join(["## Under each budget", *beside])
        if turns := turns_elsewhere(result):
            yield "\n".join(["Other verdicts that turn:", "", *turns])
    if tuning := tuning_lines(result):
        yield "\n\n".join(["## How the options were chosen", *(filled(as_text(t)) for t in tuning)])
    yield "\n".join(["## What was not measured", "", *(f"- {s}" for s in unmeasured([result]))])
    yield "\n".join(["## Again", "", "```sh", *commands(result), "```", "", filled(CHECKED)])
    yield "\n".join(["## Data", "", *data_lines(result)])
    yield "\n".join(["## Files", "", *_files(result, root)])


CHECKED = (
    "The last line compares accuracies and losses of what was run again with those published: "
    "equal to the bit where torch, instructions of the processor and data are the same; elsewhere "
    "it says what differs, and compares nothing."
)


def commands(result: Result) -> list[str]:
    """Return the commands that make a result again, publish it, and check two of its seeds."""
    study = result.study
    read = {name for name in study.datasets if not is_path(name)} - NO_DATA
    data = " --data-dir data" if read else ""
    lines = []
    if study.tuned is not None:
        lines.append(f"python -m bench.run --study {study.tuned.study} --tune{data}")
    again = repeating_command(study, result.folder / STUDY, result.jobs)
    lines.append(f"{again}{data}")
    lines.append(f"python -m bench.publish results/{study.name} --as {result.name}")
    seeds = ",".join(str(seed) for seed in study.seeds[:2])
    lines.append(f"python -m bench.rerun {result.folder} --seeds {seeds}{data}")
    return lines


def _what_ran(result: Result) -> str:
    records = result.records
    places = [record.environment for record in records]
    failed = sum(record.status != "ok" for record in records)
    seeds = len({record.cell.seed for record in records})
    # Waiting for a process is none of a run's time: side by side it is waiting for a free core.
    wall = sum(record.phases.wall - record.phases.start for record in records if record.phases)
    timed = sum(record.phases is not None for record in records)
    cores = join(sorted({f"{place.logical_cores} cores" for place in places}))
    threads = join(sorted({counted(place.threads, "thread") for place in places}))
    versions = join(sorted({as_text(place.torch) for place in places}))
    commits = join(sorted({as_text(place.code_version[:12]) for place in places}))
    hours = f"{counted(timed, 'run')} took {_clock(wall)} together"
    how = join(sorted({r.cell.execution.words or "one after the other" for r in records}))
    aside = f" {counted(result.set_aside, 'run')} of other settings lie beside." * bool(
        result.set_aside
    )
    return (
        f"{counted(len(records), 'run')} over {counted(seeds, 'seed')}, {how}; {failed or 'none'} "
        f"failed, and in {result.disturbed or 'none'} the machine had something else to do too."
        f"{aside} {as_text(result.devices)}, {cores}, {threads}; torch {versions}; {result.days}; "
        f"commit {commits}. {hours}.{looked_sentence(result.plan)}"
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} hours" if hours else f"{minutes}:{rest:02} minutes"


def _failures(result: Result) -> Iterator[str]:
    found = Counter(
        (r.cell.method, r.status, r.failure) for r in result.records if r.status != "ok"
    )
    for (method, status, failure), count in sorted(found.items()):
        yield filled(f"- `{method}`: {counted(count, 'run')} {status}: {as_text(failure)}", "  ")


def _files(result: Result, root: Path) -> Iterator[str]:
    folder = root / result.folder
    told = {
        PAGE: "the page, one file",
        ARCHIVE: f"every record; `python -m bench.report {result.folder}` reads it as it is",
        STUDY: "what was declared",
    }
    for name, what in told.items():
        if (folder / name).is_file():
            size = (folder / name).stat().st_size
            yield filled(f"- [`{name}`]({name}) ({_size(size)}): {what}", "  ")
    if (folder / FIGURES).is_dir():
        yield f"- [`{FIGURES}`]({FIGURES}): every figure as SVG and PDF, with captions"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{max(1, round(count / 1024))} KiB"
