"""An analysis put into words, rows and pictures, in the page's order of reading.

Verdicts, and what changes how to read them; the evidence, from the effects to single seeds; what
explains it: trends, memory, curves, parts of the method; what it is compared with elsewhere; how
sure one can be; and what was run where, to check it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from reports.collection import collection_paused
from reports.comparisons.power import power_table
from reports.comparisons.table import effects_table
from reports.controls.table import control_table, controls_say, paper_table
from reports.display import words as sentences
from reports.display.downloads import Source, csv_downloads
from reports.display.palette import styles
from reports.display.selection import drawn_methods
from reports.display.table import Table
from reports.display.view import (
    CandidateVerdict,
    MethodNote,
    MetricVerdict,
    Pill,
    Section,
    View,
)
from reports.formats.rows import estimates_frame
from reports.input.metrics import METRICS, Metric
from reports.input.runs import RUN_COLUMNS
from reports.memory.figure import memory_pictures
from reports.memory.table import memory_parts_table
from reports.page.analysis import Analysis
from reports.pareto.figure import pareto_pictures
from reports.settings.curves import curve_pictures
from reports.settings.figure import seed_pictures
from reports.settings.table import (
    VERDICT_SIGNS,
    environment_table,
    failure_table,
    main_table,
)
from reports.standings.figure import can_draw_ranks, profile_pictures, rank_pictures
from reports.standings.table import (
    exploratory_table,
    front_table,
    improvement_table,
    ranking_tables,
    standing_table,
)
from reports.trends.figure import trend_pictures
from reports.trends.table import interaction_tables, trend_tables
from reports.versions.table import versions_say, versions_table
from reports.warnings.measuring import measuring_sentences

Data = Mapping[str, pd.DataFrame]
"""Raw frames by name: runs, epochs, controls."""


@collection_paused()
def build_view(
    analysis: Analysis,
    environment: Mapping[str, str],
    methods: Sequence[MethodNote],
    data: Data | None = None,
) -> View:
    """Put an analysis into words, rows and pictures; `data` can be downloaded from the page."""
    sections = (
        _effects_section(analysis),
        Section(
            "results",
            "Results by setting",
            tables=_present(main_table(analysis, drawn_methods(analysis))),
        ),
        Section("seeds", "Every seed", pictures=seed_pictures(analysis)),
        _trends_section(analysis),
        Section(
            "pareto",
            "Accuracy against time and memory",
            pictures=pareto_pictures(analysis),
            tables=_present(front_table(analysis)),
        ),
        Section("curves", "Accuracy over training time", pictures=curve_pictures(analysis)),
        _several_section(analysis),
        _control_section(analysis),
        Section("paper", "Published results and ours", tables=_present(paper_table(analysis))),
        _versions_section(analysis),
        _assumptions_section(analysis),
        Section("failures", "Failures", tables=_present(failure_table(analysis))),
        Section(
            "environment",
            "Environment",
            tables=(environment_table(environment),) if environment else (),
        ),
        Section("methods", "Methods as run", methods=tuple(methods)),
        _data_section(analysis, data),
    )
    return View(
        title=analysis.plan.title,
        description=analysis.plan.description,
        facts=_facts(analysis),
        verdicts=tuple(v for metric in _ordered(analysis) if (v := _verdict(metric, analysis))),
        warnings=(
            *(sentences.caveat_sentence(c, analysis.plan) for c in analysis.caveats),
            *measuring_sentences(analysis.measuring),
        ),
        sections=tuple(s for s in sections if s.has_content),
        styles=styles(analysis.methods),
    )


def _verdict(metric: Metric, analysis: Analysis) -> MetricVerdict | None:
    tallies = [tally for tally in analysis.tallies if tally.metric is metric]
    if not tallies:
        return None
    return MetricVerdict(
        name=metric.name,
        meaning=metric.meaning,
        is_primary=metric.column == analysis.plan.primary_metric,
        headline=sentences.metric_headline(tallies, analysis),
        candidates=tuple(
            CandidateVerdict(
                method=tally.candidate,
                pills=tuple(
                    Pill(str(verdict), f"{sign} {tally.verdicts[verdict]} {verdict}")
                    for verdict, sign in VERDICT_SIGNS.items()
                    if tally.verdicts.get(verdict)
                ),
                sentence=sentences.tally_sentence(tally, analysis),
            )
            for tally in tallies
        ),
    )


def _ordered(analysis: Analysis) -> list[Metric]:
    """Metrics with the primary one first."""
    return sorted(METRICS, key=lambda metric: metric.column != analysis.plan.primary_metric)


def _facts(analysis: Analysis) -> str:
    finished = len(analysis.runs) - len(analysis.failures)
    seeds = len({run.seed for run in analysis.runs})
    datasets = sentences.join(sorted({run.dataset for run in analysis.runs}))
    if not analysis.runs:
        return "No runs."
    return (
        f"{finished} of {len(analysis.runs)} runs finished: {len(analysis.methods)} methods on "
        f"{datasets}, {seeds} seeds, baseline {analysis.plan.baseline}."
    )


def _effects_section(analysis: Analysis) -> Section:
    return Section(
        "effects",
        f"Compared with {analysis.plan.baseline}",
        paragraphs=(
            "The effect comes first; p-values say how surprising it would be if the two methods "
            "did not differ, not how large or important it is.",
        ),
        tables=_present(*(effects_table(metric, analysis) for metric in _ordered(analysis))),
    )


def _trends_section(analysis: Analysis) -> Section:
    return Section(
        "trends",
        "Trends over T and batch size",
        pictures=(*trend_pictures(analysis), *memory_pictures(analysis)),
        tables=(
            *_present(memory_parts_table(analysis)),
            *trend_tables(analysis),
            *interaction_tables(analysis),
        ),
    )


def _several_section(analysis: Analysis) -> Section:
    if len(analysis.methods) < 2:
        return Section("several", "Several methods at once")
    undrawn = not can_draw_ranks() and any(r.test for r in analysis.rankings)
    return Section(
        "several",
        "Several methods at once",
        paragraphs=(
            "The critical-difference diagram is left out because scikit-posthocs is not installed; "
            'pip install "noprop-bench[plots]" adds it.',
        )
        if undrawn
        else (),
        pictures=(*profile_pictures(analysis), *rank_pictures(analysis)),
        tables=_present(
            standing_table(analysis),
            improvement_table(analysis),
            *ranking_tables(analysis),
            exploratory_table(analysis),
        ),
    )


def _control_section(analysis: Analysis) -> Section:
    table = control_table(analysis)
    if table is None:
        return Section("controls", "")
    return Section(
        "controls",
        "Does the whole method beat its parts?",
        paragraphs=(
            "After training, parts of the same network were tested by themselves: a single block "
            "shown pure noise, the sampler without its noise, and the like. If a part does as "
            "well as the whole, the rest of the method adds nothing to accuracy.",
            controls_say(analysis),
        ),
        tables=(table,),
    )


def _versions_section(analysis: Analysis) -> Section:
    table = versions_table(analysis.versions, analysis.plan.alpha)
    if table is None:
        return Section("versions", "")
    return Section(
        "versions",
        "Across releases of torch",
        paragraphs=(versions_say(analysis.versions, analysis.plan.alpha),),
        tables=(table,),
    )


def _assumptions_section(analysis: Analysis) -> Section:
    return Section(
        "assumptions",
        "Assumptions, power and how verdicts are reached",
        paragraphs=(
            "The primary tests suppose that differences between paired runs are roughly normal, or "
            "many. The sign-flip test supposes only that they are symmetrical, and Wilcoxon's the "
            "same; where they come out otherwise, the verdict is unsettled. What could not have "
            "been seen with these seeds is no sign of its absence.",
            *sentences.RULE,
        ),
        items=sentences.plan_items(analysis),
        tables=_present(*(power_table(metric, analysis) for metric in _ordered(analysis))),
    )


def _data_section(analysis: Analysis, data: Data | None) -> Section:
    if not data:
        return Section("data", "")
    frame_of = "bench.frame.{}(folder)"
    known = {
        "runs": ("one row per run, as measured", "python -m bench.run --export", RUN_COLUMNS),
        "epochs": ("one row per run and epoch", frame_of.format("load_epochs"), ()),
        "controls": (
            "one row per run and part of the network tested by itself",
            frame_of.format("load_controls"),
            (),
        ),
    }
    estimates = Source(
        "estimates",
        "one row per estimate on this page",
        estimates_frame(analysis),
        "python -m bench.report --format csv",
    )
    raw = {
        name: Source(name, what, data[name], elsewhere, core)
        for name, (what, elsewhere, core) in known.items()
        if name in data
    }
    order = [raw.get("runs"), estimates, raw.get("controls"), raw.get("epochs")]
    return Section(
        "data",
        "Raw data",
        paragraphs=(
            "The files are inside this page. Column names are explained in "
            "bench/records/columns.py and reports/formats/rows.py of the project.",
        ),
        downloads=csv_downloads([source for source in order if source is not None]),
    )


def _present(*tables: Table | None) -> tuple[Table, ...]:
    return tuple(table for table in tables if table is not None)
