"""What depth holds in memory, and what ranks send one another."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import fmean

from reports.claims.evidence import Claim, Evidence, Measure, Says, levels_of
from reports.claims.pairs import Runs
from reports.claims.steadiness import FLAT_EXPONENT, steadiness
from reports.input.pairing import Setting
from reports.memory.estimates import ACTIVATIONS
from reports.statistics.effect import PairedEffect
from reports.statistics.estimate import mean_interval
from reports.trends.estimates import slope_over


def activations(runs: Runs, method: str | None, *, decides: bool = True) -> Iterator[Evidence]:
    """Yield the exponent of activations over T, one per batch size."""
    for batch_size, settings in _by_batch(runs, method):
        table = {
            float(s.timesteps): _by_seed(runs, method or "", s, ACTIVATIONS, above_zero=True)
            for s in settings
            if s.timesteps is not None
        }
        found = slope_over(table, True, runs.plan.confidence)
        if found is not None:
            paired = steadiness(found.estimate, FLAT_EXPONENT, runs.plan.confidence)
            yield Evidence(
                Claim.MEMORY, Measure.ACTIVATIONS, method or "", "", runs.place, paired,
                tuple(map(int, found.levels)), decides, batch_size=batch_size,
            )  # fmt: skip


def sent(runs: Runs) -> Iterator[Evidence]:
    """Yield what the divided method sends in an epoch's training, against every other way.

    Bytes are counted: less in every setting is evidence for the claim, as much or more in every
    one against it. Where nothing is sent there is no need of another way to compare with.
    """
    ours = runs.roles.local_divided
    own = _sent_by(runs, ours) if ours else {}
    others = {way: found for way in runs.roles.chained_divided if (found := _sent_by(runs, way))}
    if not own or ours is None:
        return
    for way, theirs in (others or {"": {}}).items():
        settings = [s for s in own if s in theirs] if way else list(own)
        if not settings:
            continue
        seeds = set.intersection(*(set(own[s]) for s in settings))
        mine = [fmean(own[s][seed] for s in settings) for seed in sorted(seeds)]
        estimate = mean_interval(mine, runs.plan.confidence)
        yield Evidence(
            Claim.MACHINES, Measure.SENT, ours, way, runs.place,
            PairedEffect("difference", estimate, 0.0, None, deterministic=True),
            levels_of(settings),
            says=_less(
                [(fmean(own[s].values()), fmean(theirs[s].values())) for s in settings]
                if way
                else [(fmean(own[s].values()), 0.0) for s in settings],
                alone=not way,
            ),
            theirs=fmean(fmean(theirs[s].values()) for s in settings) if way else None,
        )  # fmt: skip


def _less(pairs: list[tuple[float, float]], *, alone: bool) -> Says:
    if alone:
        return Says.FOR if all(mine == 0 for mine, _ in pairs) else Says.OPEN
    less = [mine < theirs for mine, theirs in pairs]
    if all(less):
        return Says.FOR
    return Says.OPEN if any(less) else Says.AGAINST


def _sent_by(runs: Runs, method: str) -> dict[Setting, dict[int, float]]:
    found = {s: _by_seed(runs, method, s, Measure.SENT) for s in runs.settings(method)}
    return {setting: values for setting, values in found.items() if values}


def _by_batch(runs: Runs, method: str | None) -> Iterator[tuple[int | None, list[Setting]]]:
    batches: Mapping[int | None, list[Setting]] = defaultdict(list)
    for setting in runs.settings(method) if method else ():
        batches[setting.batch_size].append(setting)
    yield from batches.items()


def _by_seed(
    runs: Runs, method: str, setting: Setting, column: str, *, above_zero: bool = False
) -> dict[int, float]:
    values = {run.seed: runs.number(run, column) for run in runs.groups[method, setting] if run.ok}
    return {
        seed: value
        for seed, value in values.items()
        if value is not None and (value > 0 or not above_zero)
    }
