"""Two sets of results of the same cells: what changed between commits, versions or machines.

The newer set is compared with a reference, cell by cell and paired by seed, with the statistics of
every other comparison. A regression is more: an effect shown to be worse than the margin.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from reports.changes.cells import Cells, Key, cells_of, compare_cells, in_both, order
from reports.changes.options import options_of, unlike
from reports.comparisons.estimates import (
    Comparison,
    judge_all,
)
from reports.input.metrics import (
    LESS_ACCURATE,
    MORE_MEMORY,
    SLOWER,
    Regression,
)
from reports.input.plan import Plan
from reports.input.runs import (
    Condition,
    Run,
    as_declared,
    latest_per_seed,
    read_curves,
    read_runs,
)
from reports.input.targets import find_targets, with_target_costs
from reports.statistics.equivalence import Reason, beyond_margin_p
from reports.statistics.multiplicity import holm
from reports.warnings.runs import OtherConfigurations

FIELDS = ("device", "device_name", "torch_version", "code_version", "budget", "execution")


class SetError(ValueError):
    """Two sets of results that cannot be compared; the message says why."""


FAILURES = {"timeout": SLOWER, "out-of-memory": MORE_MEMORY}
"""What a new failure is a regression in; every other kind means that accuracy was lost."""


@dataclass(frozen=True, slots=True)
class Change:
    """One cell in one metric: the newer set as candidate, the reference as baseline.

    `worse_p` is the one-sided p that the effect is worse than the margin, and `worse_holm` its
    Holm adjustment over the cells of the metric; `None` where no test was made.
    """

    comparison: Comparison
    worse_p: float | None
    worse_holm: float | None
    regression: bool

    @property
    def kind(self) -> Regression | None:
        """What a regression in this metric is called; `None` for metrics not watched."""
        return self.comparison.metric.regression


@dataclass(frozen=True, slots=True)
class NewFailure:
    """A run that finished in the reference and failed in the newer set."""

    run: Run
    kind: Regression


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that changed from the reference to the newer set.

    `provenance` maps a field to its values on both sides, newer first, where they differ.
    `only_new` and `only_reference` name cells that the other side lacks, `shared` counts those of
    both: a cell here is a method in one setting, with all its seeds.
    """

    plan: Plan
    new: str
    reference: str
    changes: tuple[Change, ...]
    failures: tuple[NewFailure, ...]
    provenance: Mapping[str, tuple[str, str]]
    only_new: tuple[str, ...]
    only_reference: tuple[str, ...]
    one_dataset: bool
    shared: int
    set_aside: tuple[OtherConfigurations, ...] = ()

    def regressions(self, kind: Regression) -> tuple[Change, ...]:
        """List changes shown to be worse than the margin, of one kind."""
        return tuple(c for c in self.changes if c.regression and c.kind is kind)

    def new_failures(self, kind: Regression) -> tuple[NewFailure, ...]:
        """List runs that newly fail, of one kind."""
        return tuple(f for f in self.failures if f.kind is kind)

    def untested(self, kind: Regression) -> tuple[Change, ...]:
        """List changes of one kind that nothing can be said of: fewer than 3 complete pairs."""
        few = (Reason.NO_PAIRS, Reason.TOO_FEW_PAIRS)
        return tuple(
            c for c in self.changes if c.kind is kind and c.comparison.judgement.reason in few
        )


def compare_sets(
    new: tuple[pd.DataFrame, pd.DataFrame],
    reference: tuple[pd.DataFrame, pd.DataFrame],
    plan: Plan,
    names: tuple[str, str] = ("new", "reference"),
    *,
    all_configurations: bool = False,
    hint: str = "",
) -> Changes:
    """Compare two sets of results, each a runs and an epochs frame, cell by cell.

    Device, torch version and code may differ between the sets, and what differs is reported;
    within a set they may not, and budget and data must be the same in both. Raises `SetError` for
    that and where no cell is in both, `FrameError` for missing columns. Runs that the set's own
    study does not declare are set aside, or arms of their own, as `analyse` has it.
    """
    frames = (new, reference)
    read = [
        as_declared(read_runs(side[0], plan.metrics), all_configurations=all_configurations)
        for side in frames
    ]
    sides = [
        (_latest(declared, name), read_curves(side[1]))
        for (declared, _), side, name in zip(read, frames, names, strict=True)
    ]
    provenance = _provenance(sides[0][0], sides[1][0])
    options = unlike(*(options_of(runs, f[0]) for (runs, _), f in zip(sides, frames, strict=True)))
    if options is not None:
        provenance["options"] = options
    _require_same_cells(sides[0][0], sides[1][0])
    (ours, our_curves), (theirs, their_curves) = (
        (tuple(replace(run, condition=_common(run.condition)) for run in runs), curves)
        for runs, curves in sides
    )
    # One target for both sides, from the reference, so that a loss of accuracy cannot lower it.
    targets = find_targets(theirs, their_curves, plan)
    mine = cells_of(with_target_costs(ours, our_curves, targets), _common)
    other = cells_of(with_target_costs(theirs, their_curves, targets), _common)
    shared = in_both(mine, other)
    if not shared:
        aside = any(others for _, others in read)
        why = f"; runs of other configurations are set aside: {hint}" if aside and hint else ""
        raise SetError(f"'{names[0]}' and '{names[1]}' have no cell in common{why}")
    changes: list[Change] = []
    for metric in plan.metrics:
        raw = compare_cells(mine, other, names[1], metric, plan)
        changes += _with_regressions(judge_all(raw, plan), plan)
    return Changes(
        plan=plan,
        new=names[0],
        reference=names[1],
        changes=tuple(changes),
        failures=tuple(_new_failures(shared, mine, other)),
        provenance=provenance,
        only_new=_names(mine.keys() - other.keys()),
        only_reference=_names(other.keys() - mine.keys()),
        one_dataset=len({setting.dataset for _, setting in shared}) == 1,
        shared=len(shared),
        set_aside=tuple(
            OtherConfigurations.among(others, hint, folder=name)
            for (_, others), name in zip(read, names, strict=True)
            if others
        ),
    )


def _with_regressions(judged: Sequence[Comparison], plan: Plan) -> list[Change]:
    p_values = [_worse_p(c, plan) for c in judged]
    adjusted = holm(p_values)
    return [
        Change(
            comparison=c,
            worse_p=p,
            worse_holm=p_holm,
            regression=_exactly_worse(c) if p_holm is None else p_holm < plan.alpha,
        )
        for c, p, p_holm in zip(judged, p_values, adjusted, strict=True)
    ]


def _worse_p(c: Comparison, plan: Plan) -> float | None:
    """One-sided p that the newer set is worse than the margin allows."""
    if c.paired.tests is None or c.metric.is_censored:
        return None
    pairs = np.array(list(c.pairs.values()))
    if c.metric.is_difference:
        differences, margin = pairs[:, 0] - pairs[:, 1], c.paired.margin
    else:
        differences = np.log(pairs[:, 0]) - np.log(pairs[:, 1])
        margin = math.log(c.paired.margin)
    worse = -differences if c.metric.higher_is_better else differences
    spread = c.paired.spread is not None
    return beyond_margin_p(
        worse, margin, spread=spread, seed=plan.random_seed, floor=c.paired.floor
    )


def _exactly_worse(c: Comparison) -> bool:
    """Whether a deterministic metric is worse than the margin: nothing is left to chance there."""
    point = c.paired.effect.point
    return c.paired.deterministic and c.n >= 3 and point is not None and point > c.paired.margin


def _latest(declared: Iterable[Run], name: str) -> tuple[Run, ...]:
    runs, _ = latest_per_seed(declared)
    for field in ("device", "torch_version", "budget", "execution"):
        values = sorted({str(getattr(run.condition, field)) for run in runs})
        if len(values) > 1:
            raise SetError(
                f"'{name}' mixes runs of different {field.replace('_', ' ')}: {', '.join(values)}; "
                "compare one at a time"
            )
    return runs


def _provenance(ours: Iterable[Run], theirs: Iterable[Run]) -> dict[str, tuple[str, str]]:
    """Fields whose values differ between the sets, with all values of each side."""
    found = {}
    sides = (tuple(ours), tuple(theirs))
    for field in FIELDS:
        both = tuple(_values(runs, field) for runs in sides)
        if both[0] != both[1]:
            found[field] = (both[0], both[1])
    return found


def _require_same_cells(ours: Iterable[Run], theirs: Iterable[Run]) -> None:
    """Refuse sets that differ in budget, or in the data of a data set both have."""
    ours, theirs = tuple(ours), tuple(theirs)
    pairs = [(ours, theirs, "budget", "budget")]
    for dataset in sorted({run.dataset for run in ours} & {run.dataset for run in theirs}):
        parts = ([run for run in runs if run.dataset == dataset] for runs in (ours, theirs))
        pairs.append((*map(tuple, parts), "data_checksum", f"data checksum of {dataset}"))  # type: ignore[arg-type]
    for one, other, field, name in pairs:
        values = _values(one, field), _values(other, field)
        if one and other and values[0] != values[1]:
            raise SetError(
                f"the {name} differs ({values[0]} against {values[1]}), so these are not the same "
                "cells"
            )


def _values(runs: Iterable[Run], field: str) -> str:
    values = {
        str(run.provenance[field] if field in run.provenance else getattr(run.condition, field))
        for run in runs
    }
    return ", ".join(sorted(values)) or "(not recorded)"


def _common(condition: Condition) -> Condition:
    """Return what both sets share of a condition: what differs is what is being compared."""
    return Condition("", "", condition.budget, condition.execution)


def _new_failures(
    shared: Iterable[Key],
    mine: Cells,
    other: Cells,
) -> Iterable[NewFailure]:
    for key in shared:
        for seed in sorted(mine[key].keys() & other[key].keys()):
            run = mine[key][seed]
            if other[key][seed].ok and not run.ok:
                yield NewFailure(run, FAILURES.get(run.status, LESS_ACCURATE))


def _names(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(
        f"{method} on {s.dataset}, batch size {s.batch_size}"
        + ("" if s.timesteps is None else f", T = {s.timesteps}")
        for method, s in sorted(keys, key=order)
    )
