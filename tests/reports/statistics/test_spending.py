"""Effects that were looked at several times: adjusted p-values, and the side they speak for."""

from dataclasses import replace

import numpy as np
import pytest

from reports.input import plan
from reports.statistics import sequential
from reports.statistics.estimate import student_p
from reports.statistics.paired import paired_difference
from reports.statistics.sequential import (
    level_at,
    nominal_levels,
    sequential_equivalence_p,
    sequential_p,
)
from reports.statistics.spending import spend

LOOKS = (5, 10, 20)


def effects(values, looks=LOOKS):
    return [paired_difference(values[:n], np.zeros(n), margin=0.5) for n in looks]


@pytest.fixture
def drawn():
    return np.random.default_rng(3).normal(0.4, 1.0, 20)


def test_a_look_claims_just_where_its_level_does(drawn):
    """At any share of alpha: so whatever divides alpha between comparisons holds as it is."""
    every = effects(drawn)
    p = [student_p(drawn[:n]) for n in LOOKS]
    adjusted = spend(every, every[-1], LOOKS).tests.p
    assert adjusted >= p[-1]
    for share in (adjusted * 0.999, adjusted * 1.001):
        levels = nominal_levels((0.25, 0.5, 1.0), share)
        assert (share > adjusted) is any(a <= b for a, b in zip(p, levels, strict=True))


def test_every_test_pays(drawn):
    every = effects(drawn)
    found, raw = spend(every, every[-1], LOOKS).tests, every[-1].tests
    for name in ("p", "sign_flip_p", "wilcoxon_p", "equivalence_p", "robust_p"):
        assert getattr(found, name) >= getattr(raw, name), name


def test_equivalence_spends_alpha_on_one_side():
    """Only at the last look: the level of a one-sided test is half of a two-sided one's at 2α."""
    adjusted = sequential_equivalence_p([1.0, 1.0, 0.03], LOOKS)
    level = nominal_levels((0.25, 0.5, 1.0), 2 * adjusted)[-1] / 2
    assert level == pytest.approx(0.03, rel=1e-5)


def test_before_the_first_look_nothing_is_shown(drawn):
    last = effects(drawn + 100)[0]
    found = spend([], last, LOOKS)
    assert (found.tests.p, found.looks_made) == (1.0, 0)
    assert level_at(0.05, LOOKS, 0) == 0


def test_one_look_at_all_seeds_is_the_fixed_design(drawn):
    [only] = effects(drawn, (20,))
    assert spend([only], only, (20,)).tests.p == pytest.approx(only.tests.p)
    assert level_at(0.05, (20,), 1) == pytest.approx(0.05)
    assert level_at(0.05, (), 0) == 0.05


def test_a_claim_for_the_other_side_speaks_for_none(drawn):
    """Five seeds far above, then fifteen far below: no direction is shown."""
    values = np.r_[drawn[:5] / 100 + 5, drawn[5:] / 100 - 2.0]
    every = effects(values)
    assert every[-1].effect.point < 0 < every[0].effect.point
    found = spend(every, every[-1], LOOKS)
    assert found.tests.p < 0.05
    assert not found.one_direction
    assert spend(effects(drawn), effects(drawn)[-1], LOOKS).one_direction


def test_a_look_without_a_test_claims_nothing(drawn):
    every = effects(drawn)
    untested = [None, replace(every[1], tests=None), every[2]]
    p = spend(untested, every[2], LOOKS).tests.p
    assert p == pytest.approx(sequential_p([1.0, 1.0, every[2].tests.p], LOOKS))


def test_adjusted_p_values_are_those_of_a_search():
    """The spline against the definition: the level at an adjusted p is the p."""
    for look, p in [(0, 1e-4), (1, 0.003), (2, 0.04), (2, 1e-8), (1, 0.3)]:
        values = [1.0, 1.0, 1.0]
        values[look] = p
        adjusted = sequential_p(values, LOOKS)
        assert nominal_levels((0.25, 0.5, 1.0), adjusted)[look] == pytest.approx(p, rel=1e-5)


def test_a_study_s_looks_are_those_of_the_statistics():
    assert plan.LOOKS == sequential.LOOKS
    assert plan.LAST_PER_FIRST == sequential.LAST_PER_FIRST
