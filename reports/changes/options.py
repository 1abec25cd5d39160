"""Which options of a method differ between two sets of results that call it by one name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pandas as pd

from reports.input.options import flat
from reports.input.runs import Run, row_of, rows_by_run

Options = Mapping[str, set[str]]
"""Methods and their options, as the column `options` has them."""


def options_of(runs: Iterable[Run], frame: pd.DataFrame) -> Options:
    """Return the options of every method of `runs`; nothing where the frame has none."""
    found: dict[str, set[str]] = defaultdict(set)
    if "options" in frame.columns:
        rows = rows_by_run(frame)
        for run in runs:
            found[run.method].add(str(row_of(run, rows)["options"]))
    return dict(found)


def unlike(new: Options, reference: Options) -> tuple[str, str] | None:
    """Return what differs on either side, such as `name: width=0.25`; None for nothing."""
    ours, theirs = [], []
    for method in sorted(new.keys() & reference.keys()):
        if new[method] != reference[method]:
            ours.append(f"{method}: {_differing(new[method], reference[method])}")
            theirs.append(f"{method}: {_differing(reference[method], new[method])}")
    return ("; ".join(ours), "; ".join(theirs)) if ours else None


def _differing(options: set[str], others: set[str]) -> str:
    """Name the options that differ, where each side has one value of each; else all of them."""
    try:
        [(ours, theirs)] = zip(map(flat, options), map(flat, others), strict=True)
    except ValueError:
        return " or ".join(sorted(options))
    names = [name for name in ours if name not in theirs or ours[name] != theirs[name]]
    return ", ".join(f"{name}={ours[name]}" for name in names) or "nothing else"
