"""Which values of an option are worth trying: declared beside the option, searched by tuning.

    class OptimizerConfig(Options):
        searched = {"learning_rate": Range(low=1e-4, high=3e-2, log=True)}
        learning_rate: float = Field(1e-3, gt=0, description="...")

Of a nested table come the options that it declares itself, under dotted names.
"""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    field_validator,
    model_validator,
)

MOST_CHOICES = 100


class _Searched(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Range(_Searched):
    """All values from `low` to `high`, both included; with `log`, evenly over their logarithm.

    Of an option that is a whole number, the whole numbers.
    """

    low: StrictInt | StrictFloat
    high: StrictInt | StrictFloat
    log: bool = False

    @model_validator(mode="after")
    def _goes_up(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low must be below high, got {self.low:g} and {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"a logarithmic range begins above 0, got {self.low:g}")
        return self

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values between which all others lie."""
        return self.low, self.high

    @property
    def words(self) -> str:
        """Such as "0.0001 to 0.03, log"."""
        return f"{self.low:g} to {self.high:g}{', log' if self.log else ''}"


class Choice(_Searched):
    """One of several values, in no order."""

    values: list[StrictBool | StrictInt | StrictFloat | StrictStr] = Field(
        min_length=2, max_length=MOST_CHOICES
    )

    @field_validator("values")
    @classmethod
    def _differ(cls, values: list[Any]) -> list[Any]:
        shown = [repr(value) for value in values]
        if len(set(shown)) < len(shown):
            raise ValueError(f"{', '.join(shown)}: one stands there twice")
        return values

    @property
    def ends(self) -> tuple[Any, ...]:
        """All of them."""
        return tuple(self.values)

    @property
    def words(self) -> str:
        """Such as "cosine or linear"."""
        return " or ".join(str(value) for value in self.values)


Search = Range | Choice

Space = Mapping[str, Search]
"""What is searched, by the option's dotted name."""
