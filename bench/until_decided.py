"""Seeds are added at planned looks until every pooled primary verdict is decided."""

from collections.abc import Sequence
from dataclasses import replace

from bench.command import say
from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.records import frame
from bench.records.looks import NO_RERUN, LookMade, keep_look, looks_made, now
from bench.records.record import Record
from bench.records.store import RecordStore
from bench.runner import Outcome, run_study
from bench.study.looks import up_to_look
from bench.study.study import Study
from noprop_core.errors import InvalidSetting
from reports.display.words import counted, join
from reports.input.plan import Plan
from reports.page.primary import primary_verdicts
from reports.statistics.equivalence import Verdict
from reports.statistics.sequential import Look, plan_looks


def run_until_decided(
    study: Study, store: RecordStore, launch: Launch, executor: Executor, *, rerun: bool = False
) -> Outcome:
    """Run the seeds of look after look of a sequential study, and look, until all is decided.

    Looks on record stand: a call goes on behind them, and runs again what has no settled record.
    Raises as `run_study` does, `InvalidInput` where the folder has another study's looks, and
    `InvalidSetting` for `rerun`.
    """
    assert study.sequential is not None
    if rerun:
        raise InvalidSetting(NO_RERUN)
    on_record = {len(look.seeds): look for look in looks_made(store.folder, study)}
    planned, total = plan_looks(study.sequential.looks, study.alpha), Outcome()
    for look in planned:
        part = up_to_look(study, look.seeds)
        outcome = run_study(part, store, launch, executor, declared=study)
        total = _together(total, outcome)
        made = on_record.get(look.seeds)
        if made is None:
            made = keep_look(store.folder, look_at([*outcome.reused, *outcome.made], study, look))
        say(look_line(made, study))
        if made.decided:
            break
    return total


def look_at(records: Sequence[Record], study: Study, look: Look) -> LookMade:
    """Look at `records`, those of the study's first `look.seeds` seeds, as the report does."""
    assert study.sequential is not None
    so_far = tuple(n for n in study.sequential.looks if n <= look.seeds)
    plan = Plan.of(study, study.name, budgets=study.budget.labels_on(study.train_images))
    plan = plan.model_copy(update={"looks_made": so_far})
    verdicts = primary_verdicts(frame.runs_frame(records, study), frame.epochs_frame(records), plan)
    return LookMade(
        looks=study.sequential.looks,
        methods=study.methods,
        baseline=study.baseline,
        metric=study.primary_metric,
        alpha=study.alpha,
        seeds=study.seeds[: look.seeds],
        level=look.level,
        spent=look.spent,
        verdicts={name: str(verdict) for name, verdict in verdicts.items()},
        undecided=[name for name, v in verdicts.items() if v is Verdict.INCONCLUSIVE],
        made_at=now(),
    )


def look_line(look: LookMade, study: Study) -> str:
    """Say what a look saw, and what follows."""
    n, most = len(look.seeds), len(study.seeds)
    seen = ", ".join(f"{name} {verdict}" for name, verdict in look.verdicts.items())
    decided = len(look.verdicts) - len(look.undecided)
    found = f"{decided} of {counted(len(look.verdicts), 'verdict')} decided ({seen})"
    if look.decided:
        then = "no seeds are added"
    elif n == most:
        undecided = f"; {join(look.undecided)} undecided" if look.undecided else ""
        then = f"this was the last look{undecided}"
    else:
        then = "seeds are added"
    return (
        f"look at {n} of at most {counted(most, 'seed')}: "
        f"{found if look.verdicts else 'no method can be compared'}, alpha spent "
        f"{look.spent:.2g} of {look.alpha:g}; {then}"
    )


def _together(before: Outcome, now_: Outcome) -> Outcome:
    """Add the outcome of a look's seeds, which has the earlier ones' records among its reused."""
    made = {record.cell_id for record in before.made}
    reused = [record for record in now_.reused if record.cell_id not in made]
    return replace(now_, made=[*before.made, *now_.made], reused=reused)
