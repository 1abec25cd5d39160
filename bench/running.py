"""Run a study as a command line says, or export its runs: what `python -m bench.run` does."""

import argparse
import shlex

import torch

from bench.answering import answer_in, show_answer
from bench.arguments import executor_of, overrides, shard_of
from bench.command import say, warn
from bench.execute.executor import Executor
from bench.execute.launch import Launch
from bench.parsing import a_path
from bench.places import declaration_in, resolve_device, store_it_left, store_of
from bench.records import frame
from bench.records.store import RecordStore
from bench.runner import closing_line, disturbed_lines, run_study
from bench.saves import lacking_lines, saves_of
from bench.study import torchrun
from bench.study.calls import Call, call_of
from bench.study.ranges import parse_names
from bench.study.study import Study
from bench.trackers import trackers
from bench.trackers.tracked import tracked_runs
from noprop_core.errors import InvalidSetting


def export(arguments: argparse.Namespace) -> int:
    """Export what was recorded of the study; return the exit code."""
    _, store = _place(arguments)
    runs, target = frame.load(store.folder), arguments.export
    if trackers.names_a_tracker(target):
        known = tracked_runs(runs, frame.load_epochs(store.folder))
        new = trackers.export(known, target)
        rest = "" if new == len(runs) else "; the others were there"
        say(f"{new} of {len(runs)} runs written to {target}{rest}")
        return 0
    frame.export(runs, a_path(target))
    say(f"{len(runs)} runs written to {target}")
    return 0


def run(arguments: argparse.Namespace, executor: Executor) -> int:
    """Run the study with `executor`, in its context; return the exit code."""
    call, store = _place(arguments)
    study, device = call.study, _device(arguments, executor)
    divided_as_started(study)
    saves = saves_of(vars(arguments))
    launch = Launch(study.name, device, arguments.data_dir, arguments.time_limit, saves)
    if arguments.tune:
        from bench.tuning.command import run_tuning  # Optuna takes a second

        return run_tuning(arguments, call, store, launch, executor)
    shard = shard_of(vars(arguments))
    if study.sequential is not None:
        from bench.until_decided import run_until_decided  # what it looks with takes a second more

        if shard is not None:
            raise InvalidSetting("--shard: a look sees all runs; parts go with declared seeds")
        outcome = run_until_decided(study, store, launch, executor, rerun=arguments.rerun)
    else:
        outcome = run_study(
            study,
            store,
            launch,
            executor,
            declared=declaration_in(store, call),
            rerun=arguments.rerun,
            shard=shard,
            known_to=store_it_left(call, arguments.results, per_torch=arguments.per_torch),
        )
    for line in [*disturbed_lines(outcome), *lacking_lines(outcome.reused, saves)]:
        warn(line)
    say(closing_line(outcome, store))
    if outcome.made:
        show_answer(answer_in(store))
    say(f"report: python -m bench.report {shlex.quote(str(store.folder))}")
    return outcome.exit_code


def plan(arguments: argparse.Namespace) -> int:
    """Print what the study would do and what it could show; run nothing; return the exit code."""
    call, store = _place(arguments)
    if arguments.tune:
        from bench.tuning.command import plan_tuning

        beside = executor_of(vars(arguments)) == "side-by-side"
        device = _device(arguments, None).type
        return plan_tuning(arguments, call, store, device, side_by_side=beside)
    from bench.planning import print_plan

    print_plan(
        call.study,
        declaration_in(store, call),
        store,
        _device(arguments, None).type,
        side_by_side=executor_of(vars(arguments)) == "side-by-side",
    )
    return 0


def divided_as_started(study: Study) -> None:
    """Raise `InvalidSetting` unless what is divided has its processes, and these have work."""
    divided = [name for name in study.methods if study.division_of(name) != "none"]
    started = torchrun.place() is not None
    if divided and not started:
        raise InvalidSetting(
            f"study {study.name}: {', '.join(divided)}: divided over processes; start it by "
            f"torchrun --nproc-per-node {study.ranks} -m bench.run"
        )
    if started and not divided:
        raise InvalidSetting(
            f"torchrun has started {study.ranks} processes, and study {study.name} divides nothing "
            "over them: --block-parallel does, or [division] in the study"
        )
    if started and study.sequential is not None:
        raise InvalidSetting(
            f"study {study.name}: seeds are added by looks, which several processes make unlike; "
            "declare the seeds instead"
        )


def _device(arguments: argparse.Namespace, executor: Executor | None) -> torch.device:
    """Return where cells train, of several GPUs the first; raises `InvalidSetting`."""
    elsewhere = getattr(executor, "device", None)
    if elsewhere is not None and arguments.device == "auto":
        return torch.device(elsewhere)
    if arguments.devices is None:
        return resolve_device(arguments.device)
    if arguments.device != "auto":
        raise InvalidSetting("--device and --devices exclude each other")
    named = [resolve_device(name, "--devices") for name in parse_names(arguments.devices)]
    if not named:
        raise InvalidSetting(f"--devices: '{arguments.devices}' names none")
    return named[0]


def _place(arguments: argparse.Namespace) -> tuple[Call, RecordStore]:
    """Return what the command line makes of the study, and its store; say where, if elsewhere."""
    call = call_of(arguments.study, overrides(vars(arguments)), arguments.name)
    store = store_of(call.study.name, arguments.results, per_torch=arguments.per_torch)
    if line := call.line(store.folder):
        warn(line)
    return call, store
