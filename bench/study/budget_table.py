"""The table [budget] of a study: what its runs get, and whether they are made under others too."""

from collections import Counter
from typing import Annotated, Any, Self

from pydantic import Field, StrictInt, field_validator, model_validator

from bench.study.budget import Budget, Convergence, Epochs, Keep, Patience, Seconds
from bench.study.options import names_of
from noprop_core.options import Options

KINDS = ("epochs", "seconds", "convergence")


class OneBudget(Options):
    """What one comparison holds equal between methods: exactly one of `KINDS`."""

    epochs: StrictInt | None = Field(None, ge=1, description="passes over the training data")
    seconds: float | None = Field(
        None, gt=0, description="training alone, to the end of the epoch in which they run out"
    )
    convergence: Patience | None = Field(
        None, description="until validation loss gains no more: patience, min_gain, max_epochs"
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

    @property
    def option(self) -> str:
        """The budget as `--budget` takes it: "epochs=7", "convergence,patience=5,..."."""
        if self.convergence is None:
            return self.setting
        entries = self.convergence.model_dump().items()
        words = (f"{name.replace('_', '-')}={value:.15g}" for name, value in entries)
        return ",".join(("convergence", *words))

    def kept(self, keep: Keep) -> Budget:
        """Return the budget of a run of which the weights `keep` are tested."""
        if self.convergence is not None:
            return Convergence(**self.convergence.model_dump(), keep=keep)
        if self.seconds is not None:
            return Seconds(seconds=self.seconds, keep=keep)
        assert self.epochs is not None
        return Epochs(epochs=self.epochs, keep=keep)


class BudgetTable(OneBudget):
    """A study's budget, which the report is about, and those that it is compared under besides."""

    keep: Keep = Field(
        "last", description="test the weights of the last epoch, or of the lowest validation loss"
    )
    own_epochs: dict[str, Annotated[StrictInt, Field(ge=1)]] = Field(
        {},
        description="epochs of single methods or variants, where a source trains them longer or "
        "shorter; runs with unequal budgets are not compared",
    )
    also: list[OneBudget] = Field(
        [], description="further budgets, under each of which every run of the study is made too"
    )

    @field_validator("also")
    @classmethod
    def _goes_without_own_epochs(cls, also: list[OneBudget], info: Any) -> list[OneBudget]:
        if also and info.data.get("own_epochs"):
            raise ValueError("goes without own_epochs, which are the same under every budget")
        return also

    @model_validator(mode="after")
    def _budgets_differ(self) -> Self:
        counts = Counter(each.setting for each in self.each)
        repeated = [setting for setting, count in counts.items() if count > 1]
        if repeated:
            raise ValueError(f"{', '.join(repeated)} twice: budgets beside each other differ")
        return self

    @property
    def each(self) -> tuple[OneBudget, ...]:
        """All budgets, the one that the report is about first."""
        return (self, *self.also)

    @property
    def settings(self) -> list[str]:
        """The settings of all budgets."""
        return [each.setting for each in self.each]

    def labels_on(self, train_images: int | None) -> tuple[str, ...]:
        """Return the budgets as frames name them, the report's first; () if there is one alone."""
        labels = tuple(each.kept(self.keep).label_on(train_images) for each in self.each)
        return labels if len(labels) > 1 else ()

    def of(self, method: str) -> Budget:
        """Return the first budget of `method`, which may be a variant."""
        return self.all_of(method)[0]

    def needs_validation_loss(self, method: str) -> bool:
        """Return whether `method` needs logits under any of its budgets."""
        return any(budget.needs_validation_loss for budget in self.all_of(method))

    def all_of(self, method: str) -> list[Budget]:
        """Return every budget of `method`, the one that the report is about first."""
        own = [self.own_epochs[name] for name in names_of(method) if name in self.own_epochs]
        if own:
            return [Epochs(epochs=own[-1], keep=self.keep)]
        return [each.kept(self.keep) for each in self.each]
