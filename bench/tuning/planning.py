"""What a tuning would run, how long it may take and what it searches: `bench.run --tune --plan`."""

from collections.abc import Iterator, Sequence

from bench.console import Console
from bench.planning import NOT_KNOWN, plan_table
from bench.progress import Forecast, clock
from bench.records.record import SETTLED, Record
from bench.records.store import RecordStore
from bench.study.cells import Cell
from bench.study.ranges import written
from bench.study.study import Study
from bench.tuning.history import History
from bench.tuning.trials import Trial
from bench.tuning.tune import histories

SAMPLERS = {
    "qmc": "qmc: quasi-random points, the same whatever comes of them",
    "tpe": "tpe: where earlier trials did well",
}


def print_tuning_plan(
    study: Study, store: RecordStore, others: RecordStore, device: str, *, side_by_side: bool
) -> None:
    """Print what tuning `study` would do. Runs nothing and writes nothing.

    `store` has its trials; times are those of runs there and in `others`, the study's own store.
    """
    known = histories(study, store, device, side_by_side=side_by_side)
    records = [record for each in (store, others) for record in _records(each)]
    console = Console(highlight=False)
    rows = _runs(study, known, records, store)
    console.print(plan_table(f"plan of tuning {study.name}", ("", ""), rows))
    headings = ("method", "option", "as it is", "searched")
    console.print(plan_table("what is searched", headings, _spaces(known)))


def _runs(
    study: Study, known: Sequence[History], records: Sequence[Record], store: RecordStore
) -> Iterator[tuple[str, str]]:
    assert study.tuning is not None
    tuning = study.tuning
    done, left, total = 0, [], 0
    for each in known:
        each.read(most=tuning.trials)
        done += len(each.trials)
        cells = [cell for by_seed in each.cells(_first(each)) for cell in by_seed]
        total += len(cells) * tuning.trials
        on_record = [trial for trial in (each.searched.kept(len(each.trials)),) if trial]
        begun = [cell for trial in on_record for by_seed in each.cells(trial) for cell in by_seed]
        settled = sum(r.status in SETTLED for r in store.found(begun).values())
        left += [_alike(cell) for cell in cells] * (tuning.trials - len(each.trials))
        left = left[: len(left) - settled]
    most = "at most " if tuning.pruning else ""
    yield "folder", str(store.folder)
    yield "trials", f"{tuning.trials} of each of the {len(known)} methods"
    yield "sampler", SAMPLERS[tuning.sampler]
    yield "seeds", f"{written(tuning.seeds)}, which the comparison does not use"
    yield "on record", f"{done} trials, which are not run again"
    yield "runs", f"{most}{total}"
    yield "to run", f"{most}{len(left)}"
    forecast = Forecast([r.model_copy(update={"cell": _alike(r.cell)}) for r in records])
    seconds = forecast.seconds_for(left) if left else 0.0
    if seconds is None:
        yield "time", "not known: no run of the study or of its trials is on record"
    else:
        yield (
            "time",
            f"{most}about {clock(seconds)}, by {len(records)} records of the study and its trials",
        )


def _spaces(known: Sequence[History]) -> Iterator[tuple[str, ...]]:
    for each in known:
        now = each.searched.now
        for option, search in each.searched.space.items():
            value = now.get(option)
            yield each.method, option, NOT_KNOWN if value is None else str(value), search.words


def _first(history: History) -> Trial:
    return Trial(method=history.method, number=0, options=history.searched.now)


def _records(store: RecordStore) -> list[Record]:
    return store.load() if store.records_folder.is_dir() else []


def _alike(cell: Cell) -> Cell:
    """Return a cell that stands for all that differ in options, which change no time worth it."""
    return cell.model_copy(update={"options": {}, "inference_repeats": 1})
