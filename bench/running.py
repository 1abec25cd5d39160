"""Run a study as a command line says, or export its runs: what `python -m bench.run` does."""

import argparse
import shlex
import sys

from bench.arguments import overrides
from bench.execute.launcher import Launch
from bench.places import declaration_in, resolve_device, store_of
from bench.records import frame
from bench.runner import closing_line, disturbed_lines, run_study
from bench.study.calls import call_of
from bench.study.cells import expand


def run(arguments: argparse.Namespace, *, fresh: bool) -> int:
    """Run the study, or export what was recorded of it; return the exit code.

    `fresh`: this process was started for it, and has done nothing else.
    """
    call = call_of(arguments.study, overrides(vars(arguments)), arguments.name)
    study = call.study
    store = store_of(study.name, arguments.results, per_torch=arguments.per_torch)
    if line := call.line(store.folder):
        print(line, file=sys.stderr)
    if arguments.export is not None:
        runs = frame.load(store.folder)
        frame.export(runs, arguments.export)
        print(f"{len(runs)} runs written to {arguments.export}")
        return 0
    device = resolve_device(arguments.device)
    launch = Launch(
        study.name,
        device,
        arguments.data_dir,
        arguments.isolation,
        arguments.time_limit,
        may_fork=fresh,
    )
    declared = declaration_in(store, call)
    outcome = run_study(study, store, launch, declared=declared, rerun=arguments.rerun)
    for line in disturbed_lines(outcome):
        print(line, file=sys.stderr)
    print(closing_line(outcome, len(expand(study, device.type)), store))
    print(f"report: python -m bench.report {shlex.quote(str(store.folder))}")
    return outcome.exit_code
