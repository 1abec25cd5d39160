"""`python -m bench.scaling`: from runs over two processes to a model of a thousand devices."""

from collections.abc import Sequence
from pathlib import Path

from bench.command import run_and_exit
from bench.parsing import Parser, a_path

EXAMPLES = """\
examples:
  torchrun --nproc-per-node 2 -m bench.run --study scaling
  python -m bench.scaling results/scaling
  python -m bench.scaling results/scaling --bandwidth 25e9 --latency 5e-6 -o scaling.svg
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    arguments = parser().read(argv)
    from bench.projecting import project  # takes seconds: not before it is needed

    return project(arguments)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.scaling",
        "Fit a model of training over many devices to the records of the study `scaling`, say how "
        "well it fits, and what it makes of 10 to 1000 blocks on 8 to 1000 devices.",
        EXAMPLES,
    )
    parser.add_argument("folder", nargs="?", type=a_path, default=Path("results/scaling"))
    parser.add_argument(
        "--bandwidth",
        type=float,
        default=1.25e9,
        metavar="BYTES",
        help="of the link, a second and a device [1.25e9, 10 Gbit/s]",
    )
    parser.add_argument(
        "--latency", type=float, default=50e-6, metavar="SECONDS", help="of the link [50e-6]"
    )
    parser.add_argument(
        "-o", "--output", type=a_path, metavar="FILE.svg", help="draw the figure too"
    )
    return parser


if __name__ == "__main__":
    run_and_exit(main)
