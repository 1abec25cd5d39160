"""What a published result says: its page's claims, sentences and figures."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from bench.publish.result import STUDY, Result, published
from bench.records import frame
from bench.reporting import analysed_in
from reports.display.view import View
from reports.display.words import equation
from reports.formats.markdown import as_text
from reports.page.answer import answer_alone
from reports.page.report import Report

CLAIMS = "claims"
"""The section of the page that judges claims."""
FOUND, LIMITS = "Found:", "Limits:"
LEFT_TO_THE_README = ("Total training time", "Time to target accuracy")
"""Metrics of a result's answer that docs/answer.md leaves out, for it is to be two pages."""


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


def accuracy_table(result: Result) -> list[str]:
    """Return mean test accuracies by method and T as a table in Markdown, with how many runs.

    Of several budgets it is about the first, as the page is.
    """
    good = result.runs[result.runs["status"] == "ok"].copy()
    good = good[~good["budget"].isin(result.plan.budgets[1:])]
    good["T"] = good["timesteps"].fillna(-1)
    steps = sorted({int(value) for value in good["T"]})
    heads = ["any T" if value == -1 else equation("T", value) for value in steps]
    lines = [f"| test accuracy, % (runs) | {' | '.join(heads)} |", "|---|" + "---:|" * len(steps)]
    for dataset in sorted(set(good["dataset"])):
        for method in result.study.methods:
            own = good[(good["dataset"] == dataset) & (good["method"] == method)]
            cells = [_cell(own[own["T"] == value]["test_accuracy"]) for value in steps]
            where = f" on {dataset}" if len(set(good["dataset"])) > 1 else ""
            lines.append(f"| `{method}`{where} | {' | '.join(cells)} |")
    return lines


def verdict_table(result: Result) -> list[str]:
    """Return effects and verdicts against the baseline as a table in Markdown, by method.

    Of the answer's metrics those that a reader asks for first; the result's README has all.
    """
    found = result.answer
    if found is None:
        return []
    shown = [n for n, column in enumerate(found.columns) if column.label not in LEFT_TO_THE_README]
    heads = [found.columns[n].label.lower() for n in shown]
    lines = [f"| against `{result.study.baseline}` | {' | '.join(heads)} |"]
    lines.append("|---" * (1 + len(shown)) + "|")
    for row in found.rows:
        words = [row.entries[n].words for n in shown]
        if any(words):
            who = f"`{row.method}`{f' {row.place}' if row.place else ''}"
            lines.append(f"| {' | '.join([who, *(as_text(w) or '—' for w in words)])} |")
    return lines


def _cell(accuracies: pd.Series) -> str:
    if accuracies.empty:
        return "—"
    return f"{100 * accuracies.mean():.1f} ({len(accuracies)})"


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
