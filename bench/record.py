"""A record: what one cell was, what was measured, and where. A failed run is a record too."""

from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bench.cells import Cell
from bench.environment import Environment

SCHEMA_VERSION: Final = 2

Status = Literal["ok", "diverged", "out-of-memory", "error", "timeout"]

SETTLED: tuple[Status, ...] = ("ok", "diverged")
"""Outcomes that another run would only repeat. The others may have had an outside cause."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Epoch(_Part):
    """One epoch: seconds of training alone, mean training loss, validation accuracy (0 to 1)."""

    seconds: float
    train_loss: float
    validation_accuracy: float


class Memory(_Part):
    """Peak bytes of tensors while training, and what counted them."""

    peak_bytes: int
    source: str


class Phases(_Part):
    """Where the run's wall time went, in seconds; `training` is the sum of the epochs."""

    data: float = 0.0
    warm_up: float = 0.0
    building: float = 0.0
    training: float = 0.0
    evaluation: float = 0.0
    wall: float = 0.0


class Record(_Part):
    """Everything kept of one run. Lists and counts of a failed run end where it failed."""

    schema_version: Literal[2] = SCHEMA_VERSION
    study: str
    cell_id: str
    cell: Cell
    status: Status
    failure: str = ""
    traceback: str = ""
    """Of an "error", which may be a bug; other outcomes are told by `failure`."""
    epochs: list[Epoch] = Field(default_factory=list)
    test_accuracies: list[float] = Field(default_factory=list)
    """One per inference repeat; a method whose inference is deterministic has one."""
    controls: dict[str, list[float]] = Field(default_factory=dict)
    """Test accuracies of the method's cheap stand-ins, by name; as many each as repeats."""
    memory: Memory | None = None
    parameters: int | None = None
    examples_seen: int | None = None
    data_checksum: str = ""
    phases: Phases
    started_at: str
    """UTC, ISO 8601."""
    position: int
    """Place of the cell in the study's order, from 0: what ran before it can be told."""
    environment: Environment

    @model_validator(mode="after")
    def _a_good_run_has_results(self) -> Self:
        if self.status == "ok" and not (self.epochs and self.test_accuracies):
            raise ValueError("status is ok without epochs or test_accuracies")
        return self
