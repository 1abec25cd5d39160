"""Seeds of a published result run again: what `bench.rerun` does.

The runs are cells of the published records, so that a study with looks, or one whose file has
changed since, is repeated as it was. They are made in `results/NAME+again`, and a call that was
stopped goes on there.
"""

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch

from bench.command import say, warn
from bench.execute.executor import ISOLATIONS, make
from bench.execute.launch import Launch
from bench.publish.result import Result, asked_for, result_in
from bench.records.record import Epoch, Record
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.study.budget import Seconds
from bench.study.budget_table import KINDS, BudgetTable
from bench.study.labels import labels_of
from bench.study.ranges import parse_names
from bench.study.study import Study
from noprop_core.errors import InvalidSetting
from reports.display.words import counted, join

SUFFIX = "+again"
NEVER = "no such run was published"
NO_END = "a budget in seconds ends where the machine has come to"
OTHER = "today's code makes another run of what was declared: an option's default has changed"


@dataclass(frozen=True)
class Compared:
    """One published run and what became of it.

    `unlike` says why the two cannot be compared, `differs` in what they are not equal.
    """

    label: str
    unlike: tuple[str, ...]
    differs: tuple[str, ...]


def rerun(given: Namespace) -> int:
    """Run the seeds again and say what came of it; return the exit code."""
    result = result_in(given.folder)
    study = again(result, given)
    device = result.records[0].cell.execution.device
    if device != "cpu" and not torch.cuda.is_available():
        raise InvalidSetting(f"'{result.name}' was run on {device}, which torch sees none of here")
    store = RecordStore(given.results / study.name)
    with make(ISOLATIONS[given.isolation]) as executor:
        launch = Launch(study.name, torch.device(device), given.data_dir)
        outcome = run_study(study, store, launch, executor)
    found = list(compare(result.records, [*outcome.reused, *outcome.made]))
    for line in lines(found):
        say(line)
    unequal = [each for each in found if each.differs]
    for each in unequal:
        warn(f"{each.label}: {join(each.differs)}")
    return 1 if unequal else 0


def again(result: Result, given: Namespace) -> Study:
    """Return the part of a published study that is asked for; raises `InvalidSetting`."""
    ran = {record.cell.method for record in result.records}
    steps = {record.cell.timesteps for record in result.records}
    methods = [name for name in result.study.methods if name in ran]
    divided = [name for name in methods if result.study.division_of(name) != "none"]
    if divided:
        warn(f"note: {join(divided)}: divided over processes, and not run again")
    budget = _comparable(result.study.budget)
    if len(budget.each) < len(result.study.budget.each):
        warn(f"note: runs under a budget in seconds are not run again: {NO_END}")
    have: dict[str, list[Any]] = {
        "seeds": sorted({record.cell.seed for record in result.records}),
        "methods": [name for name in methods if name not in divided],
        "timesteps": [t for t in result.study.timesteps if t in steps] or result.study.timesteps,
    }
    asked = {
        "seeds": given.seeds or have["seeds"][:2],
        "methods": parse_names(given.methods) if given.methods else have["methods"],
        "timesteps": given.timesteps or have["timesteps"],
    }
    for name, values in asked.items():
        if lacking := [str(value) for value in values if value not in have[name]]:
            known = ", ".join(map(str, have[name]))
            raise InvalidSetting(
                f"--{name}: '{result.name}' has no run of {', '.join(lacking)}; it has {known}"
            )
    name = f"{result.study.name}{SUFFIX}"
    anew = {"name": name, "sequential": None, "budget": budget}
    return result.study.model_copy(update={**asked, **anew})


def _comparable(budget: BudgetTable) -> BudgetTable:
    """Return what of several budgets ends a run at the same epoch again; all, if none does."""
    kept = [each for each in budget.each if each.seconds is None]
    if not kept:
        return budget
    first = {kind: getattr(kept[0], kind) for kind in KINDS}
    return budget.model_copy(update={**first, "also": kept[1:]})


def compare(published: Sequence[Record], made: Sequence[Record]) -> Iterator[Compared]:
    """Yield every run of `made` beside the published one of the same cell."""
    before = {_key(record): record for record in published}
    asked = {asked_for(record.cell) for record in published}
    labels = labels_of([record.cell for record in made])
    for record, label in zip(made, labels, strict=True):
        first = before.get(_key(record))
        if first is None:
            known = asked_for(record.cell) in asked
            yield Compared(label, *(((), (OTHER,)) if known else ((NEVER,), ())))
            continue
        unlike = tuple(_unlike(first, record))
        differs = () if unlike else tuple(_differences(first, record))
        if differs and (other := _another_processor(first, record)):
            unlike, differs = (other,), ()
        yield Compared(label, unlike, differs)


def lines(found: Sequence[Compared]) -> Iterator[str]:
    """Say how many runs are equal, how many are not, and why others cannot be compared."""
    comparable = [each for each in found if not each.unlike]
    if comparable:
        equal = sum(not each.differs for each in comparable)
        yield (
            f"{equal} of {counted(len(comparable), 'run')} equal to the published: test "
            "accuracies, and losses and validation accuracy of every epoch"
        )
    for reason in dict.fromkeys(reason for each in found for reason in each.unlike):
        count = sum(reason in each.unlike for each in found)
        yield f"{counted(count, 'run')} not comparable: {reason}"


def _key(record: Record) -> str:
    """Return what decides a run's numbers: the cell, whatever ran beside it."""
    layout = record.cell.layout()
    layout.pop("side_by_side", None)
    return json.dumps(layout, sort_keys=True)


def _unlike(published: Record, made: Record) -> Iterator[str]:
    """Say what keeps two runs of one cell from being the same computation."""
    ours, theirs = made.environment, published.environment
    pairs = {
        "torch": (theirs.torch, ours.torch),
        "the processor's instructions": (theirs.cpu_capability, ours.cpu_capability),
        "threads": (str(theirs.threads), str(ours.threads)),
        "the data's checksum": (published.data_checksum, made.data_checksum),
    }
    if published.cell.execution.device != "cpu":
        pairs["the device"] = (theirs.device, ours.device)
    for what, (then, now) in pairs.items():
        if then != now or not then:
            yield f"{what}: {then or 'not known'} then, {now or 'not known'} now"
    if isinstance(published.cell.budget, Seconds):
        yield NO_END
    if published.cell.execution.stacked:
        yield "its seed was stacked with others, and so many decide the order of sums"


def _another_processor(published: Record, made: Record) -> str:
    """Say that unequal numbers come from unlike processors; empty if they are alike, or unknown.

    Caches of other sizes can cut sums into other parts, with the same instructions.
    """
    then, now = published.environment, made.environment
    known = then.processor_model and now.processor_model
    if not known or then.which_processor == now.which_processor:
        return ""
    return f"unequal on another processor: {then.which_processor} then, {now.which_processor} now"


def _differences(published: Record, made: Record) -> Iterator[str]:
    if made.status != published.status:
        yield f"{published.status} then, {made.status} now ({made.failure or published.failure})"
        return
    if made.test_accuracies != published.test_accuracies:
        yield f"test accuracy {_mean(published)} then, {_mean(made)} now"
    pairs = zip(published.epochs, made.epochs, strict=False)
    for number, (then, now) in enumerate(pairs, start=1):
        if _numbers(then) != _numbers(now):
            yield f"first unequal in epoch {number}: {_numbers(then)} then, {_numbers(now)} now"
            return
    if len(made.epochs) != len(published.epochs):
        yield f"{len(published.epochs)} epochs then, {len(made.epochs)} now"


def _numbers(epoch: Epoch) -> tuple[float, float, float | None]:
    """Return training loss, validation accuracy and validation loss."""
    return epoch.train_loss, epoch.validation_accuracy, epoch.validation_loss


def _mean(record: Record) -> float | None:
    return fmean(record.test_accuracies) if record.test_accuracies else None
