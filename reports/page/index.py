"""One page over several studies: what each is, what its primary metric says, where its report is.

It repeats what the reports say and estimates nothing of its own; studies are never compared.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from reports.comparisons.headlines import metric_headline
from reports.display.border import NO_BORDER, Border
from reports.display.verdicts import pills
from reports.display.view import Pill
from reports.page.analysis import Analysis
from reports.page.facts import facts
from reports.page.templating import template_environment
from reports.statistics.equivalence import Verdict

DATE = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class StudyCard:
    """One study as the index shows it.

    `file` is its report's path from the index, for reading, and `href` the same percent-encoded.
    `metric` names the primary metric, `primary` says in one line how its comparisons came out,
    `pills` count their verdicts. `first_run` and `last_run` are ISO dates (UTC) of the first and
    last run analysed, empty where not recorded; `started_last` is that last run's full time stamp,
    by which cards are sorted. `datasets` and `methods` are names, the baseline first.
    """

    name: str
    href: str
    file: str
    description: str
    facts: str
    metric: str
    primary: str
    pills: tuple[Pill, ...]
    warnings: int
    first_run: str
    last_run: str
    started_last: str
    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    runs: int
    finished: int
    failed: int


@dataclass(frozen=True, slots=True)
class IndexView:
    """The whole page: a heading and one card per study, in the order shown."""

    title: str
    facts: str
    cards: tuple[StudyCard, ...]


def study_card(analysis: Analysis, file: str) -> StudyCard:
    """Summarise one study, whose report is `file`: a path from the index, parts joined by `/`."""
    context, plan = analysis.context, analysis.context.plan
    metric = plan.primary
    tallies = [tally for tally in analysis.tallies if tally.metric is metric]
    counts = sum((Counter(tally.verdicts) for tally in tallies), Counter[Verdict]())
    datasets = tuple(sorted({run.dataset for run in analysis.runs}))
    started = sorted(run.started_at for run in analysis.runs if run.started_at) or [""]
    failed = len(analysis.failures)
    finished = len(analysis.runs) - failed
    return StudyCard(
        name=plan.title,
        href=relative_href(file),
        file=file,
        description=plan.description,
        facts=facts(analysis),
        metric=metric.name,
        primary=metric_headline(tallies, context)
        if counts
        else f"Nothing is compared with {plan.baseline}.",
        pills=pills(counts),
        warnings=len(analysis.caveats),
        first_run=started[0][:DATE],
        last_run=started[-1][:DATE],
        started_last=started[-1],
        datasets=datasets,
        methods=context.methods,
        runs=len(analysis.runs),
        finished=finished,
        failed=failed,
    )


def index_view(cards: Iterable[StudyCard], title: str = "Studies") -> IndexView:
    """Put cards in order, the study that ran last first; of equals, by name and file."""
    by_name = sorted(cards, key=lambda card: (card.name, card.file))
    ordered = sorted(by_name, key=lambda card: card.started_last, reverse=True)
    return IndexView(title, _how_many(len(ordered)), tuple(ordered))


def render_index(view: IndexView, border: Border = NO_BORDER) -> str:
    """Render the index as one self-contained page: no script, nothing loaded from anywhere."""
    return template_environment().get_template("index.html.j2").render(view=view, border=border)


def relative_href(path: str) -> str:
    """Percent-encode a relative path of parts joined by `/`.

    A colon too: a browser takes what stands before the first one for a scheme.
    """
    return quote(path, safe="/", errors="surrogateescape")


def _how_many(studies: int) -> str:
    match studies:
        case 0:
            return "There are no studies here yet."
        case 1:
            return "1 study."
    return f"{studies} studies, the one that ran last first."
