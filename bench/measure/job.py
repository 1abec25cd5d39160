"""What somebody asks for who wants one cell run and measured."""

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from bench.records.saved import Saves
from bench.study.cells import Cell


class Job(BaseModel):
    """Everything about running one cell, wherever it is run."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cell: Cell
    study: str
    """Name of the study that the cell belongs to."""
    device: str = "cpu"
    """Where to train, as torch calls it: `cpu`, `cuda:0`."""
    data_dir: Path = Path("data")
    position: int = 0
    """Place of the cell in the study's order, from 0."""
    flops_per_epoch: int | None = None
    """Given where it is known already and need not be counted."""
    code_version: str = ""
    """Commit of the code in use; where it is empty, whoever runs the job asks git."""
    cores: int | None = Field(None, ge=1)
    """How many of the machine's cores it has to itself; None: it is not pinned to any."""
    at_once: int = Field(1, ge=1)
    """How many cells run on its machine at once at most, this one included."""
    data_checksum: str | None = None
    """Of its data, for a machine that keeps them; empty: not known yet; None: nothing is kept."""
    visible_gpus: str | None = None
    """What CUDA_VISIBLE_DEVICES is in the run's own process; None: as it is."""
    time_limit: float | None = Field(None, gt=0)
    """Seconds that it may take, from asking for a process to its record."""
    saves: Saves | None = None
    """What else to keep of it besides its record."""

    def to_json(self) -> str:
        """Return the job as one line of JSON, which `from_json` reads."""
        # Not pydantic's own: it refuses a folder whose name is no UTF-8.
        return json.dumps(self.model_dump(mode="python") | self._plain())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the job that `to_json` has written."""
        return cls.model_validate(json.loads(text))

    def _plain(self) -> dict[str, object]:
        saves = self.saves and {"record": str(self.saves.record), "kinds": sorted(self.saves.kinds)}
        return {
            "cell": self.cell.model_dump(mode="json"),
            "data_dir": str(self.data_dir),
            "saves": saves,
        }
