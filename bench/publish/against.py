"""What NoProp, and what it has to beat, come to against back-propagation, as a table."""

from collections.abc import Iterator, Sequence

from bench.publish.result import Result
from bench.publish.result_table import LEFT_TO_THE_README
from bench.publish.tuned import tuned_words
from bench.publish.unmeasured import width_of
from reports.display.words import counted, join
from reports.formats.markdown import as_text

BACKPROP, LOCAL, ENSEMBLE = "backprop", "noprop-dt", "classifier-ensemble"


def against_backprop(results: Sequence[Result]) -> list[str]:
    """Return a table in Markdown of NoProp and of as many plain classifiers; [] without any.

    A row is a method in a result: effects with 95 % intervals and verdicts, and what ran. Metrics
    that docs/answer.md leaves out are left out here.
    """
    rows = [row for result in results for row in _rows(result)]
    if not rows:
        return []
    labels = list(dict.fromkeys(label for effects, *_ in rows for label in effects))
    heads = [f"against `{BACKPROP}`", *(label.lower() for label in labels), "what ran"]
    cells = [
        [f"`{method}`", *(effects.get(label) or "—" for label in labels), ran]
        for effects, method, ran in rows
    ]
    lines = [f"| {' | '.join(row)} |" for row in (heads, *cells)]
    return [lines[0], "|---" * len(heads) + "|", *lines[1:]]


def _rows(result: Result) -> Iterator[tuple[dict[str, str], str, str]]:
    found = result.answer
    if found is None or result.study.baseline != BACKPROP:
        return
    labels = [column.label for column in found.columns]
    link = f"[{result.name}]({result.folder.as_posix()}/README.md)"
    ran = f"{link}: {as_text(what(result))}"
    for row in sorted(found.rows, key=lambda row: row.method != LOCAL):
        if row.method in (LOCAL, ENSEMBLE):
            pairs = zip(labels, row.entries, strict=True)
            effects = {k: as_text(entry.words) for k, entry in pairs if k not in LEFT_TO_THE_README}
            yield effects, row.method, ran
            ran = link


def what(result: Result) -> str:
    """Name data, sizes, T and seeds of a result in a few words."""
    study, records = result.study, result.records
    images = {n for record in records if (n := record.cell.train_images) is not None}
    widths = {w for record in records if (w := width_of(record)) is not None}
    steps = sorted({t for record in records if (t := record.cell.timesteps) is not None})
    parts = [
        f"{max(images):,} images of {join(study.datasets)}" if images else join(study.datasets),
        f"{max(widths):g} of the published layer sizes" if widths else "",
        f"T = {join([str(t) for t in steps])}" if steps else "",
        tuned_words(result) if study.tuned else "not tuned",
        counted(len({record.cell.seed for record in records}), "seed"),
    ]
    return ", ".join(filter(None, parts))
