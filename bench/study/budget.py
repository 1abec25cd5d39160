"""What a comparison holds equal between methods: passes over the data, seconds, or convergence.

A budget is a value that the training loop asks before every epoch whether there is to be another.
It judges by what has been recorded of the epochs so far, so that it needs no clock of its own.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, Protocol

from pydantic import Field

from noprop_core.options import Options

Keep = Literal["last", "best"]
EndedBy = Literal["epochs", "seconds", "patience", "cap"]
"""What ended a run: its passes, its seconds, or of convergence the patience or the cap."""


class Trained(Protocol):
    """What a budget reads of a finished epoch."""

    @property
    def seconds(self) -> float | None:
        """Training alone; None where seeds were stacked."""

    @property
    def validation_loss(self) -> float | None:
        """Cross-entropy on the validation images in nats, where the method has logits."""


class _Budget(Options):
    """What every budget has. The id of a run holds its recorded form, see `bench.study.cells`."""

    historical: ClassVar = {"keep": "last"}
    keep: Keep = Field("last", description="whose weights are tested: the last epoch's, or best's")

    @abstractmethod
    def ended_by(self, history: Sequence[Trained]) -> EndedBy | None:
        """Return what ends a run after the epochs of `history`; None if nothing does yet."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What is held equal, in a few words."""

    def goes_on(self, history: Sequence[Trained]) -> bool:
        """Return whether another epoch is to be trained after those of `history`."""
        return self.ended_by(history) is None

    @property
    def needs_validation_loss(self) -> bool:
        """Whether only methods with logits can be trained on it."""
        return self.keep == "best"

    @property
    def label(self) -> str:
        """The budget in the words of tables: budgets with equal labels are equal."""
        return self.label_on(None)

    def label_on(self, train_images: int | None) -> str:
        """Return the label of a run on so many training images; None: on all there are."""
        link = "of" if isinstance(self, Epochs) else "on"
        images = "" if train_images is None else f" {link} {train_images} images"
        return f"{self.words}{images}{'' if self.keep == 'last' else ', best weights kept'}"


class Epochs(_Budget):
    """So many passes over the training data."""

    epochs: int = Field(ge=1, description="passes over the training data")

    def ended_by(self, history: Sequence[Trained]) -> EndedBy | None:
        """Return "epochs" once all have been trained."""
        return "epochs" if len(history) >= self.epochs else None

    @property
    def words(self) -> str:
        """Such as "7 epochs"."""
        return f"{self.epochs} epochs"


class Seconds(_Budget):
    """So much time for training alone; the epoch in which it runs out is finished."""

    seconds: float = Field(gt=0, description="training alone, to the end of the epoch")

    def ended_by(self, history: Sequence[Trained]) -> EndedBy | None:
        """Return "seconds" once the epochs have taken as long."""
        spent = math.fsum(epoch.seconds or 0.0 for epoch in history)
        return "seconds" if history and spent >= self.seconds else None

    @property
    def words(self) -> str:
        """Such as "30 s of training"."""
        return f"{self.seconds:.15g} s of training"


class Patience(Options):
    """When validation loss counts as converged, and how long to wait for that at most."""

    patience: int = Field(5, ge=1, description="epochs in a row without a gain that end a run")
    min_gain: float = Field(
        0.001, ge=0, description="what the lowest validation loss must fall by to count, in nats"
    )
    max_epochs: int = Field(100, ge=1, description="passes after which a run ends in any case")


class Convergence(_Budget, Patience):
    """As many passes as it takes until validation loss gains no more, with a cap."""

    def ended_by(self, history: Sequence[Trained]) -> EndedBy | None:
        """Return "patience" once too many epochs in a row brought no gain, "cap" at the cap.

        An epoch gains if its loss lies below that of the last epoch that gained by more than
        `min_gain`; a loss that is not finite never does.
        """
        lowest, waited = math.inf, 0
        for epoch in history:
            loss = math.inf if epoch.validation_loss is None else epoch.validation_loss
            waited += 1
            if loss < lowest - self.min_gain:
                lowest, waited = loss, 0
        if waited >= self.patience:
            return "patience"
        return "cap" if len(history) >= self.max_epochs else None

    @property
    def needs_validation_loss(self) -> bool:
        """Always: it is what converges."""
        return True

    @property
    def words(self) -> str:
        """Such as "convergence (patience 5, gain 0.001, at most 100 epochs)"."""
        return (
            f"convergence (patience {self.patience}, gain {self.min_gain:.15g}, "
            f"at most {self.max_epochs} epochs)"
        )


Budget = Epochs | Seconds | Convergence
"""What `Cell.budget` is; JSON tells them apart by their entries."""
