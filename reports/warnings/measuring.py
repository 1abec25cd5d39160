"""What makes measured numbers doubtful: a busy machine, unsteady runs, unlike configurations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from reports.input.runs import Run

UNLIKE = {
    "options": "configuration",
    "threads": "number of threads",
    "processor": "processor",
    "cuda": "CUDA version",
    "driver": "driver",
    "isolation": "isolation",
}
"""Columns whose values must be equal within a method, data set, batch size and T to be pooled."""
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class MeasuringTrouble:
    """One kind of trouble: how many of how many runs, of which methods, and in what words."""

    kind: str
    count: int
    of: int
    methods: tuple[str, ...]
    values: tuple[str, ...] = ()


def measuring_troubles(runs: Sequence[Run], frame: pd.DataFrame) -> tuple[MeasuringTrouble, ...]:
    """Find what the columns of `frame` tell against the analysed `runs`; unknown tells nothing."""
    known = [c for c in ("disturbed", "steady", "slow_epochs", *UNLIKE) if c in frame.columns]
    table = frame[["cell", "started_at", *known]].to_dict("records")
    rows = {(str(row["cell"]), str(row["started_at"])): row for row in table}
    pairs = [(run, rows[run.cell, run.started_at]) for run in runs]
    return tuple(_troubles(pairs, known))


def measuring_sentences(troubles: Sequence[MeasuringTrouble]) -> tuple[str, ...]:
    """Put every trouble into one sentence."""
    return tuple(_sentence(trouble) for trouble in troubles)


def _troubles(
    pairs: Sequence[tuple[Run, dict[object, object]]], known: Sequence[str]
) -> Iterator[MeasuringTrouble]:
    finished = [(run, row) for run, row in pairs if run.ok]
    if "disturbed" in known:
        busy = [(run, str(row["disturbed"])) for run, row in finished if _told(row["disturbed"])]
        if busy:
            reasons = Counter(reason for _, reason in busy).most_common(MOST_NAMED)
            yield _trouble("busy", [r for r, _ in busy], finished, [text for text, _ in reasons])
    if "steady" in known:
        unsteady = [run for run, row in finished if row["steady"] is False or row["steady"] == 0]
        if unsteady:
            yield _trouble("unsteady", unsteady, finished)
    if "slow_epochs" in known:
        slow = [
            (run, int(str(row["slow_epochs"])))
            for run, row in finished
            if not pd.isna(row["slow_epochs"]) and row["slow_epochs"]  # type: ignore[call-overload]
        ]
        if slow:
            total = str(sum(count for _, count in slow))
            yield _trouble("outliers", [run for run, _ in slow], finished, [total])
    for column in (c for c in UNLIKE if c in known):
        values: dict[tuple[object, ...], set[str]] = defaultdict(set)
        for run, row in finished:
            key = (run.method, run.dataset, run.batch_size, run.timesteps, run.condition)
            values[key].add(str(row[column]))
        mixed = {key: found for key, found in values.items() if len(found) > 1}
        if mixed:
            methods = tuple(sorted({str(key[0]) for key in mixed}))
            shown = () if column == "options" else sorted(set.union(*mixed.values()))
            yield MeasuringTrouble(column, len(mixed), len(values), methods, tuple(shown))


def _trouble(
    kind: str,
    runs: Sequence[Run],
    finished: Sequence[object],
    values: Sequence[str] = (),
) -> MeasuringTrouble:
    methods = tuple(sorted({run.method for run in runs}))
    return MeasuringTrouble(kind, len(runs), len(finished), methods, tuple(values))


def _told(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _sentence(trouble: MeasuringTrouble) -> str:
    methods = ", ".join(trouble.methods)
    part = f"{trouble.count} of {trouble.of} finished runs"
    match trouble.kind:
        case "busy":
            reasons = "; ".join(trouble.values)
            return f"The machine was busy during {part} ({methods}): {reasons}. Times are doubtful."
        case "unsteady":
            return (
                f"Epoch times drift or scatter by more than 10 % in {part} ({methods}): their "
                "median is no steady state."
            )
        case "outliers":
            return (
                f"Single epochs took far longer or shorter than the others in {part} ({methods}), "
                f"{trouble.values[0]} epochs in all; medians leave them out, totals do not."
            )
    shown = f": {', '.join(trouble.values)}" if trouble.values else ""
    return (
        f"Runs that are averaged over seeds differ in their {UNLIKE[trouble.kind]}{shown}, in "
        f"{trouble.count} of {trouble.of} groups ({methods}). Their mean is of unlike things."
    )
