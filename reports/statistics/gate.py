"""One error budget for a candidate's pooled comparison and for those in its settings.

The question "is this candidate better?" comes first, over all settings; "where?" is asked only of
candidates for whom the first, or the question whether the effect depends on T or batch size, has
an answer. Every candidate gets an equal share of alpha. A share whose question is answered goes
on: half of it to the candidate's settings, half to the other candidates, and all of it to the other
candidates once every setting is answered too. So nothing is spent twice, and the chance of any
false claim, pooled or in a setting, stays below alpha whichever effects are real: the procedure is
a weighted Bonferroni test of every intersection. With pooled comparisons alone it is Holm's.

Two families of Holm's method, one after the other, would not do: where some candidates have an
effect in one setting and others none, each family errs with probability alpha.
A candidate's settings share what comes to them by Holm's method, and pass it on when all are
answered: the limit of a graph whose settings send next to nothing elsewhere.
Source: Bretz, Maurer, Brannath & Posch (2009), "A graphical approach to sequentially rejective
multiple test procedures".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics.estimate import Array

PASSED_ON = 0.5
"""Share of alpha that an answered pooled question hands to other candidates' pooled questions."""

INTERACTION_SHARE = 0.2
"""Share of a candidate's alpha that asks whether its effect depends on T or batch size."""


@dataclass(frozen=True, slots=True)
class Branch:
    """P-values of one candidate; `None` where there is no test.

    `pooled` over all settings, `interactions` with T or batch size, `settings` one by one.
    """

    pooled: float | None
    interactions: tuple[float | None, ...] = ()
    settings: tuple[float | None, ...] = ()

    @property
    def questions(self) -> dict[str, tuple[float | None, ...]]:
        """P-values by the kind of question."""
        return {
            "pooled": (self.pooled,),
            "interactions": self.interactions,
            "settings": self.settings,
        }


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of a branch: its p-values adjusted, and the share of alpha each was tested at.

    A share is that of the moment when the question was answered, or of the end. An adjusted p is
    below alpha just where p is below its share of alpha, but for ties.
    """

    adjusted: Branch
    shares: Branch


def gate(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Adjust the p-values of all candidates of one metric; compare the results with alpha.

    In the order given, `None` where there was none. A setting's p is 1 as long as neither the
    pooled comparison nor an interaction of its candidate could be shown at any level.
    """
    return tuple(passed.adjusted for passed in walk(branches))


def walk(
    branches: Sequence[Branch], alpha: float = 0.05, *, settings_at_once: bool = False
) -> tuple[Passed, ...]:
    """Adjust as `gate` does, and say at which share of `alpha` each question was tested.

    `settings_at_once`: what would be for interactions goes to the settings from the start. So
    equivalence in one setting can be shown where all together differ.
    """
    groups, weights, edges = _graph(branches, settings_at_once=settings_at_once)
    adjusted, shares = _sequence([g.p for g in groups], weights, edges, alpha)
    found = {
        (group.branch, group.name, place): (p, share)
        for group, own, parts in zip(groups, adjusted, shares, strict=True)
        for place, p, share in zip(group.places, own, parts, strict=True)
    }

    def passed(i: int, branch: Branch, which: int) -> Branch:
        def at(name: str) -> tuple[float | None, ...]:
            places = range(len(branch.questions[name]))
            return tuple(
                found[i, name, j][which] if (i, name, j) in found else None for j in places
            )

        return Branch(at("pooled")[0], at("interactions"), at("settings"))

    return tuple(
        Passed(passed(i, branch, 0), passed(i, branch, 1)) for i, branch in enumerate(branches)
    )


def pooled_share(candidates: int, *, asked: bool) -> float:
    """Share of alpha at which the pooled comparison of one of so many candidates starts.

    `asked`: whether its other questions (interactions, or settings at once) take a part.
    """
    return (1 - INTERACTION_SHARE * asked) / max(1, candidates)


def setting_share(candidates: int, settings: int, *, asked: bool) -> float:
    """Share of alpha at which a setting is tested at least, once its pooled question is answered.

    Answered settings, interactions and candidates leave it more.
    """
    passed = PASSED_ON if candidates > 1 else 1.0
    return pooled_share(candidates, asked=asked) * passed / max(1, settings)


@dataclass(frozen=True, slots=True)
class _Group:
    """Questions that share one weight by Holm's method: all settings of a candidate, or a single.

    `p` ascending; `places` are theirs in the branch.
    """

    branch: int
    name: str
    places: tuple[int, ...]
    p: tuple[float, ...]


def _sequence(
    p: Sequence[Sequence[float]], weights: Array, edges: Array, alpha: float
) -> tuple[list[list[float]], list[list[float]]]:
    """Return adjusted p-values of groups, and shares of `alpha` as `Passed` has them, like `p`.

    `p` ascending within a group, `weights` (groups,) summing to at most 1; `edges` (groups, groups)
    says which part of the weight of a group whose questions are all answered goes where, rows
    summing to at most 1, the diagonal 0.
    Source: Bretz et al. (2009), algorithm 2; the same as closed weighted Bonferroni testing.
    """
    weights, edges = weights.copy(), edges.copy()
    adjusted, shares = [[1.0] * len(own) for own in p], [[0.0] * len(own) for own in p]
    left = np.array([len(own) for own in p], dtype=np.int64)
    smallest = np.array([own[0] for own in p], dtype=np.float64)
    highest, unread = 0.0, True

    def read(groups: Sequence[int]) -> None:
        for g in groups:
            for at in range(len(p[g]) - left[g], len(p[g])):
                shares[g][at] = float(weights[g]) / float(left[g])

    while left.any():
        open_ = (left > 0) & (weights > 0)
        ratio = np.where(open_, smallest * left / np.where(open_, weights, 1.0), np.inf)
        j = int(ratio.argmin())
        if not ratio[j] < 1:
            break
        highest = max(highest, float(ratio[j]))
        if unread and not highest < alpha:
            read(range(len(p)))
            unread = False
        at = len(p[j]) - int(left[j])
        adjusted[j][at] = highest
        if unread:
            shares[j][at] = float(weights[j]) / float(left[j])
        left[j] -= 1
        if left[j]:
            smallest[j] = p[j][at + 1]
            continue
        weights += weights[j] * edges[j]
        # What would have gone to j goes on to where j sent its own, loops left out.
        back = 1 - edges[:, j] * edges[j]
        through = edges + np.outer(edges[:, j], edges[j])
        edges = through / np.where(back > 0, back, np.inf)[:, None]
        np.fill_diagonal(edges, 0.0)
        weights[j] = 0.0
        edges[j] = edges[:, j] = 0.0
    if unread:
        read(range(len(p)))
    return adjusted, shares


def _graph(
    branches: Sequence[Branch], *, settings_at_once: bool
) -> tuple[list[_Group], Array, Array]:
    """Return groups, weights and edges of the procedure that the module describes."""
    groups: list[_Group] = []
    of: dict[tuple[int, str], list[int]] = {}
    for i, branch in enumerate(branches):
        for name, values in branch.questions.items():
            ordered = sorted((p, j) for j, p in enumerate(values) if p is not None)
            parts = [ordered] if name == "settings" else [[one] for one in ordered]
            for part in filter(None, parts):
                of.setdefault((i, name), []).append(len(groups))
                p, places = zip(*part, strict=True)
                groups.append(_Group(i, name, places, p))
    weights, edges = np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    candidates = sorted({g.branch for g in groups if g.name != "settings" or settings_at_once})
    for i in candidates:
        pooled, interactions, settings = (
            of.get((i, name), []) for name in ("pooled", "interactions", "settings")
        )
        sooner = settings if settings_at_once else interactions
        asked = INTERACTION_SHARE if sooner and pooled else float(bool(sooner))
        others = [at for k in candidates if k != i for at in of.get((k, "pooled"), [])]
        for at in pooled:
            weights[at] = (1 - asked) / len(candidates)
            _send(edges, at, others, PASSED_ON if settings else 1.0)
            _send(edges, at, settings, PASSED_ON if others else 1.0)
        for at in sooner:
            weights[at] = asked / len(sooner) / len(candidates)
        for at in interactions:
            _send(edges, at, settings or pooled, 1.0)
        for at in settings:
            _send(edges, at, others + pooled, 1.0)
    return groups, weights, edges


def _send(edges: Array, start: int, ends: Sequence[int], share: float) -> None:
    if ends:
        edges[start, list(ends)] += share / len(ends)
