"""Whether a record holds what was measured: asked where it is written and where it is read.

JSON has no word for NaN or infinity, so a record with one could be written and never read. A time
that is not above 0 comes from a clock that stood or ran backwards; of records from before that was
asked, those with a time of 0 are read.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from bench.records.record import Epoch, Phases, Record
from bench.study.whole_numbers import LARGEST, too_large

COUNTS = ("parameters", "flops_per_epoch", "examples_seen")

LONGEST, MOST_JOULES = 1e10, 1e20
"""Seconds (300 years) and joules that no run takes: sums and dates of more leave what floats and
calendars have."""


def sound(record: Record) -> Record:
    """Return `record`, or, if it holds a number that cannot be, a failed one without any."""
    problems = list(_problems(record))
    if not problems:
        return record
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    failed = record.status != "ok"
    epochs = _good_epochs(record)
    return record.model_copy(
        update={
            "status": record.status if failed else "error",
            "failure": record.failure if failed else f"not measured: {problems[0]}{more}",
            "epochs": epochs,
            "ended_by": None,
            "tested_epoch": None,
            "test_accuracies": [],
            "controls": {},
            "facts": {name: v for name, v in record.facts.items() if not _is_odd(v)},
            "energy_joules": None,
            "load": None,
            "communication": None,
            "phases": record.phases and _good_phases(record.phases),
            **{name: None for name in COUNTS if not _is_count(getattr(record, name))},
        }
    )


def impossible(record: Record) -> str:
    """Name a number of a record that is read and that nothing can have measured; "" for none."""
    memory = None if record.memory is None else record.memory.peak_bytes
    amounts = {
        **{f"seconds of epoch {n}": e.seconds for n, e in enumerate(record.epochs, start=1)},
        **(vars(record.phases) if record.phases else {}),
        "peak memory": memory,
        "energy": record.energy_joules,
    }
    below = (f"{name}: {n}" for name, n in amounts.items() if n is not None and n < 0)
    most = dict.fromkeys(amounts, LONGEST) | {"peak memory": LARGEST, "energy": MOST_JOULES}
    above = (f"{name}: {n}" for name, n in amounts.items() if n is not None and n > most[name])
    losses = (
        f"validation loss of epoch {n}: {e.validation_loss}"
        for n, e in enumerate(record.epochs, start=1)
        if e.validation_loss is not None and e.validation_loss < 0
    )
    validation = [epoch.validation_accuracy for epoch in record.epochs]
    shares = _outside(record, {"validation accuracy": validation})
    found = chain(below, above, losses, _no_counts(record), shares, _in_cell(record))
    return next(found, "")


def _no_counts(record: Record) -> Iterator[str]:
    found = {name: getattr(record, name) for name in COUNTS}
    return (f"{name}: {value}" for name, value in found.items() if not _is_count(value))


def _in_cell(record: Record) -> Iterator[str]:
    for place in too_large(record.cell.model_dump()):
        yield f"cell.{'.'.join(map(str, place))} is beyond {LARGEST}"


def _is_count(value: int | None) -> bool:
    return value is None or 0 <= value <= LARGEST


def _outside(record: Record, also: Mapping[str, list[float]]) -> Iterator[str]:
    shares = {"test accuracy": record.test_accuracies, **record.controls, **also}
    for name, values in shares.items():
        if name in record.controls and not values:
            yield f"{name} has no accuracy"
        yield from (f"{name} is {value}" for value in values if not 0 <= value <= 1)


def _problems(record: Record) -> Iterator[str]:
    good = record.status == "ok"
    for number, epoch in enumerate(record.epochs, start=1):
        for problem in _of_epoch(epoch):
            yield f"epoch {number}: {problem}"
    phases = record.phases.model_dump() if record.phases else {}
    for name, seconds in phases.items():
        if not 0 <= seconds <= LONGEST:
            yield f"{name} took {seconds} s"
    if good and phases and not phases["wall"] > 0:
        yield f"the whole run took {phases['wall']} s"
    if record.energy_joules is not None and not 0 <= record.energy_joules <= MOST_JOULES:
        yield f"energy_joules is {record.energy_joules}"
    yield from _no_counts(record)
    yield from _outside(record, {})
    rest = record.model_dump(exclude={"epochs", "phases", "test_accuracies", "controls", "cell"})
    yield from odd_numbers(rest)


def _of_epoch(epoch: Epoch) -> Iterator[str]:
    if epoch.seconds is not None and not 0 < epoch.seconds <= LONGEST:
        yield f"took {epoch.seconds} s"
    if not math.isfinite(epoch.train_loss):
        yield f"training loss is {epoch.train_loss}"
    if not 0 <= epoch.validation_accuracy <= 1:
        yield f"validation accuracy is {epoch.validation_accuracy}"
    if epoch.validation_loss is not None and not 0 <= epoch.validation_loss < math.inf:
        yield f"validation loss is {epoch.validation_loss}"


def odd_numbers(value: Any, where: str = "") -> Iterator[str]:
    """Name the numbers of nested values that are not finite, or that no table can hold."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from odd_numbers(inner, f"{where}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from odd_numbers(inner, where)
    elif _is_odd(value):
        yield f"{where} is {value}"


def _is_odd(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) > LARGEST
    return isinstance(value, float) and not math.isfinite(value)


def _good_epochs(record: Record) -> list[Epoch]:
    """Return the epochs before the first that is not sound: counts of a failed run end there."""
    good = []
    for epoch in record.epochs:
        if list(_of_epoch(epoch)):
            break
        good.append(epoch)
    return good


def _good_phases(phases: Phases) -> Phases:
    """Return phases with 0, which stands for nothing, in place of a time that cannot be."""
    known = {n: s if 0 <= s <= LONGEST else 0.0 for n, s in phases.model_dump().items()}
    return Phases(**known)
