"""The front of accuracy against cost, by hand, by definition, and under resampling of seeds."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reports.input.pairing import group_runs
from reports.input.runs import latest_per_seed, read_runs
from reports.pareto.estimates import front_facts, on_front, pareto_fronts
from reports.statistics.bootstrap import RESAMPLES, draw

NAN = float("nan")


def frame_of(points, dataset="digits"):
    """Make one row per run; a point maps (method, batch, T) to (accuracy, seconds, MiB) by seed.

    A run that is `None` failed.
    """
    rows = []
    for (method, batch, t), runs in points.items():
        for seed, run in enumerate(runs):
            accuracy, seconds, mib = run or (NAN, NAN, NAN)
            rows.append(
                {
                    "cell": f"{dataset}-{method}-{batch}-{t}-{seed}",
                    "status": "ok" if run else "diverged",
                    "method": method, "dataset": dataset, "batch_size": batch, "timesteps": t,
                    "seed": seed, "device": "cpu", "budget": "5 epochs",
                    "torch_version": "2.11.0", "code_version": "abc", "data_checksum": "d00d",
                    "device_name": "a processor", "started_at": "2026-01-01T00:00:00",
                    "failure": "", "test_accuracy": accuracy / 100, "epoch_seconds": seconds / 5,
                    "train_seconds": seconds, "peak_memory_bytes": mib * 2**20,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def fronts_of(frame, plan):
    """Return the front over time and the one over memory of a single place."""
    kept, _ = latest_per_seed(read_runs(frame))
    by_cost = {front.cost.column: front for front in pareto_fronts(group_runs(kept), plan)}
    return by_cost["train_seconds"], by_cost["peak_memory_bytes"]


def names(points):
    return [(p.method, p.setting.batch_size, p.setting.timesteps) for p in points]


def steady(*triple, seeds=3):
    return [triple] * seeds


def beats(p, q):
    """Whether point `p` is at least as good as `q` in both, and better in one."""
    at_least = p[0] >= q[0] and p[1] <= q[1]
    return at_least and (p[0] > q[0] or p[1] < q[1])


def by_definition(accuracy, cost):
    points = list(zip(accuracy, cost, strict=True))
    return [p[0] > -np.inf and not any(beats(q, p) for q in points) for p in points]


BY_HAND = {
    ("cheap", 64, 2): steady(80, 1, 50),
    ("middle", 64, 2): steady(90, 2, 20),
    ("dear", 64, 2): steady(95, 8, 40),
    ("beaten in both", 64, 2): steady(85, 3, 60),
    ("as accurate but dearer", 64, None): steady(90, 4, 30),
    ("as cheap but worse", 128, 4): steady(70, 1, 50),
}


def test_the_front_of_an_example_made_by_hand(plan):
    time, memory = fronts_of(frame_of(BY_HAND), plan)
    assert names(time.members) == [("cheap", 64, 2), ("middle", 64, 2), ("dear", 64, 2)]
    assert names(memory.members) == [("middle", 64, 2), ("dear", 64, 2)]
    assert [p.accuracy for p in time.members] == pytest.approx([80, 90, 95])
    assert [p.cost for p in time.members] == [1, 2, 8]
    assert [p.cost for p in memory.members] == [20 * 2**20, 40 * 2**20]
    # Runs that never vary have the same front in every resample.
    assert all(p.share == (1.0 if p.on_front else 0.0) for p in time.points)
    assert (time.seeds, time.resamples) == (3, RESAMPLES)


def test_equal_points_share_the_front_and_beaten_ones_do_not(plan):
    points = {
        ("twin a", 64, 2): steady(90, 2, 20),
        ("twin b", 64, 2): steady(90, 2, 20),
        ("low twin a", 64, 2): steady(85, 3, 20),
        ("low twin b", 64, 2): steady(85, 3, 20),
    }
    time, memory = fronts_of(frame_of(points), plan)
    for front in (time, memory):
        assert names(front.members) == [("twin a", 64, 2), ("twin b", 64, 2)]
        assert [p.share for p in front.members] == [1.0, 1.0]


def test_equal_means_of_unequal_seeds_are_equal(plan):
    # Summed in these two orders, the means differ in the last bit.
    accuracies = [100 * k / 360 for k in (320, 321, 326)]
    points = {
        ("a", 64, 2): [(x, 2, 20) for x in accuracies],
        ("b", 64, 2): [(x, 2, 20) for x in (accuracies[2], accuracies[0], accuracies[1])],
    }
    frame = frame_of(points)
    time, _ = fronts_of(frame, plan)
    assert names(time.members) == [("a", 64, 2), ("b", 64, 2)]


def test_a_method_that_always_fails_is_counted_and_never_on_the_front(plan):
    points = BY_HAND | {("failing", 64, 2): [None, None, None]}
    time, _ = fronts_of(frame_of(points), plan)
    [point] = [p for p in time.points if p.method == "failing"]
    assert (point.accuracy, point.cost, point.n, point.share) == (None, None, 0, None)
    assert (point.runs, point.failures, point.on_front) == (3, 3, False)
    facts = front_facts(time)
    assert (facts.compared, facts.without_numbers) == (6, 1)
    assert fronts_with_nothing_finished(plan) == ()


def fronts_with_nothing_finished(plan):
    kept = read_runs(frame_of({("failing", 64, 2): [None, None, None]}))
    return pareto_fronts(group_runs(kept), plan)


def test_means_cover_runs_with_both_numbers(plan):
    points = {
        ("a", 64, 2): [(90, 2, 20), (80, NAN, 10), (NAN, 4, 30), (70, 6, 40), None],
        ("b", 64, 2): steady(50, 9, 90, seeds=5),
    }
    time, memory = fronts_of(frame_of(points), plan)
    over_time, over_memory = time.points[0], memory.points[0]
    assert (over_time.accuracy, over_time.cost) == (pytest.approx(80), 4)
    assert (over_time.n, over_time.runs, over_time.failures) == (2, 5, 1)
    assert over_time.share is None  # two runs: no spread to speak of
    assert (over_memory.accuracy, over_memory.n) == (pytest.approx(80), 3)
    assert over_memory.cost == pytest.approx(70 / 3 * 2**20)
    assert over_memory.share is not None


@pytest.mark.parametrize(("seeds", "known"), [(1, False), (2, False), (3, True)])
def test_fewer_than_three_seeds_have_no_share(plan, seeds, known):
    points = {key: runs[:seeds] for key, runs in BY_HAND.items()}
    time, _ = fronts_of(frame_of(points), plan)
    assert all((p.share is not None) is known for p in time.points)
    assert len(time.members) == 3
    assert (front_facts(time).least_steady is not None) is known


def noisy(seeds=6, failing=True):
    rng = np.random.default_rng(5)
    shared = rng.normal(0, 3, seeds)
    points = {}
    for i, method in enumerate(("a", "b", "c", "d")):
        for t in (2, 4):
            points[method, 64, t] = [
                (85 + i + shared[s] + rng.normal(0, 1), 2 + i + t + rng.normal(0, 0.8), 20 + i)
                for s in range(seeds)
            ]
    if failing:
        points["a", 64, 2] = [None, None, *points["a", 64, 2][2:]]
        points["d", 64, 4] = [None, *points["d", 64, 4][1:]]
    return points


def test_shares_are_those_of_resampling_seeds_one_by_one(plan):
    points = noisy()
    time, memory = fronts_of(frame_of(points), plan)
    (drawn,) = draw([range(6)], generator=np.random.default_rng(plan.random_seed))
    for place, front in ((1, time), (2, memory)):
        hits = dict.fromkeys(points, 0)
        for counts in drawn.astype(int):
            means = {}
            for key, runs in points.items():
                own = [run for run, k in zip(runs, counts, strict=True) for _ in range(k) if run]
                if own:
                    means[key] = (np.mean([r[0] for r in own]), np.mean([r[place] for r in own]))
            for key, mean in means.items():
                hits[key] += not any(beats(other, mean) for other in means.values())
        shares = {key: hits[key] / RESAMPLES for key in points}
        found = dict(zip(names(front.points), (p.share for p in front.points), strict=True))
        assert found == pytest.approx(shares, abs=2e-3)  # a tie may fall either way by rounding
        assert len({*found.values()} - {0.0, 1.0}) >= 2


def test_a_resample_without_a_run_of_the_point_counts_against_it(plan):
    lucky = {("lucky", 64, 2): [(99, 1, 1)] * 3 + [None] * 3, ("b", 64, 2): steady(50, 9, 9)}
    lucky["b", 64, 2] *= 2
    time, _ = fronts_of(frame_of(lucky), plan)
    shares = {p.method: p.share for p in time.points}
    (drawn,) = draw([range(6)], generator=np.random.default_rng(plan.random_seed))
    has_it = (drawn[:, :3].sum(axis=1) > 0).mean()
    assert has_it < 1
    assert shares == {"lucky": pytest.approx(has_it), "b": pytest.approx(1 - has_it)}


def test_what_a_seed_does_to_all_methods_alike_moves_none(plan):
    """Ten points of luck per seed, one point between the methods: paired, that is certain."""
    luck = [0, 10, 20, 30, 40, 50]
    points = {
        ("a", 64, 2): [(40 + x, 2, 20) for x in luck],
        ("b", 64, 2): [(41 + x, 1, 20) for x in luck],
    }
    time, _ = fronts_of(frame_of(points), plan)
    assert {p.method: p.share for p in time.points} == {"a": 0.0, "b": 1.0}


def test_the_order_of_rows_changes_nothing(plan):
    frame = frame_of(noisy())
    shuffled = frame.sample(frac=1, random_state=4).reset_index(drop=True)
    assert fronts_of(shuffled, plan) == fronts_of(frame, plan)


def test_renaming_changes_nothing_but_the_names(plan):
    new = {"a": "z", "b": "y", "c": "m", "d": "<b>"}
    frame = frame_of(noisy())
    renamed = frame.assign(method=frame.method.map(new))
    for front, other in zip(fronts_of(frame, plan), fronts_of(renamed, plan), strict=True):
        mapped = {dataclasses.replace(p, method=new[p.method]) for p in front.points}
        assert mapped == set(other.points)


def test_the_seed_of_resampling_is_the_plans(plan):
    frame = frame_of(noisy())
    assert fronts_of(frame, plan) == fronts_of(frame, plan)
    assert fronts_of(frame, plan) != fronts_of(frame, plan.model_copy(update={"random_seed": 1}))


def test_places_are_never_pooled(plan):
    frame = pd.concat([frame_of(BY_HAND), frame_of(BY_HAND, dataset="mnist")])
    frame.loc[frame.dataset == "mnist", "test_accuracy"] *= 0.5
    found = pareto_fronts(group_runs(read_runs(frame)), plan)
    assert [(f.dataset, f.cost.slug) for f in found] == [
        ("digits", "train-time"), ("digits", "memory"),
        ("mnist", "train-time"), ("mnist", "memory"),
    ]  # fmt: skip
    assert len(found[0].members) == len(found[2].members) == 3


def test_the_facts_name_the_unsteady_member_its_rival_and_the_failures(plan):
    time, _ = fronts_of(frame_of(noisy()), plan)
    facts = front_facts(time)
    assert facts.members == time.members
    costs = [p.cost for p in facts.members]
    assert costs == sorted(costs)
    assert facts.least_steady.share == min(p.share for p in facts.members)
    off = [p for p in time.points if not p.on_front]
    assert facts.rival in off
    assert facts.rival.share == max(p.share for p in off) > 0
    assert {p.method for p in facts.with_failures} <= {"a", "d"}
    assert all(p.failures for p in facts.with_failures)
    alone, _ = fronts_of(frame_of({("a", 64, 2): [(90, 1, 1), None, *steady(90, 1, 1)]}), plan)
    assert front_facts(alone).rival is None
    assert front_facts(alone).with_failures == alone.members


values = st.one_of(st.integers(0, 4).map(float), st.floats(0, 100, allow_nan=False))
sizes = st.tuples(st.integers(1, 3), st.integers(1, 12))


@given(st.data(), sizes)
def test_the_front_is_that_of_the_definition(data, shape):
    accuracy = data.draw(arrays(float, shape, elements=values))
    cost = data.draw(arrays(float, shape, elements=values))
    missing = data.draw(arrays(bool, shape, elements=st.booleans()))
    accuracy, cost = np.where(missing, -np.inf, accuracy), np.where(missing, np.inf, cost)
    for row, found in enumerate(on_front(accuracy, cost)):
        assert found.tolist() == by_definition(accuracy[row], cost[row])
