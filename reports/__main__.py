"""`python -m reports`: a report of anybody's table of results."""

import argparse
import sys
from collections.abc import Callable, Sequence

from reports.formats.formats import FOLDERS, FORMATS
from reports.parsing import Parser, shortened

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it."""

EXAMPLES = """\
examples:
  python -m reports results.csv --baseline adam -o report.html
  python -m reports results.csv --baseline adam --metric loss:lower:ratio:5% --primary loss
  python -m reports runs.parquet --baseline adam --role seed=trial --role dataset=task,noise
  python -m reports runs.json --baseline adam --format markdown
  python -m reports results.csv --baseline adam --format latex-tables --figures figures

A table has one row per run: a method, a seed, any of data set, batch size and T, and numbers. Which
column is what is guessed from names, and said; docs/your-own-results.md has the names.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    arguments = parser().parse_args(argv)
    from reports.display.words import visible  # takes a second: not before the line is understood
    from reports.input.plan import PlanError
    from reports.input.validation import FrameError

    try:
        _report(arguments, visible)
        sys.stdout.flush()  # a reader that has gone away shows here, not as Python exits
    except (FrameError, PlanError) as error:
        for line in str(error).splitlines():
            print(f"error: {visible(shortened(line))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is left of it goes nowhere.
        sys.stdout = None
    return 0


def _report(arguments: argparse.Namespace, visible: Callable[[str], str]) -> None:
    """Analyse, print, write; `visible` shows what a terminal would obey."""
    from reports.tidy.reading import read_table
    from reports.tidy.results import compare, format_of

    results = compare(
        read_table(arguments.table),
        baseline=arguments.baseline,
        metrics=arguments.metric,
        primary=arguments.primary,
        roles=dict(arguments.role),
        ignore=arguments.ignore,
        missing=arguments.missing,
        title=arguments.title or _stem(arguments.table),
        alpha=arguments.alpha,
    )
    name = arguments.format or (format_of(arguments.output) if arguments.output else "html")
    suffix = (FORMATS | FOLDERS)[name].suffix
    output = arguments.output or f"{_stem(arguments.table)}-report{suffix}"
    _write(output, lambda: results.write(output, name))
    if arguments.figures:
        _write(arguments.figures, lambda: results.write_figures(arguments.figures))
    if not arguments.quiet:
        for term, words in results.read_as:
            print(visible(f"{term.lower()}: {words}"), file=sys.stderr)
        print(*map(visible, results.answer()), sep="\n")
    if arguments.figures:
        print(visible(arguments.figures))
    print(visible(output))


def _write(output: str, write: Callable[[], object]) -> None:
    from reports.input.validation import FrameError

    try:
        write()
    except OSError as error:
        raise FrameError(f"cannot write '{output}': {error.strerror or error}") from error


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    parser = Parser(
        allow_abbrev=False,  # a slip of the finger is no option
        prog="python -m reports",
        description="Compare the methods of a table of results with a baseline, paired by seed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("table", metavar="FILE", help="csv, tsv, json, jsonl or parquet")
    parser.add_argument("--baseline", metavar="METHOD", help="what all others are compared with")
    parser.add_argument("-o", "--output", metavar="FILE", help="[FILE-report.html]")
    parser.add_argument(
        "--format", choices=[*FORMATS, *FOLDERS], help="[by the ending of -o, or html]"
    )
    parser.add_argument(
        "--figures", metavar="DIR", help="write every figure too, as SVG and as PDF for a paper"
    )
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="SPEC",
        help="COLUMN:higher|lower[:ratio|difference[:MARGIN[:UNIT]]], such as loss:lower:ratio:5%%",
    )
    parser.add_argument(
        "--primary", metavar="COLUMN", help="the metric that verdicts rest on [an accuracy]"
    )
    parser.add_argument(
        "--role",
        type=_role,
        action="append",
        default=[],
        metavar="ROLE=COLUMN",
        help="which column is the method, seed, dataset, batch_size, timesteps, device, budget or "
        "status; several, with commas, are read together",
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="COLUMN", help="leave a column alone"
    )
    parser.add_argument(
        "--missing",
        choices=("refuse", "failed", "unmeasured"),
        default="refuse",
        help="what a missing number of a run means [refuse]",
    )
    parser.add_argument("--alpha", type=float, default=0.05, help="level of significance [0.05]")
    parser.add_argument("--title", metavar="TEXT", help="[the file's name]")
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="print the report's path and nothing else"
    )
    return parser


def _role(text: str) -> tuple[str, tuple[str, ...]]:
    """Read `seed=trial`; raises what argparse reports."""
    role, equals, columns = text.partition("=")
    if not equals or not columns:
        raise argparse.ArgumentTypeError(f"'{text}' is no ROLE=COLUMN, such as seed=trial")
    return role, tuple(columns.split(","))


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]


if __name__ == "__main__":
    sys.exit(main())
