"""`python -m bench.report`: the records of a study become one file, or are compared with others."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.command import run_and_exit
from bench.parsing import Parser, a_path
from reports.formats.formats import FOLDERS, FORMATS
from reports.input.metrics import Regression, regressions

EXAMPLES = """\
examples:
  python -m bench.report                         a report beside every study in results/,
                                                 and results/index.html with a link to each
  python -m bench.report --open                  the same, and show it in the browser
  python -m bench.report results/quick           of one study: results/quick/report.html
  python -m bench.report results/quick -o a.html
  python -m bench.report results/quick --format latex       booktabs tables for an appendix
  python -m bench.report results/quick --format latex-tables -o tables   a file each, to \\input
  python -m bench.report results/quick --figures figures    every figure as SVG and PDF
  python -m bench.report results/quick --against old/quick  what changed since old/quick
  python -m bench.report results/quick --against old/quick --fail-on slower,less-accurate

The HTML needs no network and no other file: send it, archive it, open it in any browser.
csv and json hold every estimate in full. --fail-on exits with 1 where a cell is shown to be worse
than the study's margin allows, or a run newly fails.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    arguments = parser().read(argv)
    from bench.reporting import report  # takes seconds: not before it is needed

    return report(arguments)


def parser() -> Parser:
    """Return the command's parser."""
    parser = Parser(
        "python -m bench.report",
        "Render the records of a study as one self-contained file.",
        EXAMPLES,
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=a_path,
        default=Path("results"),
        metavar="DIR",
        help="a study's folder, or a folder of several [results]",
    )
    parser.add_argument("-o", "--output", type=a_path, metavar="FILE", help="[DIR/report.html]")
    parser.add_argument(
        "--open", action="store_true", help="show the page, or the index of several, in the browser"
    )
    parser.add_argument(
        "--format", choices=[*FORMATS, *FOLDERS], default="html", help="what to write [html]"
    )
    parser.add_argument(
        "--figures",
        type=a_path,
        metavar="DIR",
        help="write every figure too, as SVG and as PDF, at the size of a paper",
    )
    parser.add_argument(
        "--against",
        type=a_path,
        metavar="DIR",
        help="compare with another commit's, version's or machine's results of the same study",
    )
    parser.add_argument(
        "--fail-on",
        type=regression_kinds,
        default=[],
        metavar="A,B",
        help=f"with --against: exit with 1 on a regression: {', '.join(regressions())}",
    )
    parser.add_argument(
        "--all-configurations",
        action="store_true",
        help="show runs that the study does not declare, as methods of their own",
    )
    return parser


def regression_kinds(text: str) -> list[Regression]:
    """Return the kinds of regression named in `text`."""
    try:
        return [regressions()[name.strip()] for name in text.split(",")]
    except KeyError as error:
        known = ", ".join(regressions())
        raise argparse.ArgumentTypeError(f"'{text}' is none of {known}") from error


if __name__ == "__main__":
    run_and_exit(main)
