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

LAST = 1e-6
"""Edge that only matters when all others are gone: settings pass alpha on when none is left."""


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


def gate(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Adjust the p-values of all candidates of one metric; compare the results with alpha.

    In the order given, `None` where there was none. A setting's p is 1 as long as neither the
    pooled comparison nor an interaction of its candidate could be shown at any level.
    """
    tested = {
        (i, name, j): p
        for i, branch in enumerate(branches)
        for name, values in branch.questions.items()
        for j, p in enumerate(values)
        if p is not None
    }
    nodes = list(tested)
    place = {node: at for at, node in enumerate(nodes)}
    adjusted = adjust(np.array([*tested.values()], dtype=np.float64), *_graph(nodes))

    def found(i: int, name: str, j: int) -> float | None:
        at = place.get((i, name, j))
        return None if at is None else float(adjusted[at])

    return tuple(
        Branch(
            found(i, "pooled", 0),
            tuple(found(i, "interactions", j) for j in range(len(branch.interactions))),
            tuple(found(i, "settings", j) for j in range(len(branch.settings))),
        )
        for i, branch in enumerate(branches)
    )


def adjust(p: Array, weights: Array, edges: Array) -> Array:
    """Adjust the p-values of a graphical procedure.

    `p` and `weights` (m,), the weights summing to at most 1; `edges` (m, m) says which share of a
    rejected hypothesis' weight goes where, rows summing to at most 1, the diagonal 0.
    Source: Bretz et al. (2009), algorithm 2; the same as closed weighted Bonferroni testing.
    """
    weights, edges = weights.copy(), edges.copy()
    adjusted = np.ones_like(p)
    left = np.ones(p.size, dtype=np.bool_)
    highest = 0.0
    while left.any():
        ratio = np.where(left & (weights > 0), p / np.where(weights > 0, weights, 1.0), np.inf)
        j = int(ratio.argmin())
        if not ratio[j] < 1:
            break
        highest = max(highest, float(ratio[j]))
        adjusted[j] = highest
        left[j] = False
        weights += weights[j] * edges[j]
        # What would have gone to j goes on to where j sent its own, loops left out.
        back = 1 - edges[:, j] * edges[j]
        through = edges + np.outer(edges[:, j], edges[j])
        edges = through / np.where(back > 0, back, np.inf)[:, None]
        np.fill_diagonal(edges, 0.0)
        weights[j] = 0.0
        edges[j] = edges[:, j] = 0.0
    return adjusted


def _graph(nodes: Sequence[tuple[int, str, int]]) -> tuple[Array, Array]:
    """Weights and edges of the procedure that the module describes."""
    weights, edges = np.zeros(len(nodes)), np.zeros((len(nodes), len(nodes)))
    of: dict[tuple[int, str], list[int]] = {}
    for at, (i, name, _) in enumerate(nodes):
        of.setdefault((i, name), []).append(at)
    candidates = sorted({i for i, name, _ in nodes if name != "settings"})
    for i in candidates:
        pooled, interactions, settings = (
            of.get((i, name), []) for name in ("pooled", "interactions", "settings")
        )
        asked = INTERACTION_SHARE if interactions and pooled else float(bool(interactions))
        others = [at for k in candidates if k != i for at in of.get((k, "pooled"), [])]
        for at in pooled:
            weights[at] = (1 - asked) / len(candidates)
            passed = PASSED_ON if settings else 1.0
            _send(edges, at, others, passed)
            _send(edges, at, settings, PASSED_ON if others else 1.0)
        for at in interactions:
            weights[at] = asked / len(interactions) / len(candidates)
            _send(edges, at, settings or pooled, 1.0)
        for at in settings:
            siblings = [other for other in settings if other != at]
            home = others + pooled
            _send(edges, at, siblings, 1 - LAST if home else 1.0)
            _send(edges, at, home, LAST if siblings else 1.0)
    return weights, edges


def _send(edges: Array, start: int, ends: Sequence[int], share: float) -> None:
    if ends:
        edges[start, list(ends)] += share / len(ends)
