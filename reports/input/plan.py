"""What a study declares before its runs are made: baseline, alpha, margins, families, target.

Declared once, here: a study's file takes over these fields, and so does an analysis of frames that
no study made. Loads pydantic and nothing heavier.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StrictInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticKnownError

from reports.input.metrics import (
    METRICS,
    TEST_ACCURACY,
    Margin,
    Metric,
    Shown,
    margins,
    measured,
)


class PlanError(ValueError):
    """A declaration that no analysis can follow; the message names the field and its value."""


def _known_metric(name: Any) -> Any:
    known = [metric.column for metric in METRICS]
    if name in known:
        return name
    quoted = [f"'{column}'" for column in known]
    raise PydanticKnownError(
        "literal_error", {"expected": f"{', '.join(quoted[:-1])} or {quoted[-1]}"}
    )


def distinct(values: list[Any]) -> list[Any]:
    """Return `values`; raises ValueError that names those that stand there twice."""
    repeated = sorted(str(value) for value, count in Counter(values).items() if count > 1)
    if repeated:
        raise ValueError(f"named twice: {', '.join(repeated)}")
    return values


class Declared(BaseModel):
    """A table of declarations: frozen, and strict about names, types and finite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


MARGIN_CEILING = 1e12
"""Whatever the unit, a larger difference was never of no account, and no figure can show it."""


class Margins(Declared, extra="allow"):
    """The largest differences that do not matter; inside them methods count as equivalent.

    Which entries there are, with units and defaults, the metrics say: `accuracy_pp`,
    `time_percent`, ... A margin that is not declared is that of its metric's row.
    """

    __pydantic_extra__: dict[str, Annotated[float, Field(gt=0, le=MARGIN_CEILING)]] = Field(
        init=False
    )

    @classmethod
    def entries(cls) -> list[str]:
        """Return the names of all entries."""
        return list(margins())

    def __getitem__(self, entry: str) -> float:
        """Return the margin called `entry` of `METRICS`, declared or default."""
        return self.of(margins()[entry])

    def of(self, margin: Margin) -> float:
        """Return the size of `margin`, declared or its default."""
        declared: dict[str, float] = self.model_extra or {}
        return declared.get(margin.entry, margin.default)

    def all(self) -> dict[str, float]:
        """Return every margin of `METRICS`, the defaults filled in."""
        return {entry: self[entry] for entry in self.entries()}

    @model_validator(mode="wrap")
    @classmethod
    def _entries_are_known(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(given, Mapping):
            return handler(given)
        problems = [
            InitErrorDetails(type="extra_forbidden", loc=(str(entry),), input=value)
            for entry, value in given.items()
            if entry not in cls.entries()
        ]
        try:
            margins = handler({k: v for k, v in given.items() if k in cls.entries()})
        except ValidationError as error:
            problems = [_as_given(detail) for detail in error.errors()] + problems
        if problems:
            raise ValidationError.from_exception_data(cls.__name__, problems)
        return margins


def _as_given(detail: Any) -> InitErrorDetails:
    """Return a problem that pydantic found in the form in which it takes one."""
    return InitErrorDetails(
        type=detail["type"], loc=detail["loc"], input=detail["input"], ctx=detail.get("ctx", {})
    )


LOOKS = (5, 10, 20)
"""Numbers of seeds at which a study looks that adds seeds and declares no looks of its own."""

LAST_PER_FIRST = 20
"""The last look comes at no more than so many times the seeds of the first."""


def _planned(looks: list[int]) -> list[int]:
    if not looks or looks[0] < 3 or any(b <= a for a, b in pairwise(looks)):
        raise ValueError(f"{looks}: numbers of seeds have to increase, from 3 on")
    if looks[-1] > LAST_PER_FIRST * looks[0]:
        raise ValueError(
            f"{looks}: the first comes too early, at less than a {LAST_PER_FIRST}th of the last"
        )
    return looks


class Sequential(Declared):
    """Seeds are added by looks until every pooled primary verdict is decided."""

    looks: Annotated[list[StrictInt], AfterValidator(_planned)] = Field(
        list(LOOKS), description="numbers of seeds at which the verdicts are looked at"
    )


class Roles(Declared):
    """Who plays which part in the claims made of local learning: methods, or variants of them.

    A claim without anybody to measure it on is "not measured here".
    """

    local: str = Field(description="learns block by block, in one process, one block at a time")
    chained: str = Field(description="learns the same blocks by back-propagation through all")
    local_divided: str | None = Field(None, description="`local` with its blocks on several ranks")
    local_stacked: str | None = Field(None, description="`local` with all blocks computed as one")
    chained_divided: list[str] = Field([], description="`chained` on as many ranks, in any way")
    chained_otherwise: list[str] = Field([], description="`chained` with other gradients to expect")
    rivals: list[str] = Field([], description="what costs as much as `local` and is no chain")
    longer: str | None = Field(None, description="one classifier, trained as long as all blocks")
    parts: list[str] = Field([], description="controls: parts of `local` tested by themselves")

    @property
    def methods(self) -> tuple[str, ...]:
        """Everybody who plays a part."""
        alone = (self.local, self.chained, self.local_divided, self.local_stacked, self.longer)
        several = (*self.chained_divided, *self.chained_otherwise, *self.rivals)
        return (*(name for name in alone if name is not None), *several)


class Rules(Declared):
    """The rules of a study's analysis, fixed before its runs."""

    alpha: float = Field(0.05, gt=0, lt=1)
    baseline: str
    margins: Margins = Margins()
    primary_metric: Annotated[str, BeforeValidator(_known_metric)] = Field(
        TEST_ACCURACY.column, description="what the verdict on a method rests on"
    )
    families: Annotated[
        list[Literal["dataset", "candidate", "batch_size", "timesteps"]], AfterValidator(distinct)
    ] = Field([], description="what splits a metric's comparisons into families for Holm's method")
    target_accuracy_percent: float | dict[str, float] | None = Field(
        None, description="validation accuracy to reach, one for all data sets or one for each"
    )
    power: float = Field(0.8, gt=0, lt=1, description="of every minimum detectable effect")
    sequential: Sequential | None = Field(
        None, description="planned looks, over which alpha is spent"
    )
    claims: Roles | None = Field(None, description="who the claims of local learning are about")

    @field_validator("target_accuracy_percent", mode="before")
    @classmethod
    def _targets_are_percentages(cls, target: Any) -> Any:
        for percent in target.values() if isinstance(target, dict) else (target,):
            number = isinstance(percent, int | float) and not isinstance(percent, bool)
            if target is not None and not (number and 0 < percent <= 100):
                raise ValueError(f"{percent!r} is no percentage above 0 and at most 100")
        return target

    @field_validator("claims")
    @classmethod
    def _judged_once(cls, claims: Roles | None, info: ValidationInfo) -> Roles | None:
        if claims is not None and info.data.get("sequential") is not None:
            raise ValueError("are judged once, not at looks: they exclude sequential")
        return claims

    @field_validator("power")
    @classmethod
    def _power_beats_chance(cls, power: float, info: ValidationInfo) -> float:
        if power <= info.data.get("alpha", 0.0):
            raise ValueError(f"must exceed alpha, {info.data['alpha']:g}, got {power:g}")
        return power

    def target_for(self, dataset: str) -> float | None:
        """Return the declared target accuracy (percent) on `dataset`, if there is one."""
        target = self.target_accuracy_percent
        return target.get(dataset) if isinstance(target, dict) else target


class Plan(Rules):
    """The rules, and what an analysis needs besides: a title, intervals, the seed of resampling.

    What was left to its default is known, so that the page can say which rules were chosen and
    which were inherited.
    """

    title: str
    description: str = ""
    confidence: float = Field(0.95, gt=0, lt=1)
    random_seed: Annotated[StrictInt, Field(ge=0)] = 0
    own_metrics: tuple[Metric, ...] | None = Field(
        None, exclude=True, description="what is compared, in place of `METRICS`"
    )
    looks_made: tuple[int, ...] | None = Field(
        None, description="looks on record; None: wherever there are seeds enough"
    )
    budgets: tuple[str, ...] = Field(
        (), description="budgets that are compared beside each other; the page is about the first"
    )
    reported: tuple[frozenset[int], ...] = Field(
        (), exclude=True, description="seeds that earlier reports had, or knew to be declared"
    )

    @property
    def defaulted(self) -> tuple[str, ...]:
        """Names of the fields that were left to their documented defaults."""
        unruly = {"title", "description", "margins", "own_metrics", "sequential", "claims"}
        unruly |= {"looks_made", "reported", "budgets"}
        fields = type(self).model_fields.keys() - unruly
        entries = dict.fromkeys(metric.margin.entry for metric in self.metrics)
        return (
            *(name for name in type(self).model_fields if name in fields - self.model_fields_set),
            *(f"margins.{e}" for e in entries if e not in self.margins.model_fields_set),
        )

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Everything that is compared: metrics of its own, or `METRICS` as they are now."""
        return tuple(METRICS) if self.own_metrics is None else self.own_metrics

    @property
    def primary(self) -> Metric:
        """The primary metric."""
        return self.metric_of(self.primary_metric)

    @property
    def measured(self) -> tuple[Metric, ...]:
        """The metrics that are columns of the runs frame."""
        return measured(self.metrics)

    @property
    def accuracy(self) -> Metric | None:
        """The accuracy that fronts, profiles and interquartile means are about, if there is one."""
        return next((metric for metric in self.metrics if metric.is_accuracy), None)

    def metric_of(self, column: str) -> Metric:
        """Return the metric with this column."""
        return next(metric for metric in self.metrics if metric.column == column)

    def is_beside(self, budget: str) -> bool:
        """Whether runs under `budget` are those of another arm than the page's own."""
        return budget in self.budgets[1:]

    def shown_in(self, place: Shown) -> tuple[Metric, ...]:
        """Return the metrics that appear in `place`."""
        return tuple(metric for metric in self.metrics if place in metric.shown)

    def margin_of(self, metric: Metric) -> float:
        """Return the largest difference in `metric` that does not matter."""
        return self.margins.of(metric.margin)

    @property
    def all_margins(self) -> dict[str, float]:
        """Every margin by its entry, the defaults filled in."""
        return {metric.margin.entry: self.margin_of(metric) for metric in self.metrics}

    def heads(self, metric: Metric) -> bool:
        """Whether verdicts in `metric` stand at the top of the page."""
        return Shown.VERDICT in metric.shown or metric.column == self.primary_metric

    @classmethod
    def of(
        cls, rules: Rules, title: str, description: str = "", budgets: tuple[str, ...] = ()
    ) -> "Plan":
        """Return the plan that follows `rules`, with their defaults marked as such."""
        fields = {name: getattr(rules, name) for name in Rules.model_fields}
        given = {"title", "description", *(rules.model_fields_set & Rules.model_fields.keys())}
        return cls.model_construct(
            given, title=title, description=description, budgets=budgets, **fields
        )

    @classmethod
    def declared(cls, declaration: Mapping[str, Any]) -> "Plan":
        """Return the plan in `declaration`, field names to values, with `margins` nested.

        Raises `PlanError` for an unknown field, a missing title or baseline, or a value out of
        range; the message has one line per problem.
        """
        try:
            return cls.model_validate(dict(declaration))
        except ValidationError as error:
            raise PlanError("\n".join(_line(detail) for detail in error.errors())) from error


def _line(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    message = str(detail["msg"]).removeprefix("Value error, ")
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown in a plan: {where}"
        case "missing":
            return f"{where} is missing: every plan needs one"
        case "value_error":
            return f"{where}: {message}"
    return f"{where} is {detail['input']!r}: {message[:1].lower()}{message[1:]}"
