"""Everything a page shows, as typed text and data: what is printed or drawn, and nothing else.

`sections` fills it from an analysis, `page` makes HTML of it, `markdown`, `latex` and `machine`
the other formats.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.display.answer import Answer
from reports.display.downloads import Download
from reports.display.palette import Style
from reports.display.picture import Picture
from reports.display.table import Table


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
class Fact:
    """A term of the page's head, what is said of it, and the section that has more, if any."""

    term: str
    text: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page below the verdicts; only sections with something in them are shown.

    `items` are terms with their explanation. A `folded` one opens at a click.
    """

    slug: str
    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[tuple[str, str], ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    methods: tuple[MethodNote, ...] = ()
    downloads: tuple[Download, ...] = ()
    folded: bool = False
    warnings: tuple[str, ...] = ()
    """What changes how to read this section."""

    @property
    def groups(self) -> dict[str, int]:
        """Groups of its tables, numbered from 1, of which a reader sees one at a time."""
        names = dict.fromkeys(table.group for table in self.tables if table.group)
        return {name: number for number, name in enumerate(names, start=1)}

    @property
    def leading(self) -> tuple[Table, ...]:
        """A main table, which comes before the terms: verdicts before what they rest on."""
        return tuple(table for table in self.tables if table.main) if self.items else ()

    @property
    def following(self) -> tuple[Table, ...]:
        """All other tables."""
        return (
            tuple(table for table in self.tables if not table.main) if self.items else self.tables
        )

    @property
    def switches(self) -> bool:
        """Whether there are several groups to choose from."""
        return len(self.groups) > 1

    @property
    def has_content(self) -> bool:
        """Whether there is more in it than an introduction."""
        return bool(self.items or self.pictures or self.tables or self.methods or self.downloads)


@dataclass(frozen=True, slots=True)
class View:
    """The whole page. `styles` has how every method is drawn, the baseline first."""

    title: str
    description: str
    facts: str
    verdicts: tuple[MetricVerdict, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    styles: Mapping[str, Style]
    answer: Answer | None = None
    origin: tuple[Fact, ...] = ()
    repeat: str = ""
    """The command that repeats the runs; empty where none is known."""
    joint: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that stand for several methods, with these."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in the order of the page."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Every picture, in the order of the page."""
        return tuple(picture for section in self.sections for picture in section.pictures)


def present(*tables: Table | None) -> tuple[Table, ...]:
    """Leave out the tables that there is nothing for."""
    return tuple(table for table in tables if table is not None)
