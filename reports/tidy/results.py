"""The whole way of a tidy table: roles, metrics, runs, analysis, and a report in any format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.display.border import Border
from reports.display.limits import MOST_METHODS_NAMED
from reports.display.words import counted, join, visible
from reports.drawing.drawing import can_draw
from reports.files.output import write_folder
from reports.formats.formats import FOLDERS, FORMATS, render_as, render_files
from reports.input.plan import Margins, Plan
from reports.input.validation import FrameError
from reports.page.analysis import Analysis, analyse
from reports.page.build import build_view
from reports.page.figures import figure_files
from reports.page.html import write
from reports.page.report import Report, study_report
from reports.page.rows import estimates_frame
from reports.tidy.declared import EXAMPLE, read_declared
from reports.tidy.measures import Measure, NotUsed, find_measures, ordered
from reports.tidy.roles import Roles, Told, find_roles
from reports.tidy.runs import Missing, Tidy, counts, tidy_runs

PLOTS = "pip install matplotlib seaborn scikit-posthocs itables"


@dataclass(frozen=True, slots=True)
class Results:
    """A table, analysed: `print` shows the answer, `write` makes the report.

    `read_as` says what every column was taken for: a role or a metric, and the words for it.
    """

    analysis: Analysis
    read_as: tuple[tuple[str, str], ...]
    table: pd.DataFrame

    def report(self) -> Report:
        """Return what every format can write."""
        return study_report(
            self.analysis,
            {},
            data={"runs": self.table},
            border=Border(plots=PLOTS, read_as=self.read_as),
        )

    def render(self, format: str = "html") -> str:
        """Return the report as text in one of `html`, `markdown`, `latex`, `csv`, `json`."""
        if format not in FORMATS:
            raise FrameError(f"'{format}' is no format; formats are {', '.join(FORMATS)}")
        return render_as(format, self.report())

    def write(self, path: str, format: str | None = None) -> str:
        """Write the report to `path` whole or not at all, and return the path.

        The format is the one that the name's ending says, unless it is given; `latex-tables` are a
        folder. Raises `OSError` where nothing can be written.
        """
        name = format or format_of(path)
        if name in FOLDERS:
            write_folder(render_files(name, self.report()), path)
        else:
            write(self.render(name), path)
        return path

    def write_figures(self, folder: str) -> str:
        """Write every figure as SVG and PDF at the size of a paper, and return the folder.

        Raises `FrameError` without matplotlib, `OSError` where nothing can be written.
        """
        if not can_draw():
            raise FrameError(f"figures need matplotlib: {PLOTS}")
        write_folder(figure_files(self.report().view()), folder)
        return folder

    def estimates(self) -> pd.DataFrame:
        """Return every estimate as a frame, one row each, with the columns of the csv."""
        return estimates_frame(self.analysis)

    def answer(self) -> tuple[str, ...]:
        """Return what was found, one line per candidate and metric, the primary metric first."""
        view = build_view(self.analysis, {})
        return tuple(
            f"{verdict.name}: {candidate.method}: {candidate.sentence}"
            for verdict in view.verdicts
            for candidate in verdict.candidates
        )

    def __str__(self) -> str:
        return "\n".join(self.answer())


def format_of(path: str) -> str:
    """Return the format whose files end as `path` does, html for any other."""
    return next((name for name, f in FORMATS.items() if path.endswith(f.suffix)), "html")


def compare(
    table: pd.DataFrame,
    *,
    baseline: str | None = None,
    metrics: Sequence[str] = (),
    primary: str | None = None,
    roles: Told | None = None,
    ignore: Sequence[str] = (),
    missing: Missing = "refuse",
    title: str = "Results",
    description: str = "",
    **rules: Any,
) -> Results:
    """Compare every method of a tidy table with `baseline`, paired by seed.

    `table` has one row per run: a method, a seed, any of data set, batch size and T, and numbers.
    Which column is what is guessed from names (docs/your-own-results.md has them) unless `roles`
    say it, such as `{"seed": "trial"}`. `metrics` declare others, such as `"loss:lower:ratio:5%"`;
    `primary` is what verdicts rest on; columns of `ignore` are left alone. `missing` says what an
    absent number of a finished run means. `rules` are those of a plan: `alpha`, `power`,
    `families`, `confidence`, `random_seed`.

    Raises `FrameError` for a table that cannot be compared, and `PlanError` for a rule out of
    range; the message is one line that names what is wrong, and where.
    """
    table = _checked(table, ignore)
    found = find_roles(table, roles or {})
    declared = [read_declared(text, [str(c) for c in table.columns]) for text in metrics]
    for one in declared:
        if one.column in found.taken:
            role = next(r for r, columns in found.columns.items() if one.column in columns)
            raise FrameError(f"{one.column} cannot be a metric: it is the table's {role}")
    free = [str(c) for c in table.columns if c not in found.taken]
    measures, unused = find_measures(table, free, declared)
    if not measures:
        numbers = [u.column for u in unused if u.why.startswith("number")]
        hint = (
            f": --metric '{numbers[0]}:higher', or lower, as is better"
            if numbers
            else f", such as {EXAMPLE}"
        )
        raise FrameError(f"no column is known to be a metric; declare one{hint}")
    measures = ordered(measures, primary)
    tidy = tidy_runs(table, found, measures, missing)
    plan = _plan(tidy, baseline, measures, title, description, primary, rules)
    read_as = tuple(_read_as(found, tidy, measures, unused, ignore))
    return Results(analyse(tidy.runs, tidy.epochs, plan), read_as, table)


def _checked(table: pd.DataFrame, ignore: Sequence[str]) -> pd.DataFrame:
    """Return the table without what is ignored; raises `FrameError` where that is no table."""
    names = [visible(str(column)) for column in table.columns]
    table = table.set_axis(names, axis=1).reset_index(drop=True)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise FrameError(f"two columns are called {join(repeated)}")
    for name in ignore:
        if name not in names:
            raise FrameError(f"there is no column '{name}' to ignore; columns are {join(names)}")
    if table.empty:
        raise FrameError("the table holds no rows")
    return table.drop(columns=list(ignore))


def _plan(
    tidy: Tidy,
    baseline: str | None,
    measures: Sequence[Measure],
    title: str,
    description: str,
    primary: str | None,
    rules: Mapping[str, Any],
) -> Plan:
    methods = list(dict.fromkeys(tidy.runs["method"]))
    named = join(methods[:MOST_METHODS_NAMED]) + (
        " and more" if len(methods) > MOST_METHODS_NAMED else ""
    )
    if len(methods) == 1:
        raise FrameError(f"there is one method, {named}, and nothing to compare it with")
    if baseline is None:
        raise FrameError(f"which method is the baseline? Methods are {named}")
    baseline = visible(baseline)  # as methods are
    if baseline not in methods:
        raise FrameError(f"no method is called '{baseline}'; methods are {named}")
    declared = {
        m.metric.margin.entry: m.metric.margin.default
        for m in measures
        if m.declared is not None and m.declared.margin is not None
    }
    known = Plan.declared(
        {"title": title, "description": description, "baseline": baseline, **rules}
    )
    return known.model_copy(
        update={
            "own_metrics": tuple(m.metric for m in measures),
            "primary_metric": measures[0].metric.column,
            "margins": Margins.model_construct(set(declared), **declared),
        }
    )


def _read_as(
    roles: Roles,
    tidy: Tidy,
    measures: Sequence[Measure],
    unused: Sequence[NotUsed],
    ignore: Sequence[str],
) -> Iterator[tuple[str, str]]:
    """Say what every column was taken for, one line per role and metric."""
    sizes = counts(tidy.runs)
    for role, columns in roles.columns.items():
        word = role.replace("dataset", "data set").replace("_", " ")
        parts = [join(list(columns)) + ("" if role in roles.told else " (guessed)")]
        if role in sizes:
            parts.append(counted(sizes[role], word))
        if role == "seed" and tidy.seeds_are_labels:
            parts.append("names numbered in their order")
        yield word.capitalize(), ", ".join(parts)
    for measure in measures:
        yield "Metric", _measure_words(measure)
    left = [*(f"{u.column} ({u.why})" for u in unused), *(f"{name} (ignored)" for name in ignore)]
    if left:
        yield "Not used", ", ".join(left)


def _measure_words(measure: Measure) -> str:
    """`acc (guessed): %, from shares; higher is better; by difference, margin 0.5 pp`."""
    metric, declared = measure.metric, measure.declared
    size = f"{metric.margin.default:g} {metric.step if metric.is_difference else '%'}".strip()
    default = "" if declared and declared.margin is not None else " by default"
    return "; ".join(
        (
            f"{measure.column}{'' if declared else ' (guessed)'}: "
            + ("%, from shares" if measure.from_shares else metric.units.base or "no unit known"),
            f"{'higher' if metric.higher_is_better else 'lower'} is better",
            f"by {'difference' if metric.is_difference else 'ratio'}, margin {size}{default}",
        )
    )
