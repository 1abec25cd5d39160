"""A published result: one study's records, and what can be said of them without analysis."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from bench.records import frame
from bench.records.looks import LookMade, looks_made
from bench.records.packed import ARCHIVE, is_packed, readable
from bench.records.record import Record
from bench.records.store import RecordStore
from bench.reporting import jobs_of, plan_in
from bench.study.cells import Cell, expand
from bench.study.looks import up_to_look
from bench.study.study import Study
from noprop_core import registry
from reports.budgets.estimates import Budgets
from reports.display.answer import Answer
from reports.display.words import counted, join
from reports.input.context import Context
from reports.input.plan import Plan
from reports.page.answer import answer_alone, budgets_alone

RESULTS = Path("docs") / "results"
"""Where they are in a clone."""
PAGE = "report.html"
STUDY = "study.json"


@dataclass(frozen=True)
class Result:
    """`records` are the runs that the study declares, in its order; `set_aside` counts others."""

    name: str
    study: Study
    records: list[Record]
    set_aside: int
    looks: list[LookMade]
    plan: Plan

    @property
    def folder(self) -> Path:
        """Where it is published, from the clone's root."""
        return RESULTS / self.name

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run, with the columns of `bench.records.columns`."""
        return frame.runs_frame(self.records)

    @cached_property
    def answer(self) -> Answer | None:
        """What the page says first; `None` where nothing is compared."""
        return answer_alone(self.runs, frame.epochs_frame(self.records), self.plan)

    @cached_property
    def budgets(self) -> tuple[Budgets, Context]:
        """What there is under each of several budgets, and the context that its words need."""
        return budgets_alone(self.runs, frame.epochs_frame(self.records), self.plan)

    @property
    def disturbed(self) -> int:
        """In how many runs the machine had something else to do too."""
        return int((self.runs["disturbed"] != "").sum())

    @property
    def days(self) -> str:
        """Such as `28 November 2026 and 29 November 2026`: the first run's and the last one's."""
        days = sorted({date.fromisoformat(record.started_at[:10]) for record in self.records})
        return join([f"{day.day} {day:%B %Y}" for day in dict.fromkeys((days[0], days[-1]))])

    @property
    def devices(self) -> str:
        """Names of what trained, each once."""
        return join(sorted({record.environment.device for record in self.records}))

    @property
    def jobs(self) -> int:
        """How many cells ran side by side."""
        return jobs_of(self.records)

    def missing(self) -> list[str]:
        """Return what the study declares and no record tells of, a phrase each."""
        return list(_missing(self.study, self.records, self.looks))


def result_in(folder: Path, name: str | None = None) -> Result:
    """Read a study's folder, packed or not; raises `UserError` where it cannot be read."""
    with readable(folder) as place:
        store = RecordStore(place)
        records, study = store.load(), store.load_study()
        words = frame.runs_frame(records, study)["configuration"]
        looks = looks_made(place, study) if study.sequential else []
        plan = plan_in(store, study)
    own = [record for record, other in zip(records, words, strict=True) if not other]
    return Result(name or folder.name, study, own, len(records) - len(own), looks, plan)


def published(root: Path) -> list[Result]:
    """Return all results in a clone, by name."""
    found = sorted(path.parent for path in (root / RESULTS).glob(f"*/{ARCHIVE}"))
    return [result_in(folder) for folder in found if is_packed(folder)]


def _missing(study: Study, records: list[Record], looks: list[LookMade]) -> Iterator[str]:
    if study.sequential is not None:
        if not looks:
            yield f"the first look, at {study.sequential.looks[0]} seeds"
        elif not looks[-1].decided and len(looks[-1].seeds) < len(study.seeds):
            after = next(n for n in study.sequential.looks if n > len(looks[-1].seeds))
            yield f"the look at {after} seeds, for {join(looks[-1].undecided)} was undecided"
        study = up_to_look(study, len(looks[-1].seeds) if looks else study.sequential.looks[0])
    here = [method for method in study.methods if registry.find_here(method)]
    kinds = {record.cell.execution.device for record in records} or {"cpu"}
    cells = expand(study.model_copy(update={"methods": here}), min(kinds)) if here else []
    have = {asked_for(record.cell) for record in records}
    lacking = Counter(c.method for c in cells if asked_for(c) not in have)
    for method, count in lacking.items():
        yield f"{counted(count, 'run')} of {method}"


def asked_for(cell: Cell) -> tuple[str, str, int, int | None, int, str]:
    """Return what was asked for, however it was executed and whatever options were left open."""
    budget = cell.budget.label_on(cell.train_images)
    return cell.method, cell.dataset, cell.batch_size, cell.timesteps, cell.seed, budget
