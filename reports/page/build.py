"""An analysis put into words, rows and pictures: the view that every format writes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from reports.answer.matrix import answer
from reports.comparisons.section import verdicts
from reports.display.border import NO_BORDER, Border
from reports.display.palette import styles
from reports.display.selection import select
from reports.display.table import without_idle_columns
from reports.display.view import Fact, MethodNote, Section, View
from reports.page.analysis import Analysis
from reports.page.collection import collection_paused
from reports.page.data import Data
from reports.page.facts import facts
from reports.page.once import means_once, members_of, methods_once, shown_once
from reports.page.sections import SECTIONS, Material
from reports.page.twin_names import once
from reports.provenance.words import header
from reports.settings.estimates import means_of
from reports.warnings.caveat import Caveat


@collection_paused()
def build_view(
    analysis: Analysis,
    environment: Mapping[str, str],
    methods: Sequence[MethodNote] = (),
    data: Data | None = None,
    border: Border = NO_BORDER,
    sections: Sequence[Callable[[Material], Section]] = SECTIONS,
) -> View:
    """Put an analysis into words, rows and pictures; `data` can be downloaded from the page."""
    names = once(analysis.twins, analysis.context.plan.baseline)
    shown = shown_once(analysis, names)
    joint = members_of(analysis, names)
    context = shown.context
    means = means_of(shown.summaries)
    selection = select(context, means)
    selection = replace(selection, methods=methods_once(selection.methods, names))
    material = Material(
        shown, analysis, context, means, means_once(means, names), selection, environment, methods,
        data or {}, border,
    )  # fmt: skip
    own_styles = styles(analysis.context.methods, border.coloured_first)
    built = [_lean(section(material)) for section in sections]
    there = {section.slug for section in built if section.has_content}
    return View(
        title=context.plan.title,
        description=context.plan.description,
        facts=facts(analysis),
        verdicts=verdicts(context, shown.tallies, shown.pooled),
        warnings=tuple(
            caveat.sentence()
            for caveat in analysis.caveats
            if caveat.concerns_answer or not there & {*caveat.sections}
        ),
        sections=tuple(
            _warned(section, analysis.caveats) for section in built if section.has_content
        ),
        styles=own_styles | {n: own_styles[m[0]] for n, m in joint.items() if m[0] in own_styles},
        joint=joint,
        answer=answer(analysis.arms, analysis.context),
        origin=_linked(header(analysis.origin) if analysis.origin else (), built),
        repeat=border.repeat,
    )


def _linked(facts: tuple[Fact, ...], sections: Sequence[Section]) -> tuple[Fact, ...]:
    """Lead only to sections that the page has."""
    there = {section.slug for section in sections if section.has_content}
    return tuple(f if f.section in there else replace(f, section="") for f in facts)


def _warned(section: Section, caveats: Iterable[Caveat]) -> Section:
    """Say in a section what changes how to read it."""
    said = tuple(caveat.sentence() for caveat in caveats if section.slug in caveat.sections)
    return replace(section, warnings=said)


def _lean(section: Section) -> Section:
    return replace(section, tables=tuple(map(without_idle_columns, section.tables)))
