"""What all jobs of one call have in common."""

from dataclasses import dataclass
from pathlib import Path

import torch

from bench.measure import environment
from bench.measure.job import Job
from bench.records.saved import Kind, Saves
from bench.study.cells import Cell
from noprop_core.errors import InvalidSetting


@dataclass(frozen=True)
class Launch:
    """How every cell of one call is run; `time_limit` is in seconds per cell."""

    study: str
    device: torch.device
    data_dir: Path
    time_limit: float | None = None
    saves: frozenset[Kind] = frozenset()
    """What is kept of every good run beside its record."""

    def __post_init__(self) -> None:
        """Refuse a limit that nothing could keep."""
        if self.time_limit is not None and not 0 < self.time_limit < float("inf"):
            raise InvalidSetting(f"--time-limit: {self.time_limit:g} is no number of seconds")

    def job(
        self,
        cell: Cell,
        position: int,
        flops_per_epoch: int | None = None,
        record: Path | None = None,
    ) -> Job:
        """Return the job of running `cell`, which stands at `position` of the study's order.

        Its record will be the file `record`: beside that it saves what it saves.
        """
        saves = Saves(record=record, kinds=self.saves) if self.saves and record else None
        return Job(
            cell=cell,
            study=self.study,
            device=str(self.device),
            data_dir=self.data_dir,
            position=position,
            flops_per_epoch=flops_per_epoch,
            code_version=environment.code_in_use(),
            time_limit=self.time_limit,
            saves=saves,
        )
