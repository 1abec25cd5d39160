"""A family of comparisons that stand side by side and share alpha by Holm's method.

A candidate's pooled comparison and its settings share it otherwise: see `candidates`.
"""

from collections.abc import Callable, Sequence

from reports.statistics.effect import PairedEffect, Tests
from reports.statistics.judged import Adjusted, Frame, Judged, Sharing, judge_at
from reports.statistics.multiplicity import holm
from reports.statistics.power import POWER


def judge_family(
    effects: Sequence[PairedEffect],
    *,
    higher_is_better: bool,
    alpha: float = 0.05,
    power: float = POWER,
) -> tuple[Judged, ...]:
    """Judge the comparisons of one family, in the order given.

    Holm's method adjusts each kind of test over the members that were tested; members without a
    test (fewer than 3 pairs, deterministic) take no share of alpha. Source: Holm (1979).
    """
    tests = [effect.tests for effect in effects]

    def adjusted(which: Callable[[Tests], float | None]) -> tuple[float | None, ...]:
        return holm([None if t is None else which(t) for t in tests])

    def failure_p(effect: PairedEffect) -> float | None:
        if effect.tests is None:
            return None
        return effect.worst.p if effect.worst is not None else effect.tests.wilcoxon_p

    columns = (
        adjusted(lambda t: t.p),
        adjusted(lambda t: t.sign_flip_p),
        adjusted(lambda t: t.wilcoxon_p),
        adjusted(lambda t: t.logit_p),
        adjusted(lambda t: t.equivalence_p),
        holm([failure_p(effect) for effect in effects]),
        adjusted(lambda t: t.robust_p),
    )
    members = sum(t is not None for t in tests)
    rows = [Adjusted(*row) for row in zip(*columns, strict=True)]
    share = 1 / max(1, members)
    frame = Frame(higher_is_better, alpha, power, Sharing.COMPARISONS, members)
    return tuple(
        judge_at(effect, row, share, _holm_share(effect, row, share), frame)
        for effect, row in zip(effects, rows, strict=True)
    )


def _holm_share(effect: PairedEffect, adjusted: Adjusted, share: float) -> float:
    """Share of alpha at which Holm's method tested a comparison: p is below it where shown."""
    if effect.tests is None or adjusted.p is None:
        return share
    return max(share, effect.tests.p / adjusted.p) if adjusted.p < 1 else share
