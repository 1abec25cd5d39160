"""Of which seeds reports were made: `reported.json` beside the records.

Whoever looks at a report and then adds seeds makes false claims more frequent, unless the looks
were planned; this trace is how the next report knows.
"""

import json
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.records.looks import now
from bench.records.whole import write_whole
from bench.study.ranges import parse_integers, written
from noprop_core.errors import UserError
from reports.files.regular import read_regular

REPORTED = "reported.json"
FEWEST = 3
"""Reports of fewer seeds have no verdicts that could lead to more seeds."""


def reported_seeds(folder: Path) -> list[frozenset[int]]:
    """Return, by report with verdicts, the seeds that it showed or that were declared by then.

    A trace that is missing or cannot be read says nothing.
    """
    found = []
    for entry in _entries(folder):
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            shown = parse_integers(entry["seeds"])
            if len(shown) >= FEWEST:
                found.append(frozenset([*shown, *parse_integers(entry["declared"])]))
    return found


def keep_trace(folder: Path, seeds: Collection[int], declared: Collection[int]) -> None:
    """Note that a report was made of `seeds`, if the last one was of others.

    Where the folder cannot be written, a report is made all the same.
    """
    entries = _entries(folder)
    what = {"seeds": written(seeds), "declared": written(declared)}
    if not seeds or any(isinstance(e, dict) and what.items() <= e.items() for e in entries):
        return
    with suppress(UserError):
        write_whole(folder / REPORTED, json.dumps([*entries, {**what, "at": now()}], indent=1))


def without_times(text: str) -> str:
    """Return a trace's text without the times of the reports, of which nothing depends."""
    try:
        found = json.loads(text)
        kept = [{k: v for k, v in entry.items() if k != "at"} for entry in found]
    except (ValueError, RecursionError, TypeError, AttributeError):
        return text
    return json.dumps(kept, indent=1)


def _entries(folder: Path) -> list[Any]:
    try:
        found = json.loads(read_regular(folder / REPORTED))
    except (OSError, ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []
