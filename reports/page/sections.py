"""The sections of the page, in their order of reading: one line each.

The answer, and what changes how to read it, stand above all sections. Then the claims, if a study
is about them, and the evidence: results, comparisons setting by setting, parts of the methods,
failures, single seeds; what explains it: trends, memory, gradients, curves; what it is compared
with elsewhere; and, folded, how sure one can be and what was run where, to check it.

To add a section, write a function that returns one, from the context and the values it shows, and
add its line to `SECTIONS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reports.budgets.section import budgets_section
from reports.budgets.words import shorts
from reports.claims.section import claims_section
from reports.comparisons.exploratory_table import exploratory_table
from reports.comparisons.section import assumptions_section, effects_section, seeds_section
from reports.controls.section import controls_section
from reports.curves.section import curves_section
from reports.display.border import NO_BORDER, Border
from reports.display.selection import Selection
from reports.display.view import MethodNote, Section, present
from reports.gradients.section import gradients_section
from reports.input.context import Context
from reports.input.pairing import Means
from reports.memory.section import memory_section
from reports.nodes.section import nodes_section
from reports.page.analysis import Analysis
from reports.page.data import Data, data_section
from reports.pareto.section import pareto_section
from reports.provenance.section import (
    environment_section,
    failures_section,
    methods_section,
    reading_section,
)
from reports.published.section import published_section
from reports.scaling.section import scaling_section
from reports.settings.section import results_section
from reports.settings.table import beside_table
from reports.standings.section import several_section
from reports.trends.section import trends_section
from reports.tuning.section import tuning_section
from reports.versions.section import versions_section


@dataclass(frozen=True, slots=True)
class Material:
    """What sections are made of: the analysis, and what is known besides it.

    `analysis` is what is shown, twins once, of the `whole`.
    `means_once` are means by metric, with accuracies and losses of twins under their joint name.
    `selection` says what figures show of a large study.
    """

    analysis: Analysis
    whole: Analysis
    context: Context
    means: Means
    means_once: Means
    selection: Selection
    environment: Mapping[str, str] = field(default_factory=dict)
    methods: Sequence[MethodNote] = ()
    data: Data = field(default_factory=dict)
    border: Border = NO_BORDER


def _trends(m: Material) -> Section:
    """Show memory in parts among the trends: it matters as T grows."""
    a = m.analysis
    section = trends_section(
        m.context, m.means_once, a.trends, a.scalings, a.interactions, m.selection
    )
    memory = memory_section(m.context, a.memory, m.selection)
    return replace(
        section,
        pictures=(*section.pictures, *memory.pictures),
        tables=(*memory.tables, *section.tables),
    )


def _budgets(m: Material) -> Section:
    """Put results by setting under the other budgets below what is compared between all."""
    found = m.analysis.budgets
    section = budgets_section(m.context, found, tuned=m.analysis.tuning is not None)
    short = shorts(m.context.plan)
    absolute = (
        beside_table(m.context, short[budget], own, found.targets, m.selection.methods)
        for budget, own in found.summaries.items()
    )
    return replace(section, tables=(*section.tables, *present(*absolute)))


def _several(m: Material) -> Section:
    a = m.analysis
    pairs = exploratory_table(m.context, a.exploratory)
    return several_section(
        m.context, a.standings, a.improvements, a.rankings, pairs, m.selection, m.border
    )


def _folded(section: Section) -> Section:
    """Let a section open at a click: it is for those who check."""
    return replace(section, folded=True)


SECTIONS: tuple[Callable[[Material], Section], ...] = (
    lambda m: claims_section(m.context, m.analysis.claims),
    lambda m: results_section(m.context, m.analysis.summaries, m.analysis.targets, m.selection),
    lambda m: effects_section(
        m.context, m.analysis.comparisons, m.analysis.pooled, m.analysis.finished, m.selection
    ),
    _budgets,
    lambda m: scaling_section(m.context, m.analysis.divided),
    lambda m: controls_section(m.context, m.analysis.controls),
    lambda m: failures_section(m.context, (*m.analysis.failures, *m.analysis.budgets.failed)),
    lambda m: seeds_section(m.context, m.analysis.comparisons, m.selection),
    _trends,
    lambda m: gradients_section(m.context, m.analysis.gradients, m.selection),
    lambda m: pareto_section(m.context, m.analysis.fronts, m.means, m.selection),
    lambda m: curves_section(m.context, m.analysis.curves, m.selection),
    lambda m: published_section(m.analysis.beside_published),
    lambda m: versions_section(m.context, m.analysis.versions),
    lambda m: nodes_section(m.analysis.nodes),
    lambda m: _folded(tuning_section(m.context, m.analysis.tuning, m.analysis.tuning_gains)),
    lambda m: _folded(_several(m)),
    lambda m: _folded(
        assumptions_section(
            m.context, m.analysis.comparisons, m.analysis.targets, m.analysis.families
        )
    ),
    lambda m: reading_section(m.border.read_as),
    lambda m: _folded(environment_section(m.environment)),
    lambda m: _folded(methods_section(m.methods)),
    lambda m: data_section(m.whole, m.data, m.border),
)
"""Sections without content are left out of the page."""
