"""The table [budget] of a study: one budget for all methods, or epochs of their own for some."""

from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from bench.study.budget import Budget, Convergence, Epochs, Keep, Patience, Seconds
from bench.study.options import names_of
from noprop_core.options import Options

KINDS = ("epochs", "seconds", "convergence")


class BudgetTable(Options):
    """What the study's comparisons hold equal between methods: exactly one of `KINDS`."""

    epochs: StrictInt | None = Field(None, ge=1, description="passes over the training data")
    seconds: float | None = Field(
        None, gt=0, description="training alone, to the end of the epoch in which they run out"
    )
    convergence: Patience | None = Field(
        None, description="until validation loss gains no more: patience, min_gain, max_epochs"
    )
    keep: Keep = Field(
        "last", description="test the weights of the last epoch, or of the lowest validation loss"
    )
    own_epochs: dict[str, Annotated[StrictInt, Field(ge=1)]] = Field(
        {},
        description="epochs of single methods or variants, where a source trains them longer or "
        "shorter; runs with unequal budgets are not compared",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in KINDS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other")
        if not given:
            raise ValueError(f"one of {', '.join(KINDS)} is missing")
        return self

    @property
    def setting(self) -> str:
        """The budget of most methods as a setting: "epochs=7", "convergence=5,0.001,100"."""
        if self.convergence is not None:
            values = self.convergence.model_dump().values()
            return f"convergence={','.join(f'{value:.15g}' for value in values)}"
        name, value = ("epochs", self.epochs) if self.epochs else ("seconds", self.seconds)
        return f"{name}={value:.15g}"

    def of(self, method: str) -> Budget:
        """Return the budget of `method`, which may be a variant."""
        own = [self.own_epochs[name] for name in names_of(method) if name in self.own_epochs]
        if own:
            return Epochs(epochs=own[-1], keep=self.keep)
        if self.convergence is not None:
            return Convergence(**self.convergence.model_dump(), keep=self.keep)
        if self.seconds is not None:
            return Seconds(seconds=self.seconds, keep=self.keep)
        assert self.epochs is not None
        return Epochs(epochs=self.epochs, keep=self.keep)
