"""Which columns are metrics, and what each of them means: declared, or guessed by its name.

A guess says no more than the name does: a unit is one that the name ends in, and what cannot be
told (whether more is better, whether a share or a percentage) is asked for and not assumed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports.input.metrics import Margin, Metric, Scale, Shown
from reports.input.units import PERCENT, Unit, Units
from reports.input.validation import FrameError
from reports.tidy.declared import Declared
from reports.tidy.numbers import is_missing, is_numeric, numbers, refuse, told
from reports.tidy.synonyms import (
    HIGHER_IS_BETTER,
    UNITS,
    Kind,
    UnitName,
    kind_of,
    spelled,
    unit_of,
    words_of,
)

PLAIN = Units("", (Unit(""),))
"""A quantity whose unit nobody told."""
POINTS_MARGIN, PERCENT_MARGIN = 0.5, 5.0
"""Margins that are taken where none is declared: percentage points, and percent of a ratio."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric and its values (n,) in the order of the table; NaN where there is none."""

    metric: Metric
    values: "pd.Series[float]"
    column: str
    declared: Declared | None
    from_shares: bool


@dataclass(frozen=True, slots=True)
class NotUsed:
    """A column that is neither a role nor compared, and why."""

    column: str
    why: str


def find_measures(
    table: pd.DataFrame, candidates: Sequence[str], declared: Sequence[Declared]
) -> tuple[tuple[Measure, ...], tuple[NotUsed, ...]]:
    """Return the metrics among `candidates`, the declared ones first, and what is not used.

    Raises `FrameError` for a text among numbers, and for a metric that cannot be compared as
    declared.
    """
    said = {d.column: d for d in declared}
    ordered = [*said, *(c for c in candidates if c not in said)]
    measures: list[Measure] = []
    unused: list[NotUsed] = []
    for column in ordered:
        found = _measure(table[column], said.get(column))
        if isinstance(found, Measure):
            measures.append(found)
        else:
            unused.append(found)
    return tuple(measures), tuple(unused)


def _measure(column: "pd.Series[Any]", declared: Declared | None) -> Measure | NotUsed:
    name = str(column.name)
    kind = kind_of(name)
    if declared is None:
        if kind is None:
            return NotUsed(name, "number" if is_numeric(column) else "text")
        if not _any_number(column):
            return NotUsed(name, "empty" if is_missing(column).all() else "text")
    values = numbers(column)
    if not np.isfinite(values).any():
        raise FrameError(f"{name} holds no number at all")
    unit = _unit(name, kind, declared)
    is_share = unit.units is PERCENT if unit else kind is Kind.SHARE
    from_shares = is_share and unit is None and bool((values[np.isfinite(values)] <= 1).all())
    if is_share and unit is None and not from_shares:
        _refuse_mixture(column, values)
    higher = declared.higher_is_better if declared else kind in HIGHER_IS_BETTER
    is_difference = declared.is_difference if declared else None
    if is_difference is None:
        is_difference = is_share
    if not is_difference and bool((values <= 0).any()):
        if declared is None:
            return NotUsed(name, "number that is not always above 0, so no ratio")
        refuse(column, values <= 0, lambda value: f"{value} is not above 0, so has no ratio")
    if is_difference and not is_share and (declared is None or declared.margin is None):
        raise FrameError(
            f"{name} is compared by differences, so it needs a margin in its own unit: "
            f"--metric '{name}:{'higher' if higher else 'lower'}:difference:MARGIN'"
        )
    units = PERCENT if is_share else unit.units if unit else PLAIN
    # A share is kept between 0 and 1, as every frame has it; the page shows percent.
    scaled = values if from_shares or not is_share else values / 100
    if is_share:
        outside = (scaled < 0) | ((scaled > 1) & (scaled < np.inf))
        refuse(column, outside, lambda value: f"{told(value)} is no share and no percentage")
    factor = 100.0 if is_share else unit.factor if unit else 1.0
    metric = _metric(name, kind, units, factor, higher, is_difference, declared)
    return Measure(metric, scaled, name, declared, from_shares)


def _metric(
    name: str,
    kind: Kind | None,
    units: Units,
    factor: float,
    higher: bool,
    is_difference: bool,
    declared: Declared | None,
) -> Metric:
    title = spelled(name, kind)
    said = title.lower()
    margin = declared.margin if declared else None
    is_share = units is PERCENT
    default = POINTS_MARGIN if is_difference and is_share else PERCENT_MARGIN
    better, worse = ("higher", "lower") if higher else ("lower", "higher")
    unit = f", in {units.base}" if units.base else ""
    places = {Shown.VERDICT, Shown.FIGURE}
    if kind in (Kind.TIME, Kind.MEMORY, Kind.ENERGY):
        places.add(Shown.COST)
    ratio = Scale.MEMORY_RATIO if kind is Kind.MEMORY else Scale.RATIO
    return Metric(
        column=name,
        slug=re.sub(r"[^a-z0-9]+", "-", "-".join(words_of(name))) or "metric",
        name=title,
        units=units,
        scale=Scale.DIFFERENCE if is_difference else ratio,
        higher_is_better=higher,
        margin=Margin(
            f"{name}_margin", margin if margin is not None else default, said, is_difference
        ),
        better_words=f"{better} in {said} than",
        worse_words=f"{worse} in {said} than",
        equivalent_words=f"as {'high' if higher else 'low'} in {said}, within the margin, as",
        meaning=f"column {name} of the table{unit}; {better} is better",
        factor=factor,
        shown=frozenset(places),
    )


def _unit(name: str, kind: Kind | None, declared: Declared | None) -> UnitName | None:
    """Return the declared unit, or the one that the name ends in; an unknown word is a symbol."""
    if declared is None or not declared.unit:
        return unit_of(name, kind)
    known = UNITS.get(declared.unit.lower())
    if known is not None:
        return known
    return UnitName(frozenset(), Units(declared.unit, (Unit(declared.unit),)))


def _any_number(column: "pd.Series[Any]") -> bool:
    there = pd.to_numeric(column, errors="coerce")
    return bool(pd.notna(there).any()) and not pd.api.types.is_datetime64_any_dtype(column)


def _refuse_mixture(column: "pd.Series[Any]", values: "pd.Series[float]") -> None:
    """Refuse percentages among which some could be shares: 0.95 beside 95.3."""
    small = (values > 0) & (values <= 1)
    refuse(
        column,
        small,
        lambda value: (
            f"{value} may be a share, while others exceed 1: say that all are percentages by "
            f"--metric '{column.name}:higher:difference:0.5:%'"
        ),
    )


def ordered(measures: Sequence[Measure], primary: str | None) -> tuple[Measure, ...]:
    """Put the primary metric first: the one that was named, or declared, or an accuracy."""
    if primary is not None:
        known = [m.column for m in measures]
        if primary not in known:
            raise FrameError(f"'{primary}' is no metric here; metrics are {', '.join(known)}")
        first = next(m for m in measures if m.column == primary)
    else:
        first = min(measures, key=_rank)
    return (first, *(m for m in measures if m is not first))


def _rank(measure: Measure) -> tuple[bool, bool, int]:
    """Order declared metrics before guessed ones, shares before others, test before training."""
    words = words_of(measure.column)
    parts: Mapping[str, int] = {"test": 0, "val": 2, "validation": 2, "train": 3, "training": 3}
    part = min((parts[w] for w in words if w in parts), default=1)
    return measure.declared is None, not measure.metric.is_accuracy, part
