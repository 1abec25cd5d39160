"""`python -m bench.speed`: the project's own speed, measured side by side in one run.

Absolute times depend on the machine and on what else it does; two things timed in turns, round
after round, share both.
"""

from collections.abc import Sequence

from bench.command import run_and_exit
from bench.execute.fork_server import ForkServer
from bench.parsing import Parser

EXAMPLES = """\
examples:
  python -m bench.speed                 all measurements, about five minutes
  python -m bench.speed --rounds 5      a quicker look at the step
  python -m bench.speed --seeds 0       the overhead over a part of the study `quick`
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return 0 if every target is met, else 1."""
    arguments = parser().read(argv)
    with ForkServer() as executor:  # as `python -m bench.run`: it imports while we do
        from bench.speed.measurements import measure  # takes seconds: not before it is needed

        return measure(arguments, executor)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.speed",
        "Measure the training step of noprop-shared against the original algorithm "
        "(MNIST-sized, T = 10, batch 64), the harness's own share of a study's time, and how "
        "soon a command answers that trains nothing.",
        EXAMPLES,
    )
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="timed pairs [15]")
    parser.add_argument(
        "--seeds", default="0-5", metavar="0-5", help="seeds of `quick` to run [all]"
    )
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda:0")
    return parser


if __name__ == "__main__":
    run_and_exit(main)
