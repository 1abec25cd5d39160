"""A study becomes an ordered list of cells; a cell is everything that decides one training run."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from bench.study.budget import Budget
from bench.study.study import Study
from noprop_core import registry
from noprop_core.division import Way
from noprop_core.method import MethodConfig
from noprop_core.numerics import Precision
from noprop_core.options import Options, recorded, restored

ID_VERSION: Final = 2
"""The rule that ids are made by: 1 hashed every field of a cell; since 2 see `Cell.layout`."""


class Execution(Options):
    """How a run is executed: what changes its cost, or its last digits, and not its method.

    `device` is the kind, "cpu" or "cuda": which card it was belongs to the record.
    """

    historical: ClassVar[Mapping[str, Any]] = {
        "side_by_side": False,
        "division": "none",
        "ranks": 1,
        "cuda_graphs": False,
        "gradient_norms": False,
        "precision": None,
        "deterministic": None,
        "stacked": False,
    }

    device: str
    threads: int | None = Field(description="CPU threads per operation; None: torch's choice")
    side_by_side: bool = Field(False, description="other cells ran on the machine at once")
    division: Way = Field("none", description="how one run is divided over processes")
    ranks: int = Field(1, description="how many processes")
    cuda_graphs: bool = Field(False, description="steps are replayed, where they can be")
    gradient_norms: bool = Field(
        False, description="the norm of every block's gradient is looked at before every epoch"
    )
    precision: Precision | None = Field(
        None, description="None: as torch chooses, which is fp32 on a CPU, not on a GPU"
    )
    deterministic: bool | None = Field(
        None, description="algorithms that repeat bit for bit; None: as torch chooses"
    )

    stacked: bool = Field(False, description="seeds were computed as one, which gives no times")

    @property
    def words(self) -> str:
        """What makes its times unlike those of other ways of execution; "" for the oldest way."""
        ways = {
            "side by side": self.side_by_side,
            "CUDA graphs": self.cuda_graphs,
            "tf32": self.precision == "tf32",
            "bf16": self.precision == "bf16",
            "not deterministic": self.deterministic is False,
            "precision as torch chose": self.device == "cuda" and self.precision is None,
        }
        return ", ".join(words for words, is_so in ways.items() if is_so)


class Cell(BaseModel):
    """One training run: every field changes the result, or what it cost.

    `method` may name a variant (`noprop-dt/learned`). `timesteps` is None for methods without T.
    `options` is the method's whole configuration as `noprop_core.options` records it: defaults
    included, so that a changed default makes a new cell instead of passing for the old one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    options: dict[str, Any]
    dataset: str
    train_images: int | None
    batch_size: int
    timesteps: int | None
    budget: Budget
    inference_repeats: int
    execution: Execution
    seed: int

    @cached_property
    def id(self) -> str:
        """A short hash of the layout: equal cells have equal ids, on any machine."""
        content = json.dumps(self.layout(), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def layout(self) -> dict[str, Any]:
        """Return what the id is a hash of: one flat table, whatever parts a cell has today.

        Every id made so far depends on it, so it only grows: by what tells other budgets and ways
        of execution from those of the first release, which are left out of it.

        | entry | since | |
        |---|---|---|
        | method, dataset, train_images, batch_size, timesteps, seed | 1 | as in the cell |
        | inference_repeats, options | 1 | as in the cell |
        | epochs | 1 | of a budget in epochs |
        | device, threads | 1 | of the execution |
        | seconds; patience, min_gain, max_epochs | 2 | of the other budgets |
        | keep | 2 | of the budget, unless it is "last" |
        | side_by_side | 2 | of the execution, unless it is false |
        | division, ranks | 2 | of the execution, unless it is undivided |
        | cuda_graphs | 2 | of the execution, unless it is false |
        | gradient_norms | 2 | of the execution, unless it is false |
        | precision, deterministic | 2 | of the execution, unless it is as torch chooses |
        | stacked | 2 | of the execution, unless it is false |
        """
        alone = self.model_dump(mode="json", exclude={"budget", "execution"})
        return alone | recorded(self.budget) | recorded(self.execution)

    @property
    def label(self) -> str:
        """What a person calls this cell: `noprop-dt-digits-b64-T5-s0`. Safe in file names."""
        method, dataset = (
            re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:80] for name in (self.method, self.dataset)
        )
        steps = "" if self.timesteps is None else f"-T{self.timesteps}"
        return f"{method}-{dataset}-b{self.batch_size}{steps}-s{self.seed}"

    def config(self) -> MethodConfig:
        """Return the method's validated configuration."""
        return restored(registry.find(self.method).Config, self.options)


def expand(study: Study, device: str, *, side_by_side: bool = False) -> list[Cell]:
    """List the study's cells in the order they run, on a `device` of kind "cpu" or "cuda".

    `side_by_side` says that several of them run on one machine at once.

    Seeds go outermost, so an interrupted study holds whole seeds; and the methods take turns in
    being first, so that no method always runs on a cold or on a hot machine. A method without T
    appears once per batch size, not once per T. Where a study has several budgets, a method's runs
    under each of them follow one another, so that what the machine does meanwhile meets all alike.
    """
    return [
        Cell(
            method=method,
            options=recorded(study.method_config(method)),
            dataset=dataset,
            train_images=study.train_images,
            batch_size=batch_size,
            timesteps=timesteps,
            budget=budget,
            inference_repeats=study.inference_repeats,
            execution=Execution(
                device=device,
                threads=study.threads,
                side_by_side=side_by_side and not stacked_in(study, method),
                division=(way := study.division_of(method)),
                ranks=1 if way == "none" else study.ranks,
                cuda_graphs=study.cuda_graphs,
                gradient_norms=norms_in(study, method),
                precision=precision_on(device, study),
                deterministic=deterministic_on(device, study),
                stacked=stacked_in(study, method),
            ),
            seed=seed,
        )
        for turn, seed in enumerate(study.seeds)
        for dataset in study.datasets
        for batch_size in study.batch_sizes
        for method, timesteps in _methods_and_steps(_rotated(study.methods, turn), study)
        for budget in study.budget.all_of(method)
    ]


def precision_on(device: str, study: Study) -> Precision | None:
    """Return the precision of a study's cells; on a CPU fp32 is what torch chooses."""
    return None if (device, study.precision) == ("cpu", "fp32") else study.precision


def stacked_in(study: Study, method: str) -> bool:
    """Return whether the seeds of `method` are computed as one: the study asks, and it can be."""
    asked = bool(study.stack_seeds) and study.division_of(method) == "none"
    return asked and registry.find(method).stacks_seeds(study.method_config(method))


def norms_in(study: Study, method: str) -> bool:
    """Return whether gradients are looked at: the study asks, and one process has all blocks."""
    return study.gradient_norms and study.division_of(method) == "none"


def deterministic_on(device: str, study: Study) -> bool | None:
    """Return whether a study's cells use algorithms that repeat; on a CPU all that we use do."""
    return None if device == "cpu" else study.deterministic


def _methods_and_steps(methods: Sequence[str], study: Study) -> Iterator[tuple[str, int | None]]:
    for position, steps in enumerate(study.timesteps):
        for method in methods:
            if registry.find(method).uses_timesteps:
                if steps in study.timesteps_of(method):
                    yield method, steps
            elif position == 0:
                yield method, None


def _rotated(methods: Sequence[str], turn: int) -> list[str]:
    start = turn % len(methods)
    return [*methods[start:], *methods[:start]]
