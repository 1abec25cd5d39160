"""Records of a study become one file, or are compared with others: what `bench.report` does."""

import argparse
import webbrowser
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.answering import show_answer
from bench.command import say, warn
from bench.records import frame
from bench.records.configuration import flattened
from bench.records.looks import looks_made
from bench.records.packed import is_packed, readable
from bench.records.record import Environment, Record
from bench.records.reported import keep_trace, reported_seeds
from bench.records.store import RecordStore
from bench.repeating import repeating_command
from bench.report_files import default_output, must_draw, save, save_figures, save_report
from bench.report_names import BORDER, published_results
from bench.study.study import Study
from bench.tuned_methods import runs_before, tuning_of
from noprop_core import registry
from noprop_core.errors import InvalidSetting, UserError
from noprop_core.facts import PADDING
from noprop_core.options import historical_values
from noprop_core.words import printable
from reports.answer.matrix import answer
from reports.changes.estimates import Changes, SetError, compare_sets
from reports.changes.words import regression_lines, summary_line, untested_line
from reports.display.view import MethodNote
from reports.input.plan import Plan
from reports.page.analysis import Analysis, analyse
from reports.page.changes import changes_report
from reports.page.index import index_view, render_index, study_card
from reports.page.report import Report, study_report

NOT_HERE = "not recorded, and the method cannot be loaded here"
"""In place of a source, of an older record."""

FROM_RECORDS = "its title and source are those of its records"

OTHERS_SHOWN = "--all-configurations shows them"


def report(arguments: argparse.Namespace) -> int:
    """Do what the command line says; return the exit code."""
    if arguments.fail_on and arguments.against is None:
        raise InvalidSetting("--fail-on needs --against, the results to compare with")
    if arguments.open and arguments.format != "html":
        raise InvalidSetting(f"--open shows html in the browser, not {arguments.format}")
    if arguments.figures is not None:
        must_draw()
    folders = study_folders(arguments.folder)
    if arguments.output is not None and len(folders) > 1:
        names = ", ".join(folder.name for folder in folders)
        raise InvalidSetting(f"-o takes one study, '{arguments.folder}' holds several: {names}")
    if arguments.against is not None:
        return compare_folders(
            single_study(arguments.folder), single_study(arguments.against), arguments
        )
    cards = []
    for folder in folders:
        output = arguments.output or default_output(folder, "report", arguments.format)
        report, analysis = analysed_in(folder, everything=arguments.all_configurations)
        save_report(report, arguments.format, output)
        if len(folders) == 1:
            show_answer(answer(analysis.arms, analysis.context))
        if arguments.figures is not None:
            own = arguments.figures / folder.name if len(folders) > 1 else arguments.figures
            save_figures(report, own)
            say(own)
        say(output)
        if not is_packed(folder):  # what is published stays as it is
            declared = RecordStore(folder).load_study().seeds
            keep_trace(folder, {run.seed for run in analysis.runs}, declared)
        cards.append(study_card(analysis, f"{folder.name}/{output.name}"))
    # An index leads to reports that lie beside their studies, so -o and one study have none.
    if arguments.format == "html" and arguments.output is None and folders != [arguments.folder]:
        output = arguments.folder / "index.html"
        save(render_index(index_view(cards), BORDER), output)
        say(output)
    if arguments.open:
        show(output)
    return 0


def compare_folders(new: Path, reference: Path, arguments: argparse.Namespace) -> int:
    """Report what changed from `reference` to `new`; 1 if --fail-on names a regression found."""
    with readable(new) as ours, readable(reference) as theirs:
        changes = changes_of(
            RecordStore(ours),
            RecordStore(theirs),
            (str(new), str(reference)),
            everything=arguments.all_configurations,
        )
    output = arguments.output or default_output(new, "changes", arguments.format)
    changed = changes_report(changes, BORDER)
    save_report(changed, arguments.format, output)
    if arguments.figures is not None:
        save_figures(changed, arguments.figures)
        say(arguments.figures)
    say(output)
    if arguments.open:
        show(output)
    failed = False
    for kind in arguments.fail_on:
        lines = regression_lines(changes, kind)
        failed = failed or bool(lines)
        for line in lines:
            say(f"{kind.name}: {line}")
        if untested := untested_line(changes, kind):
            warn(f"warning: {untested}")
    say(summary_line(changes))
    return 1 if failed else 0


def changes_of(
    new: RecordStore,
    reference: RecordStore,
    names: tuple[str, str] | None = None,
    *,
    everything: bool = False,
) -> Changes:
    """Compare two studies' folders by the rules that the newer declares; raises `UserError`.

    They are called by `names`, or by where they are. Runs that their own folder's study does not
    declare are set aside, unless `everything` is shown.
    """
    frames = [(frame.load(s.folder), frame.load_epochs(s.folder)) for s in (new, reference)]
    try:
        return compare_sets(
            frames[0],
            frames[1],
            plan_of(new.load_study()),
            names or (str(new.folder), str(reference.folder)),
            all_configurations=everything,
            hint=OTHERS_SHOWN,
        )
    except SetError as error:
        raise UserError(f"--against: {error}") from error


def show(page: Path) -> None:
    """Open `page` in the browser; where there is none, say so and leave it at that."""
    try:
        opened = webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        opened = False
    if not opened:
        warn(f"warning: no browser could be opened; the page is {page}")


def single_study(folder: Path) -> Path:
    """Return the one study in `folder`; raises `UserError` where there are several."""
    folders = study_folders(folder)
    if len(folders) > 1:
        names = ", ".join(found.name for found in folders)
        raise InvalidSetting(f"--against takes one study, '{folder}' holds several: {names}")
    return folders[0]


def study_folders(folder: Path) -> list[Path]:
    """Return `folder` if it holds records, else the folders in it that do."""
    if (folder / "records").is_dir() or is_packed(folder):
        return [folder]
    inside = sorted(
        {path.parent for path in folder.glob("*/records") if path.is_dir()}
        | {path for path in folder.glob("*") if is_packed(path)}
    )
    if not inside:
        raise UserError(f"no records in '{folder}'; make some with python -m bench.run")
    return inside


def analysed_in(
    folder: Path, declaration: Path | None = None, *, everything: bool = False
) -> tuple[Report, Analysis]:
    """Do the same as `analysed` for a folder whose records may be packed."""
    with readable(folder) as place:
        declared = declaration or RecordStore(folder).study_file
        return analysed(RecordStore(place), declared, everything=everything)


def analysed(
    store: RecordStore, declaration: Path | None = None, *, everything: bool = False
) -> tuple[Report, Analysis]:
    """Return the report of one study's folder, for any format, and what it tells.

    `declaration` is the study's file by which the page says how to repeat it, where it is not the
    store's. With `everything`, runs that the study does not declare are methods of their own.
    """
    records, study = store.load(), store.load_study()
    data = {
        "runs": frame.runs_frame(records, study),
        "epochs": frame.epochs_frame(records),
        "controls": frame.controls_frame(records),
        "gradients": frame.gradients_frame(records),
    }
    analysis = analyse(
        data["runs"],
        data["epochs"],
        plan_in(store, study),
        data["controls"],
        published=published_results(),
        all_configurations=everything,
        hint=OTHERS_SHOWN,
        tuning=tuning_of(study),
        before_tuning=runs_before(store, study),
        gradients=data["gradients"],
    )
    for method in dict.fromkeys(record.cell.method for record in records):
        if registry.find_here(method) is None:
            warn(f"warning: method '{printable(method)}' cannot be loaded here; {FROM_RECORDS}")
    words = data["runs"]["configuration"]
    shown = [(r, c) for r, c in zip(records, words, strict=True) if everything or not c]
    notes = list(notes_on_methods(shown))
    surroundings = environment_of([record for record, _ in shown])
    jobs = jobs_of([record for record, _ in shown])
    command = repeating_command(study, declaration or store.study_file, jobs)
    border = replace(BORDER, repeat=command)
    return study_report(analysis, surroundings, notes, data, border), analysis


def plan_of(study: Study) -> Plan:
    """Return the analysis that a study declared; what it left open is marked as a default."""
    return Plan.of(study, study.name, study.description, study.budget.labels_on(study.train_images))


def plan_in(store: RecordStore, study: Study) -> Plan:
    """Return the analysis that a study declared, with the looks and reports made in its folder."""
    made = tuple(len(look.seeds) for look in looks_made(store.folder, study))
    return plan_of(study).model_copy(
        update={
            "looks_made": made if study.sequential else None,
            "reported": tuple(reported_seeds(store.folder)),
        }
    )


def environment_of(records: Sequence[Record]) -> dict[str, str]:
    """Return what the runs' surroundings were; where they differ, every value."""
    entries = {
        name.replace("_", " "): [_shown(getattr(record.environment, name)) for record in records]
        for name in Environment.model_fields
    }
    numerics = [record.numerics for record in records if record.numerics is not None]
    entries["precision"] = [each.words for each in numerics]
    entries["deterministic algorithms"] = [_shown(each.deterministic) for each in numerics]
    entries["not as declared"] = [reason for each in numerics for reason in each.fell_back]
    return {name: " | ".join(dict.fromkeys(values)) for name, values in entries.items()}


def jobs_of(records: Sequence[Record]) -> int:
    """Return how many cells ran side by side; 1 where they did not, or not always as many."""
    found = {r.at_once if r.cell.execution.side_by_side else 1 for r in records}
    return found.pop() if len(found) == 1 else 1


def _shown(value: object) -> str:
    """Return a value of a record as text; empty for what is not known."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def notes_on_methods(runs: Iterable[tuple[Record, str]]) -> Iterable[MethodNote]:
    """Return what the reader should know of each method, with the options it ran with.

    `runs` are records with their configuration, "" for runs as declared.
    """
    alike: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record, configuration in runs:
        name = f"{record.cell.method} [{configuration}]" if configuration else record.cell.method
        alike[name, str(record.cell.options)].append(record)
    for (name, _), records in alike.items():
        method, told = registry.find_here(records[0].cell.method), records[-1]
        yield MethodNote(
            name=name,
            title=method.title if method else told.method_title or name,
            source=method.source if method else told.method_source or NOT_HERE,
            deviations=method.deviations if method else (),
            config=settings_of(records),
        )


def settings_of(records: Sequence[Record]) -> dict[str, object]:
    """Return the options of runs that have the same ones, and what `auto` padding came to.

    Where their seeds were computed as one, that is told beside them.
    """
    cell = records[0].cell
    # An option at its historical value is left out of what is recorded.
    method = registry.find_here(cell.method)
    settings = flattened((historical_values(method.Config) if method else {}) | cell.options)
    found = {r.cell.dataset: r.facts[PADDING] for r in records if PADDING in r.facts}
    if settings.get(PADDING) == "auto" and found:
        on = {f"{value} on {dataset}" for dataset, value in found.items()}
        one = next(iter(found.values())) if len({*found.values()}) == 1 else ""
        settings[PADDING] = f"auto: {one or ', '.join(sorted(on))}"
    if cell.execution.stacked:
        settings["stack_seeds"] = "seeds computed as one: no times, no memory"
    return settings
