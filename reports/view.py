"""Everything a page shows, as typed text: what the templates print and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports import sentences
from reports.analysis import Analysis
from reports.comparison_sentences import comparison_sentences
from reports.figures import Picture, draw_curves, draw_over_t, missing_packages
from reports.measuring import measuring_sentences
from reports.memory_section import draw_memory_parts, growth_sentences, memory_parts_table
from reports.method_tables import control_table, controls_say, paper_table
from reports.metrics import METRICS, Metric
from reports.overall_figures import can_draw_ranks, draw_critical_differences, draw_profiles
from reports.overall_tables import (
    exploratory_table,
    improvement_table,
    ranking_tables,
    standing_table,
)
from reports.palette import styles
from reports.power_tables import power_table
from reports.scaling_tables import interaction_tables, trend_tables
from reports.tables import (
    VERDICT_SIGNS,
    Table,
    comparison_table,
    environment_table,
    failure_table,
    main_tables,
)
from reports.version_table import versions_say, versions_table

MOST_SENTENCES = 200
"""Most comparisons in one metric that are also told in sentences; json tells all of them."""


@dataclass(frozen=True, slots=True)
class MethodNote:
    """A training method as it was run: title, source, departures from the source, settings."""

    name: str
    title: str
    source: str
    deviations: tuple[str, ...] = ()
    config: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pill:
    """A count of one verdict."""

    verdict: str
    text: str


@dataclass(frozen=True, slots=True)
class CandidateVerdict:
    """One candidate in one metric: counts of verdicts, and the sentence."""

    method: str
    pills: tuple[Pill, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class MetricVerdict:
    """One metric's verdicts at the top of the page."""

    name: str
    meaning: str
    is_primary: bool
    headline: str
    candidates: tuple[CandidateVerdict, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page below the verdicts; only sections with something in them are made."""

    slug: str
    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    methods: tuple[MethodNote, ...] = ()
    install: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The whole page."""

    title: str
    description: str
    facts: str
    verdicts: tuple[MetricVerdict, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    colours: Mapping[str, str]


def build_view(
    analysis: Analysis,
    environment: Mapping[str, str],
    methods: Sequence[MethodNote],
    *,
    figures: bool = True,
) -> View:
    """Put an analysis into words, rows and pictures, in the page's order of reading.

    Without `figures` none is drawn, for formats that cannot show them.
    """
    sections = (
        Section("results", "Results by setting", tables=main_tables(analysis)),
        _comparison_section(analysis),
        *(_figure_sections(analysis) if figures else ()),
        Section(
            "trends",
            "Trends over T and batch size",
            tables=(*trend_tables(analysis), *interaction_tables(analysis)),
        ),
        _overall_section(analysis, figures),
        _memory_section(analysis, figures),
        _versions_section(analysis),
        _control_section(analysis),
        Section(
            "paper",
            "Published results and ours",
            tables=tuple(table for table in (paper_table(analysis),) if table is not None),
        ),
        _power_section(analysis),
        _plan_section(analysis),
        _failure_section(analysis),
        Section(
            "environment",
            "Environment",
            tables=(environment_table(environment),) if environment else (),
        ),
        Section("methods", "Methods as run", methods=tuple(methods)),
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
        sections=tuple(s for s in sections if _has_content(s)),
        colours={method: style.colour for method, style in styles(analysis.methods).items()},
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


def _comparison_section(analysis: Analysis) -> Section:
    tables = (_comparison_table(metric, analysis) for metric in _ordered(analysis))
    return Section(
        "comparisons",
        f"Compared with {analysis.plan.baseline}",
        paragraphs=(
            "Each row pairs the runs of one method with those of the baseline that used the same "
            "seed. The effect comes first; p-values say how surprising it would be if the two "
            "methods did not differ, not how large or important it is.",
        ),
        tables=tuple(table for table in tables if table is not None),
    )


def _overall_section(analysis: Analysis, figures: bool) -> Section:
    if len(analysis.methods) < 2:
        return Section("several", "Several methods at once")
    tables = (
        standing_table(analysis),
        improvement_table(analysis),
        *ranking_tables(analysis),
        exploratory_table(analysis),
    )
    return Section(
        "several",
        "Several methods at once",
        paragraphs=(
            "The critical-difference diagram is left out because scikit-posthocs is not installed; "
            'pip install "noprop-bench[plots]" adds it.',
        )
        if figures and not can_draw_ranks() and any(r.test for r in analysis.rankings)
        else (),
        tables=tuple(table for table in tables if table is not None),
        pictures=(*draw_profiles(analysis), *draw_critical_differences(analysis))
        if figures and not missing_packages()
        else (),
    )


def _power_section(analysis: Analysis) -> Section:
    tables = (power_table(metric, analysis) for metric in _ordered(analysis))
    return Section(
        "power",
        "Assumptions and power",
        paragraphs=(
            "The primary tests suppose that differences between paired runs are roughly normal, or "
            "many. The sign-flip test supposes only that they are symmetrical, and Wilcoxon's the "
            "same; where they come out otherwise, the verdict is unsettled. What could not have "
            "been seen with these seeds is no sign of its absence.",
        ),
        tables=tuple(table for table in tables if table is not None),
    )


def _comparison_table(metric: Metric, analysis: Analysis) -> Table | None:
    table = comparison_table(metric, analysis)
    comparisons = [c for c in analysis.comparisons if c.metric is metric]
    if table is None or len(comparisons) > MOST_SENTENCES:
        return table
    return replace(
        table,
        words=tuple(
            comparison_sentences(c, analysis.plan, sentences.setting_words(c.setting, analysis))
            for c in comparisons
        ),
    )


def _figure_sections(analysis: Analysis) -> tuple[Section, ...]:
    missing = missing_packages()
    if missing and analysis.curves:
        return (
            Section(
                "figures",
                "Figures",
                paragraphs=(
                    f"The figures are left out because {sentences.join(missing)} "
                    f"{'is' if len(missing) == 1 else 'are'} not installed. Install "
                    f"{'it' if len(missing) == 1 else 'them'} and make the report again:",
                ),
                install='pip install "noprop-bench[plots]"',
            ),
        )
    if missing:
        return ()
    return (
        Section("curves", "Accuracy over training time", pictures=draw_curves(analysis)),
        Section("over-t", "Time and memory over T", pictures=draw_over_t(analysis)),
    )


def _memory_section(analysis: Analysis, figures: bool) -> Section:
    table = memory_parts_table(analysis.memory)
    return Section(
        "memory-parts",
        "What memory is spent on",
        paragraphs=growth_sentences(analysis.memory),
        tables=() if table is None else (table,),
        pictures=draw_memory_parts(analysis.memory, analysis.methods) if figures else (),
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


def _plan_section(analysis: Analysis) -> Section:
    return Section(
        "plan",
        "How verdicts are reached",
        paragraphs=sentences.RULE,
        items=sentences.plan_items(analysis),
    )


def _failure_section(analysis: Analysis) -> Section:
    table = failure_table(analysis)
    return Section("failures", "Failures", tables=() if table is None else (table,))


def _has_content(section: Section) -> bool:
    return bool(
        section.tables or section.pictures or section.methods or section.items or section.install
    )
