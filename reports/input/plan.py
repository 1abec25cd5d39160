"""What a study declares before its runs are made: baseline, alpha, margins, families, target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from reports.input.metrics import METRICS

FAMILY_FIELDS = ("dataset", "candidate", "batch_size", "timesteps")


class PlanError(ValueError):
    """A declaration that no analysis can follow; the message names the field and its value."""


@dataclass(frozen=True, slots=True)
class Margins:
    """The largest differences that do not matter in practice.

    `accuracy_pp` is in percentage points.  `time_percent` and `memory_percent` are relative: a
    margin of 5 % calls a ratio between 1/1.05 and 1.05 negligible, the same in both directions.
    """

    accuracy_pp: float = 0.5
    time_percent: float = 5.0
    memory_percent: float = 1.0

    def __post_init__(self) -> None:
        for margin in fields(self):
            if not 0 < getattr(self, margin.name) < float("inf"):
                raise PlanError(
                    f"margins.{margin.name} is {getattr(self, margin.name)}: "
                    "a margin must be a finite number above 0"
                )


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of a study's analysis, fixed before its runs.

    `families` says what splits a metric's comparisons into families for Holm's method: none of
    its entries means one family per metric, `("dataset",)` one per metric and data set.
    `target_accuracy_percent` is one number, or one per data set; `None` takes the default of
    `targets.find_targets`.  `power` is that of every minimum detectable effect.  `random_seed`
    starts every generator.  `defaulted` names the fields that the study left to their documented
    defaults, so that the page can say which rules were chosen and which were inherited;
    `Plan.declared` fills it in.
    """

    title: str
    baseline: str
    description: str = ""
    primary_metric: str = "test_accuracy"
    alpha: float = 0.05
    confidence: float = 0.95
    power: float = 0.8
    margins: Margins = field(default_factory=Margins)
    families: tuple[str, ...] = ()
    target_accuracy_percent: float | Mapping[str, float] | None = None
    random_seed: int = 0
    defaulted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("alpha", "confidence", "power"):
            if not 0 < getattr(self, name) < 1:
                raise PlanError(f"{name} is {getattr(self, name)}: it must lie between 0 and 1")
        if self.power <= self.alpha:
            raise PlanError(f"power is {self.power}: it must lie above alpha, {self.alpha}")
        known = [metric.column for metric in METRICS]
        if self.primary_metric not in known:
            raise PlanError(f"primary_metric is {self.primary_metric!r}: one of {', '.join(known)}")
        for name in self.families:
            if name not in FAMILY_FIELDS:
                raise PlanError(f"families holds {name!r}: one of {', '.join(FAMILY_FIELDS)}")
        target = self.target_accuracy_percent
        for percent in target.values() if isinstance(target, Mapping) else (target,):
            if percent is not None and not 0 < percent <= 100:
                raise PlanError(f"target_accuracy_percent is {percent}: above 0 and at most 100")

    def target_for(self, dataset: str) -> float | None:
        """Return the declared target accuracy (percent) on `dataset`, if there is one."""
        target = self.target_accuracy_percent
        return target.get(dataset) if isinstance(target, Mapping) else target

    @classmethod
    def declared(cls, declaration: Mapping[str, object]) -> Plan:
        """Build a plan from a study's declaration and note every field it left out.

        `declaration` maps field names to values, with `margins` as a nested mapping.  Raises
        `PlanError` for an unknown field, a missing title or baseline, or a value out of range.
        """
        given = dict(declaration)
        margins = given.pop("margins", {})
        if not isinstance(margins, Mapping):
            raise PlanError(f"margins is {margins!r}: it must be a table of numbers")
        optional = (
            "primary_metric", "alpha", "confidence", "power", "families",
            "target_accuracy_percent", "random_seed",
        )  # fmt: skip
        margin_names = tuple(margin.name for margin in fields(Margins))
        _reject_unknown(given, ("title", "description", "baseline", *optional), "")
        _reject_unknown(margins, margin_names, "margins.")
        for name in ("title", "baseline"):
            if name not in given:
                raise PlanError(f"{name} is missing: every plan needs one")
        families = given.get("families", ())
        if isinstance(families, str) or not isinstance(families, Sequence):
            raise PlanError(f"families is {families!r}: it must be a list of names")
        if "families" in given:
            given["families"] = tuple(families)
        defaulted = tuple(name for name in optional if name not in given) + tuple(
            f"margins.{name}" for name in margin_names if name not in margins
        )
        return cls(**given, margins=Margins(**margins), defaulted=defaulted)  # type: ignore[arg-type]


def _reject_unknown(given: Mapping[str, object], known: tuple[str, ...], prefix: str) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        names = ", ".join(prefix + name for name in unknown)
        raise PlanError(f"unknown in a plan: {names}; known are {', '.join(known)}")
