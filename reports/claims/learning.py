"""What depth does to gradients and accuracy, and what a chain adds to what it is made of."""

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from reports.claims.evidence import Claim, Evidence, Measure
from reports.claims.pairs import Runs
from reports.claims.steadiness import STEADY_DECADES, steadiness
from reports.controls.estimates import ControlGain
from reports.gradients.estimates import Gradients
from reports.input.pairing import Setting, paired_values, runs_at
from reports.input.runs import Run
from reports.statistics.paired import paired_difference
from reports.trends.estimates import slope_over

EQUAL_FLOPS = 1.25
"""Up to this ratio two ways of training count as equal in operations."""


def gradient_slopes(runs: Runs, gradients: Gradients) -> Iterator[Evidence]:
    """Yield what a doubling of T does to the first block's gradient, against the last's."""
    roles = runs.roles
    for method in (roles.local, roles.chained, *roles.chained_otherwise):
        for slope in gradients.slopes:
            if (slope.method, slope.setting.place) != (method, runs.place):
                continue
            for measure, found in (
                (Measure.RATIO_AT_START, slope.start),
                (Measure.RATIO_IN_TRAINING, slope.training),
            ):
                if found is not None:
                    margin = STEADY_DECADES * math.log2(10)
                    paired = steadiness(found.estimate, margin, runs.plan.confidence)
                    yield Evidence(
                        Claim.GRADIENTS, measure, method, "", runs.place, paired,
                        tuple(map(int, found.levels)), method == roles.local,
                        batch_size=slope.setting.batch_size,
                    )  # fmt: skip


def accuracy_slopes(
    runs: Runs, claim: Claim, against: str, alone: Sequence[str] | None = None
) -> Iterator[Evidence]:
    """Yield points of accuracy per doubling of T: of each method `alone`, and of the difference.

    They stand beside what decides.
    """
    metric = runs.metric(Measure.ACCURACY)
    if metric is None:
        return
    local = runs.roles.local
    margin = runs.plan.margin_of(metric)
    for method, other in (
        *((name, "") for name in (alone or (local, against))), (local, against)
    ):  # fmt: skip
        settings = runs.shared(method, other) if other else runs.settings(method)
        for batch_size in dict.fromkeys(s.batch_size for s in settings):
            table = {
                float(s.timesteps): _accuracies(runs, method, other, s)
                for s in settings
                if s.timesteps is not None and s.batch_size == batch_size
            }
            found = slope_over(table, False, runs.plan.confidence)
            if found is not None:
                paired = steadiness(found.estimate, margin, runs.plan.confidence)
                yield Evidence(
                    claim, Measure.ACCURACY_SLOPE, method, other, runs.place, paired,
                    tuple(map(int, found.levels)), decides=False, batch_size=batch_size,
                )  # fmt: skip


def _accuracies(runs: Runs, method: str, other: str, setting: Setting) -> dict[int, float]:
    ours = runs_at(runs.groups, method, setting)
    if not other:
        values = {seed: run.values.get(Measure.ACCURACY) for seed, run in ours.items()}
        return {seed: value for seed, value in values.items() if value is not None}
    theirs = runs_at(runs.groups, other, setting)
    pairs = paired_values(ours, theirs, Measure.ACCURACY)
    return {seed: x - y for seed, (x, y) in pairs.items()}


def parts(runs: Runs, controls: Sequence[ControlGain]) -> Iterator[Evidence]:
    """Yield what the method adds to parts of itself, averaged over settings within each seed."""
    metric = runs.metric(Measure.ACCURACY)
    for part in runs.roles.parts if metric else ():
        own = [
            c for c in controls
            if (c.method, c.control, c.setting.place) == (runs.roles.local, part, runs.place)
        ]  # fmt: skip
        seeds = sorted(set.intersection(*(set(c.by_seed) for c in own))) if own else []
        if not seeds or metric is None:
            continue
        gains = [fmean(c.by_seed[seed] for c in own) for seed in seeds]
        paired = paired_difference(
            gains, [0.0] * len(gains), margin=runs.plan.margin_of(metric),
            confidence=runs.plan.confidence, seed=runs.plan.random_seed,
        )  # fmt: skip
        yield Evidence(
            Claim.CHAIN, Measure.ACCURACY, runs.roles.local, part, runs.place, paired,
            tuple(sorted({c.setting.timesteps for c in own if c.setting.timesteps is not None})),
            control=True,
        )  # fmt: skip


def against_longer(runs: Runs) -> Iterator[Evidence]:
    """Yield the comparison with a single classifier at the T that costs as many operations.

    Its budget is another one on purpose; it decides where operations are equal enough.
    """
    metric, longer = runs.metric(Measure.ACCURACY), runs.roles.longer
    if metric is None or longer is None:
        return
    found: list[tuple[float, Setting, dict[int, Run], dict[int, Run]]] = []
    for setting in runs.settings(runs.roles.local):
        ours = runs_at(runs.groups, runs.roles.local, setting)
        for (method, place), runs_of_it in runs.groups.items():
            same = (place.dataset, place.batch_size, place.condition.device)
            if method != longer or same != (
                setting.dataset, setting.batch_size, setting.condition.device
            ):  # fmt: skip
                continue
            theirs = {run.seed: run for run in runs_of_it}
            mine, other = _operations(runs, ours), _operations(runs, theirs)
            if mine and other:
                found.append((mine / other, setting, ours, theirs))
    if not found:
        return
    ratio, setting, ours, theirs = min(found, key=lambda each: abs(math.log(each[0])))
    pairs = paired_values(ours, theirs, metric.column)
    paired = paired_difference(
        [x for x, _ in pairs.values()], [y for _, y in pairs.values()],
        margin=runs.plan.margin_of(metric), confidence=runs.plan.confidence, whole=100.0,
        resolution=next((run.resolution for run in ours.values()), None),
        seed=runs.plan.random_seed,
    )  # fmt: skip
    yield Evidence(
        Claim.CHAIN, Measure.ACCURACY, runs.roles.local, longer, runs.place, paired,
        () if setting.timesteps is None else (setting.timesteps,),
        decides=1 / EQUAL_FLOPS <= ratio <= EQUAL_FLOPS, flops=ratio,
    )  # fmt: skip


def _operations(runs: Runs, own: dict[int, Run]) -> float | None:
    """Mean operations of a whole training, of the runs that finished."""
    known = [
        per_epoch * epochs
        for run in own.values()
        if run.ok
        and (per_epoch := runs.number(run, "flops_per_epoch"))
        and (epochs := runs.number(run, "epochs_run"))
    ]
    return fmean(known) if known else None
