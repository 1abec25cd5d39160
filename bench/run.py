"""`python -m bench.run`: run a study without pytest, list what there is, export what was found."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.arguments import STUDY_OPTIONS, overrides, resolve_device, store_of
from bench.command import run_and_exit
from bench.execute.launcher import Launch
from bench.records import frame
from bench.runner import closing_line, disturbed_lines, run_study
from bench.study.cells import expand
from bench.study.study import Study, load_study, named_studies
from noprop_core import datasets, registry

EXAMPLES = """\
examples:
  python -m bench.run                                   the study `quick`, on scikit-learn's digits
  python -m bench.run --list                            studies, methods and data sets
  python -m bench.run --study my.toml --device cuda:0   a study of your own
  python -m bench.run --methods noprop-dt,backprop --timesteps 5,10 --seeds 0-9
  python -m bench.run --dataset mnist --data-dir ~/data
  python -m bench.run --export runs.csv                 one row per run, for any other tool

Runs that have a good record are not repeated. Exit code 0: every cell has a good record; 1: some
failed, and their records say why; 2: the command or the study is wrong.
"""


def main(argv: Sequence[str] | None = None, *, fresh: bool = False) -> int:
    """Do what the command line says; return the exit code.

    `fresh`: this process was started for it, and has done nothing else.
    """
    arguments = parser().parse_args(argv)
    if arguments.list:
        print(listing())
        return 0
    declared = load_study(arguments.study)
    study = load_study(arguments.study, overrides(vars(arguments)))
    store = store_of(study.name, arguments.results, per_torch=arguments.per_torch)
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
    outcome = run_study(study, store, launch, declared=declared, rerun=arguments.rerun)
    for line in disturbed_lines(outcome):
        print(line, file=sys.stderr)
    print(closing_line(outcome, len(expand(study, device.type)), store))
    print(f"report: python -m bench.report {store.folder}")
    return outcome.exit_code


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.run",
        description="Run a study: every method, data set, batch size, T and seed it names.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for flag, settings in STUDY_OPTIONS.items():
        parser.add_argument(flag, **settings)
    parser.add_argument("--list", action="store_true", help="show what there is, and stop")
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write the study's runs to FILE (.csv or .parquet), and stop",
    )
    return parser


def listing() -> str:
    """Describe the studies, methods and data sets that can be named."""
    lines = ["studies"]
    for name in named_studies():
        study: Study = load_study(name)
        lines.append(f"  {name:<20}{study.description} ({len(expand(study, 'cpu'))} runs)")
    lines += ["", "methods"]
    lines += [f"  {name:<20}{registry.find(name).title}" for name in registry.names()]
    lines += ["", "data sets"]
    for dataset in datasets.DATASETS.values():
        shape = "x".join(str(size) for size in dataset.image_shape)
        files = "comes with the project" if dataset.name == "digits" else "needs --data-dir"
        lines.append(
            f"  {dataset.name:<20}{dataset.title}: {dataset.classes} classes, {shape}; {files}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    run_and_exit(partial(main, fresh=True))
