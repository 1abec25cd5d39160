"""Everything that `python -m bench.speed` measures, one after the other, with its targets."""

import argparse

from rich.console import Console

from bench.arguments import overrides
from bench.execute.fork_server import ForkServer
from bench.places import resolve_device
from bench.speed.overhead import OVERHEAD_TARGET, measure_overhead, overhead_table
from bench.speed.start_up import START_UP_TARGET, measure_start_up, start_up_table
from bench.speed.step_ratio import STEP_TARGET, compare_steps, step_table
from bench.study.study import load_study
from noprop_core.errors import InvalidSetting


def measure(arguments: argparse.Namespace, executor: ForkServer) -> int:
    """Measure, print, and return 0 if every target is met, else 1."""
    device = resolve_device(arguments.device)
    if arguments.rounds < 1:
        raise InvalidSetting(f"--rounds: must be at least 1, got {arguments.rounds}")
    study = load_study("quick", overrides({"seeds": arguments.seeds}))
    console = Console()
    overhead = measure_overhead(device, study, executor)
    console.print(overhead_table(overhead, arguments.seeds))
    start_up = measure_start_up()
    console.print(start_up_table(start_up))
    step = compare_steps(device, arguments.rounds)
    console.print(step_table(step, device))
    met = (
        step.ratio >= STEP_TARGET,
        overhead.share <= OVERHEAD_TARGET,
        max(start_up.values()) < START_UP_TARGET,
    )
    return 0 if all(met) else 1
