"""What a valid study has to come to: good records that read back, and whatever is made of them."""

import csv
from pathlib import Path

from hostile_verdicts import Came

from bench.records.record import Record
from bench.records.store import read_record

ONLY_THE_DATA_TELL = "prototype embeddings need an image of every class"
"""What may be wrong with a valid study, and is known once its run has the images."""


def records_of(words: list[str]) -> list[Record]:
    """Return the records where a command line puts them, each read and checked."""
    results = words[words.index("--results") + 1] if "--results" in words else "results"
    return [read_record(path) for path in sorted(Path(results).glob("*/records/*.json"))]


def faults_of_legal(name: str, words: list[str], came: Came, *, again: bool) -> list[str]:
    """Return what is wrong with the end of a call about a valid study.

    `again` tells that the call was made before, and should find everything done.
    """
    records = records_of(words)
    if came.code == 2 or not records:  # refused: the generator's affair, and counted
        return []
    if name == "report" or "--plan" in words:
        return [] if came.code == 0 else [f"exit code {came.code}, where there are records"]
    if "--export" in words:
        return _exported(came, records, Path(words[words.index("--export") + 1]))
    if "--tune" in words:
        return []
    good = all(record.status == "ok" for record in records)
    found = [] if came.code == (0 if good else 1) else [f"exit code {came.code}, {good=}"]
    found += [
        f"{record.cell.method}: {record.failure}\n{record.traceback}" for record in records
        if record.status not in ("ok", "diverged") and ONLY_THE_DATA_TELL not in record.failure
    ]  # fmt: skip
    done = any(line.startswith("0 of ") for line in came.out.splitlines())  # looks come before it
    if again and good and "--rerun" not in words and not done:
        found.append(f"runs again what is done: {came.out.splitlines()[0]}")
    return found


def _exported(came: Came, records: list[Record], path: Path) -> list[str]:
    if came.code != 0:
        return [f"exit code {came.code}, where there are records"]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            count = len(list(csv.DictReader(file)))
    else:
        import pyarrow.parquet

        count = pyarrow.parquet.read_metadata(path).num_rows
    return [] if count == len(records) else [f"{count} rows of {len(records)} records"]
