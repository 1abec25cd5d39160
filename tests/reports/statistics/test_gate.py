"""One error budget for pooled comparisons and settings, against closed testing written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import gate as gating
from reports.statistics.gate import Branch, adjust, gate
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


@settings(deadline=None, max_examples=25)
@given(branches)
def test_it_is_the_closed_test_of_all_intersections(family):
    nodes, values = [], []
    for i, branch in enumerate(family):
        for name, p_values in branch.questions.items():
            nodes += [(i, name, j) for j in range(len(p_values))]
            values += p_values
    weights, edges = gating._graph(nodes)
    assert weights.sum() == pytest.approx(1)
    assert (edges.sum(axis=1) <= 1 + 1e-12).all()
    p = np.array(values)
    assert adjust(p, weights, edges) == pytest.approx(closed(p, weights, edges), abs=1e-9)


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
