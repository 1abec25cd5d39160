"""The lean step and the plain one are the same step; intervals hold what they say."""

import random

import pytest
import torch

from bench.speed import turns
from bench.speed.images_of_noise import digits_of_noise
from bench.speed.inference import INFERENCE_GOALS, inference, plainly
from bench.speed.lean_steps import lean_steps
from bench.speed.plain import PlainDropout, plain
from bench.speed.stacked_steps import stacked_steps
from bench.speed.turns import Turns, interval
from noprop_core import registry
from noprop_core.image_path import Dropout
from noprop_core.method import Method
from noprop_core.seeding import Streams

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def task():
    return digits_of_noise(CPU)


@pytest.mark.parametrize("name", registry.built_in())
def test_lean_steps_are_plain_ones_to_the_bit(name: str, task) -> None:
    kind = registry.find(name)
    options = {"width": 0.25} | ({"steps": 5} if "steps" in kind.Config.model_fields else {})
    pair = [
        k(kind.Config.model_validate(options), task, 2, Streams(0)) for k in (kind, plain(kind))
    ]
    for start in (0, 32, 64):
        indices_B = torch.arange(start, start + 32)
        losses = [losses_of(method, task.training_batch(indices_B)) for method in pair]
        assert all(map(torch.equal, *losses))
    ours, theirs = (method.network.state_dict() for method in pair)
    counted = {key for key in theirs if key.endswith("num_batches_tracked")}
    assert ours.keys() == theirs.keys() - counted
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    assert all(int(theirs[key]) == 3 for key in counted)
    moments = [
        [
            state[key]
            for o in method.optimizers
            for state in o.state.values()
            for key in sorted(state)
        ]
        for method in pair
    ]
    assert all(map(torch.equal, *moments))


def losses_of(method: Method, batch) -> list[torch.Tensor]:
    method.network.train()
    return [stage(*batch) for stage in method.stages]


def test_plain_steps_draw_masks_as_torch_does(task) -> None:
    kind = plain(registry.find("noprop-dt"))
    made = kind(kind.Config.model_validate({"width": 0.1}), task, 2, Streams(0))
    layers = [layer for layer in made.network.modules() if isinstance(layer, Dropout)]
    assert layers
    assert all(type(layer) is PlainDropout for layer in layers)


def test_rows_are_ratios_of_the_same_work_in_turns(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(
        turns, "seconds_of", lambda work, device, repeats: calls.append(work) or (2, 3)
    )
    rows = list(lean_steps(CPU, 3, only="dfa"))
    assert rows == [Turns("step of dfa", (1.0,) * 3, (1.0,) * 3)]
    first, second = calls[:2]
    assert calls == [first, second, second, first] * 2 + [first, second]


def test_the_interval_holds_the_true_median_as_often_as_it_says() -> None:
    source = random.Random(0)
    for count in (6, 15, 40):
        found = [interval([source.gauss(1, 1) for _ in range(count)]) for _ in range(1000)]
        covered = sum(i.low <= 1 <= i.high for i in found)
        assert 945 <= covered <= 995
        assert all(i.low <= i.median <= i.high for i in found)


def test_few_rounds_give_their_extremes() -> None:
    assert interval([3.0, 1.0, 2.0]) == turns.Interval(2.0, 1.0, 3.0)


def test_rows_of_inference_compare_the_same_scores(monkeypatch, task) -> None:
    calls = {}
    monkeypatch.setattr(turns, "seconds_of", lambda work, *_: calls.setdefault(work, (2, 3)))
    rows = list(inference(CPU, 1, only="noprop"))
    assert [row.name for row in rows] == ["inference of noprop-ct", "inference of noprop-fm"]
    assert {row.cpu for row in rows} == {(1.0,)}
    options = {"steps": 20, "width": 0.25}
    for name in INFERENCE_GOALS:
        kind = registry.find(name)
        pair = [
            k(kind.Config.model_validate(options), task, None, Streams(0))
            for k in (kind, plainly(kind))
        ]
        with torch.no_grad():
            x_BCHW, _ = task.training_batch(torch.arange(40))
            scores = [
                m.logits(m.encode(x_BCHW), torch.Generator().manual_seed(0))
                for m in pair
                if m.network.eval()
            ]
        torch.testing.assert_close(*scores, rtol=1e-4, atol=1e-4)


def test_the_row_of_stacked_blocks_times_both_executions(monkeypatch) -> None:
    taken = []
    monkeypatch.setattr(turns, "seconds_of", lambda work, *_: taken.append(work()) or (2, 3))
    row = stacked_steps(CPU, 1, timesteps=2)
    assert row == Turns("stacked blocks of noprop-dt, T = 2", (1.0,), (1.0,))
    assert len(taken) == 6
