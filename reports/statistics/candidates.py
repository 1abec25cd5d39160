"""All candidates of one metric: pooled comparisons first, their settings behind a gate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reports.statistics.effect import PairedEffect, Tests
from reports.statistics.equivalence import Judgement, Reason, Verdict
from reports.statistics.gate import Branch, Passed, pooled_share, setting_share, walk
from reports.statistics.judged import Adjusted, Frame, Judged, Sharing, judge_at
from reports.statistics.power import POWER


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate's comparisons in one metric: pooled, setting by setting, and interactions.

    `interactions` are two-sided p-values that the effect depends on T, or on batch size. `pools`
    is how many settings the pooled effect is over: where it is one, that asks the same again.
    """

    pooled: PairedEffect
    settings: tuple[PairedEffect, ...]
    pools: int
    interactions: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """What the gate makes of a candidate; `interactions` are adjusted p-values."""

    pooled: Judged
    settings: tuple[Judged, ...]
    interactions: tuple[float, ...]


def judge_candidates(
    candidates: Sequence[Candidate],
    *,
    higher_is_better: bool,
    alpha: float = 0.05,
    power: float = POWER,
) -> tuple[JudgedCandidate, ...]:
    """Judge all candidates of one metric, pooled and in their settings, in the order given.

    Differences share alpha by `gate`, and so does equivalence, whose settings have a part of alpha
    from the start. A setting is looked at if the pooled comparison or an interaction decided
    something; else its reason is that it was not tested. The only setting of a pooled comparison
    asks the same as that, and gets the same answer.
    """
    asked = [_branch(c, lambda t: t.p, c.interactions) for c in candidates]
    differences = walk(asked, alpha)
    alike = [_branch(c, lambda t: t.equivalence_p) for c in candidates]
    equivalences = walk(alike, alpha, settings_at_once=True)
    tested = sum(c.pooled.tests is not None for c in candidates)
    frame = Frame(higher_is_better, alpha, power, Sharing.CANDIDATES, tested)
    return tuple(
        _candidate(candidate, difference, equivalence, frame)
        for candidate, difference, equivalence in zip(
            candidates, differences, equivalences, strict=True
        )
    )


def _branch(
    candidate: Candidate,
    which: Callable[[Tests], float | None],
    interactions: tuple[float, ...] = (),
) -> Branch:
    """Return a candidate's p-values; a single setting asks what its pooled comparison asks."""

    def p(effect: PairedEffect) -> float | None:
        return None if effect.tests is None else which(effect.tests)

    settings = tuple(p(s) for s in candidate.settings) if candidate.pools > 1 else ()
    return Branch(p(candidate.pooled), interactions, settings)


def _candidate(
    candidate: Candidate, difference: Passed, equivalence: Passed, frame: Frame
) -> JudgedCandidate:
    gated = bool(difference.adjusted.settings)
    interactions = tuple(p for p in difference.adjusted.interactions if p is not None)
    share = pooled_share(frame.tests, asked=bool(interactions))
    same = difference.adjusted.pooled, difference.shares.pooled, equivalence.adjusted.pooled

    def like_pooled(effect: PairedEffect) -> Judged:
        return judge_at(effect, _read_at(effect, *same), share, same[1], frame)

    pooled = like_pooled(candidate.pooled)
    tested = sum(s.tests is not None for s in candidate.settings)
    opened = pooled.open or any(p < frame.alpha for p in interactions)
    behind = replace(frame, sharing=Sharing.SETTINGS, tests=tested, candidates=frame.tests)
    planned = setting_share(frame.tests, tested, asked=bool(interactions))

    def setting(j: int) -> Judged:
        effect = candidate.settings[j]
        if effect.tests is None:
            return judge_at(effect, Adjusted(), planned, None, behind)
        if not gated:
            return like_pooled(effect)
        if not opened:
            judged = judge_at(effect, Adjusted(), planned, None, behind)
            if judged.judgement.reason is not Reason.NOT_SHOWN:
                return judged
            unasked = Judgement(Verdict.INCONCLUSIVE, Reason.NOT_TESTED)
            return replace(judged, judgement=unasked, disagreeing=())
        level = difference.shares.settings[j]
        adjusted = _read_at(
            effect, difference.adjusted.settings[j], level, equivalence.adjusted.settings[j]
        )
        return judge_at(effect, adjusted, planned, level, behind)

    return JudgedCandidate(
        pooled, tuple(setting(j) for j in range(len(candidate.settings))), interactions
    )


def _read_at(
    effect: PairedEffect, p: float | None, share: float | None, equivalence_p: float | None
) -> Adjusted:
    """Read every sensitivity test at the level at which the primary test was tested."""
    tests = effect.tests
    if tests is None:
        return Adjusted()

    def at(value: float | None) -> float | None:
        if value is None:
            return None
        return min(1.0, value / share) if share else 1.0

    worst = effect.worst.p if effect.worst is not None else tests.wilcoxon_p
    return Adjusted(
        p, at(tests.sign_flip_p), at(tests.wilcoxon_p), at(tests.logit_p), equivalence_p,
        at(worst), at(tests.robust_p),
    )  # fmt: skip
