"""`python -m bench.run --tune`: choose every method's options by validation, write the study."""

import argparse
import shlex
from collections.abc import Sequence
from typing import Any

from bench.command import say
from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.records.store import RecordStore
from bench.study import torchrun
from bench.study.calls import Call
from bench.study.loading import build_study
from bench.study.named import NAME
from bench.study.study import Study
from bench.study.tuning import MOST_TRIALS, TunedMethod
from bench.tuning.history import History
from bench.tuning.outcome import SUFFIX, tuned_study, write_study
from bench.tuning.tune import histories, tune
from noprop_core.errors import InvalidSetting

FOLDER = "tuning"
"""Inside a study's folder: its own records lie elsewhere, and its report does not see these."""


def run_tuning(
    arguments: argparse.Namespace,
    call: Call,
    store: RecordStore,
    launch: Launch,
    executor: Executor,
) -> int:
    """Tune the study of `call`, whose runs would go to `store`; return the exit code.

    1 if a method has no finished trial: nothing could be chosen for it.
    """
    refuse_what_cannot_be(arguments)
    study = to_tune(call.study, arguments.trials)
    tried = tune(study, tuning_store(store), launch, executor)
    whole = _with_settings_of(study, call.declared)
    found = tuned_study(whole, _on_record(whole, tried))
    path = store.folder / f"{store.folder.name}{SUFFIX}.toml"
    write_study(found, path)
    assert found.tuned is not None
    for name, method in found.tuned.method.items():
        say(chosen_line(name, method))
    say(f"study: python -m bench.run --study {shlex.quote(str(path))}")
    return 0 if all(_finished(each) for each in tried) else 1


def plan_tuning(
    arguments: argparse.Namespace,
    call: Call,
    store: RecordStore,
    device: str,
    *,
    side_by_side: bool,
) -> int:
    """Print what tuning the study of `call` would do; return the exit code."""
    from bench.tuning.planning import print_tuning_plan

    refuse_what_cannot_be(arguments)
    study = to_tune(call.study, arguments.trials)
    print_tuning_plan(study, tuning_store(store), store, device, side_by_side=side_by_side)
    return 0


def to_tune(study: Study, trials: int | None) -> Study:
    """Return `study` with a table [tuning], its defaults where it has none.

    Raises `InvalidInput` where they do not go with the study, and `InvalidSetting` for a study
    that was tuned: its methods would have had more trials than it says.
    """
    if study.tuned is not None:
        raise InvalidSetting(
            f"--tune: study {study.name} has been tuned; tune {study.tuned.study}, with more trials"
        )
    if not NAME.fullmatch(f"{study.name}{SUFFIX}"):  # before the trials, not after
        raise InvalidSetting(
            f"--tune: the study's name has {len(study.name)} characters, which leaves no room for "
            f"'{SUFFIX}'; --name gives it another"
        )
    if study.tuning is not None and trials is None:
        return study
    content = study.model_dump(mode="json", exclude_unset=True)
    table: dict[str, Any] = content.get("tuning") or {}
    given = {} if trials is None else {"tuning.trials": trials}
    content["tuning"] = table | ({} if trials is None else {"trials": trials})
    return build_study(content, study.name, part=True, given=given)


def tuning_store(store: RecordStore) -> RecordStore:
    """Return the store of the trials of the study that `store` is of."""
    return RecordStore(store.folder / FOLDER, store.tag.removeprefix("-"))


def refuse_what_cannot_be(arguments: argparse.Namespace) -> None:
    """Raise `InvalidSetting` for options that tuning cannot follow."""
    refused = {
        "--rerun": (arguments.rerun, "later trials rest on earlier ones; --name tunes elsewhere"),
        "--shard": (
            arguments.shard is not None,
            "trials follow one another; several runners may share a folder",
        ),
        "--until-decided": (arguments.until_decided, "trials are made on seeds of their own"),
    }
    for option, (given, why) in refused.items():
        if given:
            raise InvalidSetting(f"--tune with {option}: {why}")
    if torchrun.place() is not None:
        raise InvalidSetting("--tune: is for one process, and torchrun has started several")


def chosen_line(name: str, method: TunedMethod) -> str:
    """Say what was chosen for a method, and what by."""
    failed = method.scores.count("failed")
    words = [f"{len(method.scores)} trials"] + ([f"{failed} failed"] if failed else [])
    if not any(isinstance(score, float) for score in method.scores):
        return f"{name}: {', '.join(words)}; none finished, its options stay as they are"
    options = ", ".join(f"{option}={value}" for option, value in method.options.items())
    before, after = (_percent(method.scores[n]) for n in (0, method.chosen))
    return (
        f"{name}: {', '.join(words)}; validation accuracy {before} as it was, {after} as chosen "
        f"(trial {method.chosen}: {options})"
    )


def _with_settings_of(study: Study, declared: Study) -> Study:
    """Return what is `declared`, to be tuned as `study` was, a part of it: on the same settings."""
    assert study.tuning is not None
    settings = {
        entry: getattr(study.tuning, entry) or getattr(study, entry)
        for entry in ("datasets", "batch_sizes", "timesteps")
    }
    return declared.model_copy(update={"tuning": study.tuning.model_copy(update=settings)})


def _on_record(whole: Study, tried: Sequence[History]) -> list[History]:
    """Return all trials on record of all methods of the folder, whichever call has made them."""
    first = tried[0]
    known = histories(whole, first.store, first.device, side_by_side=first.side_by_side)
    for each in known:
        each.read(most=MOST_TRIALS)
    return known


def _finished(history: History) -> bool:
    return any(each.state == "finished" for each in history.judged)


def _percent(score: float | str) -> str:
    return score if isinstance(score, str) else f"{score:.1%}"
