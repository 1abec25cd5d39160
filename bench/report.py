"""`python -m bench.report`: the records of a study become one HTML file."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import frame
from bench.command import run_command
from bench.record import Record
from bench.store import RecordStore
from bench.study import Study
from noprop_core import registry
from noprop_core.errors import InvalidSetting, UserError
from reports.analysis import analyse
from reports.page import MethodNote, render, write
from reports.plan import Plan

EXAMPLES = """\
examples:
  python -m bench.report                         a report beside every study in results/
  python -m bench.report results/quick           of one study: results/quick/report.html
  python -m bench.report results/quick -o a.html

The file needs no network and no other file: send it, archive it, open it in any browser.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    arguments = parser().parse_args(argv)
    folders = study_folders(arguments.folder)
    if arguments.output is not None and len(folders) > 1:
        names = ", ".join(folder.name for folder in folders)
        raise InvalidSetting(f"-o takes one study, '{arguments.folder}' holds several: {names}")
    for folder in folders:
        output = arguments.output or folder / "report.html"
        html = report_of(RecordStore(folder))
        try:
            write(html, output)
        except OSError as error:
            raise UserError(f"cannot write '{output}': {error.strerror or error}") from error
        print(output)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.report",
        description="Render the records of a study as one self-contained HTML file.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("results"),
        metavar="DIR",
        help="a study's folder, or a folder of several [results]",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="[DIR/report.html]")
    return parser


def study_folders(folder: Path) -> list[Path]:
    """Return `folder` if it holds records, else the folders in it that do."""
    if (folder / "records").is_dir():
        return [folder]
    inside = sorted(path.parent for path in folder.glob("*/records") if path.is_dir())
    if not inside:
        raise UserError(f"no records in '{folder}'; make some with python -m bench.run")
    return inside


def report_of(store: RecordStore) -> str:
    """Return the report of one study's folder as HTML."""
    records, study = store.load(), store.load_study()
    runs, epochs = frame.runs_frame(records), frame.epochs_frame(records)
    analysis = analyse(runs, epochs, plan_of(study), frame.controls_frame(records))
    return render(analysis, environment_of(records), list(notes_on_methods(records)))


def plan_of(study: Study) -> Plan:
    """Return the analysis that a study declared; what it left open is marked as a default."""
    declared = study.model_dump(
        include={"description", "baseline", "alpha", "margins"}, exclude_unset=True
    )
    return Plan.declared({"title": study.name, "baseline": study.baseline} | declared)


def environment_of(records: Sequence[Record]) -> dict[str, str]:
    """Return what the runs' surroundings were; where they differ, every value."""
    fields = type(records[0].environment).model_fields
    return {
        name.replace("_", " "): " | ".join(
            dict.fromkeys(str(getattr(record.environment, name)) for record in records)
        )
        for name in fields
    }


def notes_on_methods(records: Iterable[Record]) -> Iterable[MethodNote]:
    """Return what the reader should know of each method, with the options it ran with."""
    noted: set[tuple[str, str]] = set()
    for record in records:
        name, options = record.cell.method, record.cell.options
        if (name, str(options)) in noted:
            continue
        noted.add((name, str(options)))
        method = registry.find(name)
        yield MethodNote(
            name=name,
            title=method.title,
            source=method.source,
            deviations=method.deviations,
            config=flattened(options),
        )


def flattened(options: dict[str, object], prefix: str = "") -> dict[str, object]:
    """Return nested options under dotted names, as a study writes them."""
    flat: dict[str, object] = {}
    for name, value in options.items():
        if isinstance(value, dict):
            flat |= flattened(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


if __name__ == "__main__":
    sys.exit(run_command(main))
