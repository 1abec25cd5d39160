"""`python -m bench.readme`: the results in README.md, from records of a study."""

from collections.abc import Sequence
from pathlib import Path

from bench.command import run_and_exit
from bench.parsing import Parser, a_path

EXAMPLES = """\
examples:
  python -m bench.readme results/quick    numbers, sentences and picture anew, from these records
  python -m bench.readme                  the same numbers in the report's words of today

For a clone, in its root. Numbers come from docs/measured/STUDY.json, which the first form writes:
one value per run, so that a test can compute README's results again.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    arguments = parser().read(argv)
    from bench.readme_writing import renew, rewrite  # takes seconds: not before it is needed

    if arguments.folder is None:
        return rewrite(arguments.readme)
    return renew(arguments.folder, arguments.readme)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.readme", "Write the results of studies into README.md.", EXAMPLES
    )
    parser.add_argument(
        "folder", nargs="?", type=a_path, metavar="DIR", help="a study's records [none: only words]"
    )
    parser.add_argument(
        "--readme", type=a_path, default=Path("README.md"), metavar="FILE", help="[README.md]"
    )
    return parser


if __name__ == "__main__":
    run_and_exit(main)
