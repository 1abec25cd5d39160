"""One error budget for pooled comparisons and settings, against closed testing written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.gate import INTERACTION_SHARE, PASSED_ON, Branch, gate, walk
from reports.statistics.multiplicity import holm

ps = st.floats(1e-6, 1)
branches = st.lists(
    st.builds(
        Branch,
        ps,
        st.lists(ps, max_size=1).map(tuple),
        st.lists(ps, max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=2,
)


def without(weights, edges, j):
    """Take hypothesis j out of a graph, entry by entry, as Bretz et al. write it."""
    m = weights.size
    new_weights, new_edges = weights + weights[j] * edges[j], np.zeros((m, m))
    new_weights[j] = 0
    for a, b in itertools.product(range(m), repeat=2):
        if a != b and j not in (a, b) and edges[a, j] * edges[j, a] < 1:
            new_edges[a, b] = (edges[a, b] + edges[a, j] * edges[j, b]) / (
                1 - edges[a, j] * edges[j, a]
            )
    return new_weights, new_edges


def closed(p, weights, edges):
    """Test every intersection by weighted Bonferroni; a hypothesis needs all that hold it."""
    m = p.size
    result = np.zeros(m)
    for kept in itertools.product([False, True], repeat=m):
        if not any(kept):
            continue
        w, e = weights.copy(), edges.copy()
        for j in range(m):
            if not kept[j]:
                w, e = without(w, e, j)
        inside = [j for j in range(m) if kept[j]]
        joint = min((p[j] / w[j] if w[j] > 0 else np.inf) for j in inside)
        for j in inside:
            result[j] = max(result[j], joint)
    return np.minimum(result, 1)


LAST = 1e-9
"""What a setting sends elsewhere than to its siblings as long as there are any."""


def graph(nodes, settings_at_once):
    """Write the whole procedure out, setting by setting."""
    weights, edges = np.zeros(len(nodes)), np.zeros((len(nodes), len(nodes)))
    of = {}
    for at, (i, name, _) in enumerate(nodes):
        of.setdefault((i, name), []).append(at)
    candidates = sorted({i for i, name, _ in nodes if name != "settings" or settings_at_once})
    for i in candidates:
        pooled, interactions, settings = (
            of.get((i, name), []) for name in ("pooled", "interactions", "settings")
        )
        sooner = settings if settings_at_once else interactions
        asked = INTERACTION_SHARE if sooner and pooled else float(bool(sooner))
        others = [at for k in candidates if k != i for at in of.get((k, "pooled"), [])]
        for at in pooled:
            weights[at] = (1 - asked) / len(candidates)
            passed = PASSED_ON if settings else 1.0
            send(edges, at, others, passed)
            send(edges, at, settings, PASSED_ON if others else 1.0)
        for at in sooner:
            weights[at] = asked / len(sooner) / len(candidates)
        for at in interactions:
            send(edges, at, settings or pooled, 1.0)
        for at in settings:
            siblings = [other for other in settings if other != at]
            home = others + pooled
            send(edges, at, siblings, 1 - LAST if home else 1.0)
            send(edges, at, home, LAST if siblings else 1.0)
    return weights, edges


def send(edges, start, ends, share):
    if ends:
        edges[start, list(ends)] += share / len(ends)


@pytest.mark.parametrize("at_once", [False, True])
@settings(deadline=None, max_examples=25)
@given(branches)
def test_it_is_the_closed_test_of_all_intersections(at_once, family):
    if at_once:
        family = [Branch(b.pooled, (), b.settings) for b in family]
    nodes, values = [], []
    for i, branch in enumerate(family):
        for name, p_values in branch.questions.items():
            nodes += [(i, name, j) for j in range(len(p_values))]
            values += p_values
    weights, edges = graph(nodes, at_once)
    assert weights.sum() == pytest.approx(1)
    assert (edges.sum(axis=1) <= 1 + 1e-12).all()
    expected = closed(np.array(values), weights, edges)
    passed = walk(family, settings_at_once=at_once)
    found = [p for b in passed for p_values in b.adjusted.questions.values() for p in p_values]
    assert found == pytest.approx(expected, abs=1e-6)
    shares = [s for b in passed for own in b.shares.questions.values() for s in own]
    for p, adjusted, share in zip(values, found, shares, strict=True):
        assert (p < 0.05 * share) == (adjusted < 0.05) or abs(adjusted - 0.05) < 1e-6


@settings(deadline=None, max_examples=40)
@given(st.lists(st.one_of(st.none(), ps), min_size=1, max_size=8))
def test_with_pooled_comparisons_alone_it_is_holms_method(p_values):
    ours = [branch.pooled for branch in gate([Branch(p) for p in p_values])]
    assert ours == pytest.approx(holm(p_values), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(branches)
def test_no_setting_is_shown_before_a_question_that_opens_it(family):
    for branch in gate(family):
        opened = min([branch.pooled, *branch.interactions])
        assert all(p >= opened for p in branch.settings)


def test_settings_of_a_candidate_without_an_answer_stay_closed():
    first, second = gate([Branch(0.9, (0.9,), (1e-9, 1e-9)), Branch(1e-9, (0.9,), (1e-9, 0.9))])
    assert first.settings == (1.0, 1.0)
    assert second.pooled < 1e-6
    assert second.settings[0] < 1e-6
    assert second.settings[1] == 1.0


def test_an_interaction_opens_settings_that_cancel_out():
    [found] = gate([Branch(0.9, (1e-9, 0.9), (1e-6, 1e-6))])
    assert found.interactions[0] == pytest.approx(1e-9 / 0.1)
    assert max(found.settings) < 0.001
    assert found.pooled == 1.0


def test_shares_pass_from_answered_candidates_to_the_others():
    alone = gate([Branch(0.02, (), (0.5,)), Branch(0.9, (), (0.5,))])[0].pooled
    helped = gate([Branch(0.02, (), (0.5,)), Branch(1e-9, (), (0.5,))])[0].pooled
    whole = gate([Branch(0.02, (), (0.5,)), Branch(1e-9, (), (1e-9,))])[0].pooled
    assert (alone, helped) == (0.04, pytest.approx(0.02 / 0.75))
    assert whole == pytest.approx(0.02, rel=1e-4)


def test_what_was_not_tested_stays_none_and_takes_no_share():
    found = gate([Branch(None, (), (None, 0.001)), Branch(0.01, (None,), (None, 0.002))])
    assert found[0] == Branch(None, (), (None, 1.0))
    assert found[1].pooled == pytest.approx(0.01)
    assert found[1].interactions == (None,)
    assert found[1].settings[0] is None


def test_no_branch_is_no_result():
    assert gate([]) == ()
