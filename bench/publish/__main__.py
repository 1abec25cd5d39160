"""`python -m bench.publish`: a study's results, for everyone to read and to repeat."""

from collections.abc import Sequence
from pathlib import Path

from bench.command import run_and_exit
from bench.parsing import Parser, a_path
from noprop_core.errors import InvalidSetting

EXAMPLES = """\
examples:
  python -m bench.publish results/claims --as digits-claims    docs/results/digits-claims
  python -m bench.publish results/claims --as digits-claims --figures
  python -m bench.publish                                      all that is derived, anew

For a clone, in its root. A result is a folder with the records in one compressed file, the page,
and a README with device, date, commit and the commands that repeat it. The index of docs/results
is written with it, from the records.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    given = parser().read(argv)
    if given.folder is None and (given.name or given.incomplete or given.replace or given.figures):
        raise InvalidSetting("which study? give the folder of its results, such as results/claims")
    if given.folder is not None and given.name is None:
        raise InvalidSetting("--as NAME: under which name is it to be published?")
    from bench.publish.command import publish, refresh  # takes seconds: not before it is needed

    if given.folder is None:
        return refresh(given.root, pages=given.pages)
    return publish(
        given.folder,
        given.name,
        given.root,
        incomplete=given.incomplete,
        figures=given.figures,
        replace=given.replace,
    )


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser("python -m bench.publish", "Publish a study's results in a clone.", EXAMPLES)
    parser.add_argument(
        "folder",
        nargs="?",
        type=a_path,
        metavar="DIR",
        help="a study's records [none: write what is derived from those published]",
    )
    parser.add_argument("--as", dest="name", metavar="NAME", help="of its folder in docs/results")
    parser.add_argument("--figures", action="store_true", help="every figure as SVG and PDF too")
    parser.add_argument(
        "--incomplete", action="store_true", help="publish a study of which runs are missing"
    )
    parser.add_argument(
        "--replace", action="store_true", help="drop records that are published there now"
    )
    parser.add_argument(
        "--pages", action="store_true", help="without DIR: write the pages anew, too"
    )
    parser.add_argument(
        "--root", type=a_path, default=Path(), metavar="DIR", help="of the clone [.]"
    )
    return parser


if __name__ == "__main__":
    run_and_exit(main)
