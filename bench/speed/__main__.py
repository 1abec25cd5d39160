"""`python -m bench.speed`: the project's own speed, measured side by side in one run.

Absolute times depend on the machine and on what else it does; two things timed in turns, round
after round, share both.
"""

import argparse
import os
from collections.abc import Sequence
from contextlib import nullcontext

from bench.arguments import overrides
from bench.command import run_and_exit, say
from bench.execute.fork_server import ForkServer
from bench.parsing import Parser, a_path
from bench.speed.catalogue import MEASUREMENTS, chosen
from bench.study.ranges import parse_names
from noprop_core.errors import InvalidSetting

EXAMPLES = """\
examples:
  python -m bench.speed                            everything, a quarter of an hour
  python -m bench.speed --json speed.json          the same, and into a file
  python -m bench.speed --only steps,paper-step    some of it
  python -m bench.speed --processes 1 --seeds 0    a quicker look
  python -m bench.speed --from speed.json          as Markdown, what was measured before
  python -m bench.speed --list                     what there is
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return 0 if every goal is met, else 1."""
    arguments = parser().read(
        argv, _check_rounds, _check_processes, _check_names, _check_seeds, _check_file, _check_from
    )
    if arguments.list:
        print("\n".join(f"{name:<16}{m.what}" for name, m in MEASUREMENTS.items()))
        return 0
    names = parse_names(arguments.only)
    if arguments.from_file is not None:
        from bench.speed.written import markdown_of, read_written

        written = read_written(arguments.from_file).only(chosen(names))
        say(markdown_of(written))
        return written.exit_code
    executor, measurements = ForkServer(), chosen(names)
    runs_cells = any(measurement.runs_cells for measurement in measurements.values())
    with executor if runs_cells else nullcontext():  # it imports while we do, and disturbs others
        from bench.speed.measurements import measure  # takes seconds: not before it is needed

        return measure(arguments, measurements, executor)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.speed",
        "Measure the project's own speed as ratios of two things timed in turns, each with its "
        "interval and what it is to be. Exit code 1: a goal is not met.",
        EXAMPLES,
    )
    parser.add_argument(
        "--only", default="", metavar="NAME[,NAME]", help="measurements [all]; see --list"
    )
    parser.add_argument("--list", action="store_true", help="show the measurements' names")
    parser.add_argument("--json", type=a_path, metavar="FILE", help="write the rows there too")
    parser.add_argument(
        "--markdown", action="store_true", help="show Markdown: table, and what limits each row"
    )
    parser.add_argument(
        "--from",
        type=a_path,
        dest="from_file",
        metavar="FILE",
        help="measure nothing: show as Markdown what --json has written",
    )
    parser.add_argument(
        "--rounds", type=int, default=15, metavar="N", help="rounds, fewer for what is slow [15]"
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=7,
        metavar="N",
        help="fresh processes for what differs between them; 1: everything in this one [7]",
    )
    parser.add_argument(
        "--seeds",
        default="0-7",
        metavar="0-7",
        help="seeds of `quick` for the overhead [0-7, its own]",
    )
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda:0")
    return parser


def _check_rounds(arguments: argparse.Namespace) -> None:
    if arguments.rounds < 1:
        raise InvalidSetting(f"--rounds: must be at least 1, got {arguments.rounds}")


def _check_processes(arguments: argparse.Namespace) -> None:
    if arguments.processes < 1:
        raise InvalidSetting(f"--processes: must be at least 1, got {arguments.processes}")


def _check_names(arguments: argparse.Namespace) -> None:
    names = parse_names(arguments.only)
    if arguments.only and not names:
        raise InvalidSetting(f"--only: '{arguments.only}' names nothing")
    chosen(names)


def _check_seeds(arguments: argparse.Namespace) -> None:
    overrides({"seeds": arguments.seeds})


def _check_file(arguments: argparse.Namespace) -> None:
    path = arguments.json
    if path is None:
        return
    if path.is_dir():
        raise InvalidSetting(f"--json: '{path}' is a folder, and a file is written")
    folder = next(above for above in path.absolute().parents if above.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK)):  # known before minutes are spent
        raise InvalidSetting(f"--json: '{path}' cannot be written: '{folder}' takes no files")


def _check_from(arguments: argparse.Namespace) -> None:
    if arguments.from_file is not None and arguments.json is not None:
        raise InvalidSetting("--from and --json exclude each other: one reads what one has written")


if __name__ == "__main__":
    run_and_exit(main)
