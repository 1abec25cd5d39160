"""A paired effect whose tests were looked at several times: its p-values, adjusted for that."""

from collections.abc import Sequence
from dataclasses import replace

from reports.statistics.effect import PairedEffect
from reports.statistics.sequential import sequential_equivalence_p, sequential_p


def spend(
    every: Sequence[PairedEffect | None], last: PairedEffect, looks: Sequence[int]
) -> PairedEffect:
    """Return `last`, the effect at the last look, with p-values adjusted for looking.

    `every` are the effects at the looks made, `None` where there was none; `looks` are all planned
    looks, as numbers of seeds. Before the first look nothing is shown. Where an earlier look
    made the stronger claim, and for the other side, the effect leans to no side.
    """
    if last.tests is None:
        return last
    tests = [None if effect is None else effect.tests for effect in every]

    def values(name: str) -> list[float | None]:
        return [None if t is None else getattr(t, name) for t in tests]

    def checked(name: str) -> float | None:
        return None if getattr(last.tests, name) is None else spend_p(values(name), looks)

    p, equivalence_p = values("p"), last.tests.equivalence_p
    if equivalence_p is not None:
        equivalence_p = sequential_equivalence_p(_ones(values("equivalence_p")), looks)
    found = replace(
        last.tests,
        p=spend_p(p, looks),
        equivalence_p=equivalence_p,
        sign_flip_p=checked("sign_flip_p"),
        wilcoxon_p=checked("wilcoxon_p"),
        logit_p=checked("logit_p"),
        logrank_p=checked("logrank_p"),
        robust_p=checked("robust_p"),
    )
    lean = 0 if _turned(every, p, looks) else last.lean
    return replace(last, tests=found, lean=lean, looks=tuple(looks), looks_made=len(every))


def spend_p(p_by_look: Sequence[float | None], looks: Sequence[int]) -> float:
    """Adjust two-sided p-values of the looks made, `None` where there was no test, for looking."""
    return sequential_p(_ones(p_by_look), looks)


def _ones(p_by_look: Sequence[float | None]) -> list[float]:
    return [1.0 if p is None else p for p in p_by_look]


def _turned(
    every: Sequence[PairedEffect | None], p: Sequence[float | None], looks: Sequence[int]
) -> bool:
    """Whether the look that claims most speaks for another side than the last one."""
    if not every or every[-1] is None:
        return False
    alone = [
        spend_p([v if i == at else None for i, v in enumerate(p)], looks) for at in range(len(p))
    ]
    strongest = every[min(range(len(alone)), key=lambda at: (alone[at], -at))]
    return strongest is not None and _side(strongest) != _side(every[-1])


def _side(effect: PairedEffect) -> int:
    point = effect.effect.point
    if effect.lean is not None or point is None:
        return effect.lean or 0
    return (point > effect.null) - (point < effect.null)
