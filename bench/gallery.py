"""`python -m bench.gallery`: every study's report and an index, as a site for any static host."""

from collections.abc import Sequence
from pathlib import Path

from bench.command import run_and_exit
from bench.parsing import Parser, a_path

EXAMPLES = """\
examples:
  python -m bench.gallery                              results/ becomes site/
  python -m bench.gallery ~/all-results -o docs/site --title "Our runs"

One folder per study, each with one page that loads nothing from anywhere, and an index of them:
copy the site to GitHub Pages or any web server, or open its index.html.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    arguments = parser().read(argv)
    from bench.gallery_pages import write_gallery  # takes seconds: not before it is needed

    return write_gallery(arguments.folder, arguments.output, arguments.title)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser("python -m bench.gallery", "Make a static site of several studies.", EXAMPLES)
    parser.add_argument(
        "folder",
        nargs="?",
        type=a_path,
        default=Path("results"),
        metavar="DIR",
        help="a folder of studies, or one study's [results]",
    )
    parser.add_argument(
        "-o", "--output", type=a_path, default=Path("site"), metavar="DIR", help="[site]"
    )
    parser.add_argument("--title", default="Studies", metavar="TEXT", help="of the index [Studies]")
    return parser


if __name__ == "__main__":
    run_and_exit(main)
