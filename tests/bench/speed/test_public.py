"""The published steps do what is said of them, on networks of the same size as ours."""

import math
from itertools import pairwise

import pytest
import torch

from bench.speed import public, turns
from bench.speed.images_of_noise import digits_of_noise
from bench.speed.plain import plain
from bench.speed.public_steps import BlockByBlock, TwoPasses
from bench.speed.setting import Setting
from noprop_core.image_path import ImagePath
from noprop_core.methods.noprop_ct import NoPropCT
from noprop_core.methods.noprop_dt import NoPropDT
from noprop_core.seeding import Streams

CPU = torch.device("cpu")
SMALL = {"width": 0.25, "embedding": public.EMBEDDING}
T = 3


@pytest.fixture(scope="module")
def task():
    return digits_of_noise(CPU)


def built(kind, task):
    return kind(kind.Config.model_validate(SMALL), task, T, Streams(0)).network


@pytest.fixture
def batch(task):
    return task.training_batch(torch.arange(32))


def passes_of(network, step) -> int:
    """Count what `step` sends through the convolutions."""
    count = []
    hooks = [
        path.register_forward_hook(lambda *_: count.append(1))
        for path in network.modules()
        if isinstance(path, ImagePath)
    ]
    step()
    for hook in hooks:
        hook.remove()
    return len(count)


@pytest.mark.parametrize("t", range(1, T + 1))
def test_a_batch_trains_one_block_and_what_all_share(task, batch, t) -> None:
    network = built(plain(NoPropDT), task)
    theirs, before = BlockByBlock(network), {k: v.clone() for k, v in network.named_parameters()}
    assert passes_of(network, lambda: theirs.step(t, *batch)) == 1
    moved = {k for k, v in network.named_parameters() if not torch.equal(v, before[k])}
    block = {k for k in before if k.startswith(f"blocks.{t - 1}.")}
    shared = {k for k in before if k.startswith("embedding" if t < T else ("embedding", "head"))}
    assert moved == block | shared


def test_levels_are_products_of_squared_cosines_and_gains_are_what_the_snr_grows_by(task) -> None:
    theirs = BlockByBlock(built(plain(NoPropDT), task))
    levels = [
        math.prod(math.cos(s / T * math.pi / 2) ** 2 for s in range(1, t + 1))
        for t in range(1, T + 1)
    ]
    snr = [0.0, *(level / (1 - level) for level in levels)]
    gains = [after - before for before, after in pairwise(snr)]
    assert theirs.level_T.tolist() == pytest.approx(levels, abs=1e-6)
    assert theirs.gain_T.tolist() == pytest.approx(gains, rel=1e-5)
    assert [gain > 0 for gain in gains] == [True, *[False] * (T - 1)]


def test_every_batch_passes_the_image_twice_and_ours_once(task, batch) -> None:
    network = built(plain(NoPropCT), task)
    theirs = TwoPasses(network, hidden=8)
    ours = NoPropCT(NoPropCT.Config.model_validate(SMALL), task, None, Streams(0))
    assert passes_of(network, lambda: theirs.step(*batch)) == 2
    assert passes_of(ours.network, lambda: ours.train_step(*batch)) == 1


def test_the_schedule_starts_at_both_its_ends_and_all_of_it_learns(task, batch) -> None:
    theirs = TwoPasses(built(plain(NoPropCT), task), hidden=8)
    ends = theirs.level(torch.tensor([[0.0], [1.0]])).flatten()
    assert ends.tolist() == pytest.approx([1 / (1 + math.exp(s)) for s in (3.5, -3.5)], rel=1e-5)
    learnt = [theirs.gamma_0, theirs.gamma_1, *theirs.curve.parameters()]
    before = [p.detach().clone() for p in learnt]
    theirs.step(*batch)
    assert not any(map(torch.equal, before, learnt))


def test_both_learn(task, batch) -> None:
    torch.manual_seed(0)
    continuous = TwoPasses(built(plain(NoPropCT), task), hidden=8)
    losses = [continuous.step(*batch) for _ in range(25)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    discrete = BlockByBlock(built(plain(NoPropDT), task))
    losses = [float(discrete.step(T, *batch)) for _ in range(25)]
    assert sum(losses[-5:]) < sum(losses[:5])  # its embeddings fall together as it learns: slowly


def test_networks_are_of_equal_size(task) -> None:
    for kind in (NoPropDT, NoPropCT):
        ours, theirs = (
            [p.shape for p in built(made, task).parameters()] for made in (kind, plain(kind))
        )
        assert ours == theirs


def test_rows_time_all_blocks_of_both_on_one_batch(monkeypatch) -> None:
    monkeypatch.setattr(turns, "seconds_of", lambda work, *_: (work(), (2.0, 3.0))[1])
    setting = Setting(CPU, 1, "0", None)
    rows = {r.name: r for r in public.rows(setting, batch=8, timesteps=2, width=0.125)}
    assert list(rows) == ["public/noprop-dt", "public/noprop-ct"]
    assert {row.figure.median for row in rows.values()} == {1.0}
    assert "T = 2" in rows["public/noprop-dt"].what
