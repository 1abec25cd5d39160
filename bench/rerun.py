"""`python -m bench.rerun`: seeds of a published result run again, and compared with it."""

from collections.abc import Sequence
from pathlib import Path

from bench.command import run_and_exit
from bench.parsing import Parser, a_path
from bench.study.ranges import parse_integers

EXAMPLES = """\
examples:
  python -m bench.rerun docs/results/digits-claims --seeds 0,1
  python -m bench.rerun docs/results/digits-claims --seeds 0,1 --timesteps 2
  python -m bench.rerun docs/results/mnist-cpu --seeds 0 --methods noprop-dt --data-dir data

Accuracies and losses, epoch by epoch, must be equal to the bit where torch's version, the
instructions of the processor and the data are the same; where they are not, nothing is compared,
and a line says what differs. Exit code 0: equal, or not comparable; 1: unequal, or a run failed.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    given = parser().read(argv)
    from bench.rerunning import rerun  # takes seconds: not before it is needed

    return rerun(given)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.rerun", "Run seeds of a published result again and compare.", EXAMPLES
    )
    parser.add_argument("folder", type=a_path, metavar="DIR", help="such as docs/results/NAME")
    parser.add_argument(
        "--seeds", type=parse_integers, metavar="LIST", help="[the first two published]"
    )
    parser.add_argument("--methods", metavar="A,B", help="[all]")
    parser.add_argument("--timesteps", type=parse_integers, metavar="LIST", help="[all]")
    parser.add_argument("--data-dir", type=a_path, default=Path("data"), metavar="DIR")
    parser.add_argument(
        "--results", type=a_path, default=Path("results"), metavar="DIR", help="[results]"
    )
    parser.add_argument("--isolation", choices=["process", "none"], default="process")
    return parser


if __name__ == "__main__":
    run_and_exit(main)
