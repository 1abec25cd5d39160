"""Trial after trial of every method, until each has had as many as the study declares."""

from collections.abc import Sequence
from typing import Any

from bench.command import say
from bench.execute.executor import Executor, Needs, fitted
from bench.execute.launch import Launch
from bench.records.store import RecordStore
from bench.runner import run_study
from bench.study.study import Study
from bench.tuning.history import History
from bench.tuning.judging import Judged
from bench.tuning.sampling import Told, quasi_random, tree_parzen
from bench.tuning.trials import Trial, round_of, searched
from noprop_core.errors import UserError


def histories(
    study: Study, store: RecordStore, device: str, *, side_by_side: bool
) -> list[History]:
    """Return what is searched for every method of `study`, with no trial counted yet."""
    return [
        History(searched(study, method, store.folder), store, device, side_by_side)
        for method in study.methods
    ]


def tune(study: Study, store: RecordStore, launch: Launch, executor: Executor) -> list[History]:
    """Run the trials that `study` declares, but for those on record; return what was tried.

    One trial of every method is a round, whose runs `executor` may run at once. A trial's options
    are on disk before its first run, and its runs are records of `store`: a call that was killed
    goes on where it was, with the same trials. Raises as `run_study` does.
    """
    assert study.tuning is not None
    needs = Needs(study.threads, str(launch.device), store.folder, lambda line: None)
    beside = fitted(executor, needs)
    known = histories(study, store, launch.device.type, side_by_side=beside)
    ahead = {each.method: _quasi_random(each) for each in known}
    for number in range(study.tuning.trials):
        trials = {}
        for each in known:
            trials[each.method] = each.searched.kept(number) or each.searched.keep(
                _proposed(each, ahead[each.method]), number
            )
        _run_round(study, known, trials, store, launch, executor)
        say(_line(known, number, study.tuning.trials))
    return known


def _run_round(
    study: Study,
    known: Sequence[History],
    trials: dict[str, Trial],
    store: RecordStore,
    launch: Launch,
    executor: Executor,
) -> None:
    """Run a trial of every method, and count them. With pruning seeds are run one after another."""
    assert study.tuning is not None
    seeds = study.tuning.seeds
    steps = [[seed] for seed in seeds] if study.tuning.pruning else [seeds]
    left = list(known)
    for step in [*steps, None]:
        for each in list(left):
            judged = each.verdict(trials[each.method])
            if judged is not None:
                each.add(trials[each.method], judged)
                left.remove(each)
        if not left:
            return
        if step is None:
            break
        part = round_of(study, study.tuning, [trials[each.method] for each in left], step)
        run_study(part, store, launch, executor, declared=study)
    raise UserError(f"records are gone from '{store.folder}' while it was tuned; start it again")


def _quasi_random(history: History) -> list[dict[str, Any]]:
    """Return all points that no trial's outcome changes; trial 0 is the study's own options."""
    found, tuning = history.searched, history.searched.tuning
    if tuning.sampler != "qmc":
        return []
    points = quasi_random(found.space, found.now, tuning.trials - 1, tuning.sampler_seed)
    return [found.now, *points]


def _proposed(history: History, ahead: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the options of the next trial."""
    found, number = history.searched, len(history.trials)
    if ahead:
        return ahead[number]
    if number == 0:
        return found.now
    past = [
        Told(trial.options, judged.accuracy)
        for trial, judged in zip(history.trials, history.judged, strict=True)
    ]
    return tree_parzen(found.space, found.now, past, found.tuning.sampler_seed)


def _line(known: Sequence[History], number: int, trials: int) -> str:
    """Say what a round came to: of each method the trial, and the best so far."""
    words = ", ".join(
        f"{each.method} {_accuracy(each.judged[number])} (best {_accuracy(each.judged[each.best])})"
        for each in known
    )
    return f"trial {number + 1} of {trials}: {words}"


def _accuracy(judged: Judged) -> str:
    return f"{judged.accuracy:.1%}" if judged.state == "finished" else judged.state
