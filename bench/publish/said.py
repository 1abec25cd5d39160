"""What a published result says: its page's claims, sentences and figures."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.publish.result import STUDY, Result, published
from bench.records import frame
from bench.reporting import analysed_in
from reports.display.view import View
from reports.page.answer import answer_alone
from reports.page.report import Report

CLAIMS = "claims"
"""The section of the page that judges claims."""
FOUND, LIMITS = "Found:", "Limits:"


@dataclass(frozen=True)
class Said:
    """A result, where it lies, and its report, made of the records when it is first asked for."""

    result: Result
    root: Path

    @cached_property
    def report(self) -> Report:
        """The page before it is drawn."""
        folder = self.result.folder
        return analysed_in(self.root / folder, declaration=folder / STUDY)[0]

    @cached_property
    def view(self) -> View:
        """Everything that the page shows."""
        return self.report.view()

    @property
    def claims(self) -> tuple[tuple[str, str], ...]:
        """Title and text of every claim that was judged; none in most studies."""
        own = [section for section in self.view.sections if section.slug == CLAIMS]
        return own[0].items if own else ()

    @property
    def outcomes(self) -> str:
        """How many claims held up, in one sentence."""
        own = [section for section in self.view.sections if section.slug == CLAIMS]
        return " ".join(own[0].paragraphs) if own else ""

    def accuracy_sentences(self) -> list[tuple[str, str]]:
        """Return method and comparison in the primary metric alone."""
        plan, result = self.result.plan, self.result
        alone = plan.model_copy(update={"own_metrics": (plan.primary,)})
        found = answer_alone(result.runs, frame.epochs_frame(result.records), alone)
        return list(found.sentences) if found else []


def all_said(root: Path) -> list[Said]:
    """Return every result in the clone `root`, by name."""
    return [Said(result, root) for result in published(root)]


def without_statement(text: str) -> str:
    """Return what is said of a claim without the claim itself: from what was found on."""
    return text[text.index(FOUND) :] if FOUND in text else text


def found_words(text: str) -> str:
    """Return what was found of a claim, of its text: `Claimed: ... Found: ... Limits: ...`."""
    return text.partition(FOUND)[2].partition(LIMITS)[0].strip() or text


def first_limit(text: str) -> str:
    """Return how far a claim goes, in the first sentence of its limits; "" if it has none."""
    sentence, _, rest = text.partition(LIMITS)[2].strip().partition(". ")
    return f"{sentence}." if rest else sentence
