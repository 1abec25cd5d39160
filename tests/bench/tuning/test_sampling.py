"""Which options trials try: in their ranges, the same every time, whatever died in between."""

import math

import pytest

from bench.tuning.sampling import Told, is_above_median, quasi_random, tree_parzen
from noprop_core.search import Choice, Range

SPACE = {
    "depth": Range(low=1, high=3),
    "kind": Choice(values=["a", "b"]),
    "rate": Range(low=1e-4, high=1e-1, log=True),
    "width": Range(low=1.0, high=2.0),
}
NOW = {"depth": 2, "kind": "a", "rate": 0.01, "width": 1.5}


@pytest.fixture(scope="module")
def points():
    return quasi_random(SPACE, NOW, 32, seed=3)


def assert_inside(point):
    assert list(point) == sorted(SPACE)
    assert 1e-4 <= point["rate"] <= 1e-1
    assert 1.0 <= point["width"] <= 2.0
    assert point["depth"] in (1, 2, 3)
    assert type(point["depth"]) is int
    assert point["kind"] in ("a", "b")


def test_points_lie_in_the_space_and_fill_it_evenly(points):
    for point in points:
        assert_inside(point)
    # Of a scrambled Sobol sequence, in each dimension every 16th has two of 32 points, or, where
    # the sequence does not begin at a power of two, hardly fewer; random ones leave many empty.
    shares = [math.log10(p["rate"] / 1e-4) / 3 for p in points]
    assert len({int(16 * share) for share in shares}) >= 15
    assert {p["depth"] for p in points} == {1, 2, 3}
    assert {p["kind"] for p in points} == {"a", "b"}


def test_more_points_begin_alike_and_another_seed_has_others(points):
    assert quasi_random(SPACE, NOW, 5, seed=3) == points[:5]
    assert quasi_random(SPACE, NOW, 5, seed=4) != points[:5]


def test_methods_with_the_same_space_try_the_same_points():
    rates = {"rate": SPACE["rate"]}
    assert quasi_random(rates, NOW, 4, 0) == quasi_random(dict(rates), NOW | {"rate": 0.05}, 4, 0)


def test_numbers_are_short_enough_to_read(points):
    assert all(float(f"{p[name]:.4g}") == p[name] for p in points for name in ("rate", "width"))


def test_a_parzen_estimator_goes_where_trials_did_well():
    past = [Told(NOW, 0.0)]
    while len(past) < 40:
        options = tree_parzen(SPACE, NOW, past, seed=0)
        assert_inside(options)
        past.append(Told(options, -abs(math.log10(options["rate"] / 1e-3))))
    early, late = (
        sum(-trial.value for trial in part) / len(part) for part in (past[1:11], past[-10:])
    )
    assert late < early / 2


def test_what_it_proposes_follows_from_the_trials_before_alone():
    past = [Told(NOW | {"rate": 10**-n}, float(n)) for n in range(1, 5)]
    assert tree_parzen(SPACE, NOW, past, 0) == tree_parzen(SPACE, NOW, list(past), 0)
    assert tree_parzen(SPACE, NOW, past, 0) != tree_parzen(SPACE, NOW, past, 1)


def test_an_own_value_outside_its_range_is_no_stumbling_block():
    outside = Told(NOW | {"rate": 0.0, "kind": "c"}, 0.9)
    assert_inside(tree_parzen(SPACE, NOW, [outside], 0))


def test_a_trial_is_pruned_above_the_median_once_there_are_enough():
    past = [(loss, loss) for loss in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert is_above_median(past, [0.31])
    assert not is_above_median(past, [0.29])
    assert not is_above_median(past[:4], [9.0]), "the first five are never pruned"
