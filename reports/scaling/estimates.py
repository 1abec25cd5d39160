"""Runs divided over processes against the same method in one: time, bytes sent, memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import pandas as pd

from reports.input.pairing import Groups, Setting, paired_values, runs_at
from reports.input.plan import Plan
from reports.input.runs import Row, Run, row_of
from reports.statistics.effect import PairedEffect
from reports.statistics.estimate import Estimate, mean_interval
from reports.statistics.paired import paired_ratio

SECONDS, MEMORY = "epoch_seconds", "peak_memory_bytes"
UNDIVIDED = "none"


@dataclass(frozen=True, slots=True)
class DividedArm:
    """One method in one setting, divided over `ranks` processes; means over `n` finished runs.

    `speed_up` is the time of the undivided arm `against` over this one's, paired by seed; None
    where there is no such arm. Bytes are of all processes, for one epoch: `sent` while it was
    trained, `gathered` around it; None where nothing counted them. `memory` is the largest peak of
    any process, `memory_undivided` that of the one process of `against`.
    """

    method: str
    setting: Setting
    way: str
    ranks: int
    seconds: Estimate
    against: str
    speed_up: PairedEffect | None
    sent: float | None
    gathered: float | None
    memory: float | None
    memory_undivided: float | None
    n: int

    @property
    def efficiency(self) -> float | None:
        """Speed-up per process; 1 where every process is worth as much as the first."""
        if self.speed_up is None or self.speed_up.effect.point is None:
            return None
        return self.speed_up.effect.point / self.ranks


def divided_arms(
    groups: Groups, rows: Mapping[tuple[str, str], Row], plan: Plan
) -> tuple[DividedArm, ...]:
    """Return every arm whose runs were divided; empty where the frame does not say."""
    found = []
    for (method, setting), runs in groups.items():
        finished = [run for run in runs if run.ok]
        if finished and _way(finished[0], rows) != UNDIVIDED:
            found.append(_arm(method, setting, finished, groups, rows, plan))
    return tuple(sorted(found, key=lambda arm: (arm.setting.order, arm.method)))


def _arm(
    method: str,
    setting: Setting,
    runs: Sequence[Run],
    groups: Groups,
    rows: Mapping[tuple[str, str], Row],
    plan: Plan,
) -> DividedArm:
    against = _undivided(method, setting, groups, rows)
    theirs = runs_at(groups, against, setting) if against else {}
    pairs = paired_values(theirs, {run.seed: run for run in runs}, SECONDS)
    first = row_of(runs[0], rows)
    return DividedArm(
        method=method,
        setting=setting,
        way=str(first["division"]),
        ranks=int(str(first["ranks"])),
        seconds=mean_interval(_values(runs, SECONDS), plan.confidence),
        against=against,
        speed_up=paired_ratio(
            *zip(*pairs.values(), strict=True), margin_percent=0.0, confidence=plan.confidence
        )
        if pairs
        else None,
        sent=_mean([_number(row_of(run, rows).get("sent_bytes")) for run in runs]),
        gathered=_mean([_number(row_of(run, rows).get("gathered_bytes")) for run in runs]),
        memory=_mean(_values(runs, MEMORY)),
        memory_undivided=_mean(_values([r for r in theirs.values() if r.ok], MEMORY)),
        n=len(runs),
    )


def _undivided(
    method: str, setting: Setting, groups: Groups, rows: Mapping[tuple[str, str], Row]
) -> str:
    """Return the undivided arm of the same method in `setting`; "" if there is none."""
    base = _base(method)
    for (other, place), runs in groups.items():
        finished = [run for run in runs if run.ok]
        alike = _base(other) == base and place == setting
        if alike and finished and _way(finished[0], rows) == UNDIVIDED:
            return other
    return ""


def _base(method: str) -> str:
    """Return a method's name without its variant, and without what sets it apart."""
    return method.partition(" [")[0].partition("/")[0]


def _way(run: Run, rows: Mapping[tuple[str, str], Row]) -> str:
    return str(row_of(run, rows).get("division") or UNDIVIDED)


def _values(runs: Sequence[Run], column: str) -> list[float]:
    return [value for run in runs if (value := run.values.get(column)) is not None]


def _number(value: object) -> float | None:
    return None if value is None or pd.isna(value) else float(str(value))  # type: ignore[call-overload]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
