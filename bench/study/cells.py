"""A study becomes an ordered list of cells; a cell is everything that decides one training run."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.study.study import Study
from noprop_core import registry
from noprop_core.method import MethodConfig


class Cell(BaseModel):
    """One training run: every field changes the result, or what it cost.

    `method` may name a variant (`noprop-dt/learned`). `timesteps` is None for methods without T.
    `device` is the kind, "cpu" or "cuda": which card it was belongs to the record. `threads` is
    how many one CPU operation uses, None for torch's choice. `options` is the method's whole
    configuration, defaults included, so a changed default makes a new cell instead of passing for
    the old one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    dataset: str
    train_images: int | None
    batch_size: int
    timesteps: int | None
    seed: int
    epochs: int
    inference_repeats: int
    device: str
    threads: int | None
    options: dict[str, Any]

    @cached_property
    def id(self) -> str:
        """A short hash of the content: equal cells have equal ids, on any machine."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def label(self) -> str:
        """What a person calls this cell: `noprop-dt-digits-b64-T5-s0`. Safe in file names."""
        method = re.sub(r"[^A-Za-z0-9._-]+", "-", self.method)[:80]
        steps = "" if self.timesteps is None else f"-T{self.timesteps}"
        return f"{method}-{self.dataset}-b{self.batch_size}{steps}-s{self.seed}"

    def config(self) -> MethodConfig:
        """Return the method's validated configuration."""
        return registry.find(self.method).Config.model_validate(self.options)


def expand(study: Study, device: str) -> list[Cell]:
    """List the study's cells in the order they run, on a `device` of kind "cpu" or "cuda".

    Seeds go outermost, so an interrupted study holds whole seeds; and the methods take turns in
    being first, so that no method always runs on a cold or on a hot machine. A method without T
    appears once per batch size, not once per T.
    """
    return [
        Cell(
            method=method,
            dataset=dataset,
            train_images=study.train_images,
            batch_size=batch_size,
            timesteps=timesteps,
            seed=seed,
            epochs=study.budget.of(method),
            inference_repeats=study.inference_repeats,
            device=device,
            threads=study.threads,
            options=study.method_config(method).model_dump(mode="json"),
        )
        for turn, seed in enumerate(study.seeds)
        for dataset in study.datasets
        for batch_size in study.batch_sizes
        for method, timesteps in _methods_and_steps(_rotated(study.methods, turn), study.timesteps)
    ]


def _methods_and_steps(
    methods: Sequence[str], timesteps: Sequence[int]
) -> Iterator[tuple[str, int | None]]:
    for position, steps in enumerate(timesteps):
        for method in methods:
            if registry.find(method).uses_timesteps:
                yield method, steps
            elif position == 0:
                yield method, None


def _rotated(methods: Sequence[str], turn: int) -> list[str]:
    start = turn % len(methods)
    return [*methods[start:], *methods[:start]]
