"""The plainly written original and the one-pass step are the same; overhead adds up."""

import copy

import pytest
import torch

from bench.execute.in_process import InProcess
from bench.records.record import Phases
from bench.speed import original, overhead, start_up, turns
from bench.speed.images_of_noise import mnist_of_noise
from bench.speed.original_step import original_cnn, original_mlps, original_step
from bench.speed.overhead import Overhead
from noprop_core.methods.noprop_shared import NoPropShared
from noprop_core.seeding import Streams
from noprop_core.shared import SharedConfig

CPU = torch.device("cpu")
T = 3


class Pair:
    """One network trained by the one-pass step and its copy trained by the original, in double."""

    def __init__(self):
        self.task = mnist_of_noise(CPU, 64)
        self.method = NoPropShared(SharedConfig(width=0.25), self.task, T, Streams(3))
        self.method.network.double()
        network = copy.deepcopy(self.method.network)
        self.cnn, self.mlps = original_cnn(network), original_mlps(network)
        self.optimizers = [
            torch.optim.Adam(part.parameters(), lr=1e-3, weight_decay=1e-5)
            for part in (self.cnn, *self.mlps)
        ]

    def batch(self, seed):
        generator = torch.Generator().manual_seed(seed)
        indices_B = torch.randperm(64, generator=generator)[:16]
        x_BCHW, y_B = self.task.training_batch(indices_B)
        u_BK, z_TBK = self.method.noised_labels(y_B)
        return x_BCHW.double(), y_B, u_BK.double(), z_TBK.double()

    def step(self, seed):
        """Take one step of each on the same images and the same noise; return both losses."""
        x_BCHW, y_B, u_BK, z_TBK = self.batch(seed)
        self.method.noised_labels = lambda labels_B: (u_BK, z_TBK)
        one_pass = self.method.train_step(x_BCHW, y_B)
        del self.method.noised_labels
        original = original_step(
            self.cnn, self.mlps, self.optimizers, x_BCHW.contiguous(), u_BK, z_TBK
        )
        return one_pass, original

    def weights(self):
        """Return pairs of tensors that must stay equal, the one-pass step's first."""
        layers = (torch.nn.Conv2d, torch.nn.Linear)
        ours = [layer for layer in self.method.network.cnn if isinstance(layer, layers)]
        theirs = [layer for layer in self.cnn if isinstance(layer, layers)]
        for mine, other in zip(ours, theirs, strict=True):
            yield mine.weight, other.weight
            yield mine.bias, other.bias
        mlps = self.method.network.mlps
        for t, mlp in enumerate(self.mlps):
            for stacked, layer in ((mlps.first, mlp[0]), (mlps.second, mlp[2])):
                yield stacked.weight_TIO[t].T, layer.weight
                yield stacked.bias_T1O[t, 0], layer.bias


@pytest.fixture
def pair():
    return Pair()


def test_both_start_from_the_same_weights_and_do_not_share_them(pair):
    pairs = list(pair.weights())
    assert len(pairs) == 2 * 3 + 4 * T
    for mine, other in pairs:
        assert torch.equal(mine, other)
        assert mine.data_ptr() != other.data_ptr()


def test_the_original_order_of_layers_gives_the_same_features(pair):
    x_BCHW, *_ = pair.batch(0)
    torch.testing.assert_close(
        pair.cnn(x_BCHW.contiguous()), pair.method.network.cnn(x_BCHW), rtol=1e-12, atol=1e-13
    )


def test_the_mlps_one_by_one_estimate_what_they_do_side_by_side(pair):
    x_BCHW, _, _, z_TBK = pair.batch(0)
    h_BF = pair.method.network.cnn(x_BCHW)
    together = pair.method.network.mlps(h_BF, z_TBK)
    for t, mlp in enumerate(pair.mlps):
        alone = mlp(torch.cat((h_BF, z_TBK[t]), dim=1))
        torch.testing.assert_close(alone, together[t], rtol=1e-12, atol=1e-13)


def test_both_steps_end_at_the_same_weights(pair):
    start = [mine.detach().clone() for mine, _ in pair.weights()]
    for number in range(4):
        one_pass, original = pair.step(number)
        torch.testing.assert_close(one_pass, original, rtol=1e-11, atol=0)
    for before, (mine, other) in zip(start, pair.weights(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-11)
        assert not torch.equal(before, mine)


def test_the_original_passes_the_cnn_once_more_for_every_mlp(pair):
    passes = []
    pair.cnn.register_forward_hook(lambda *_: passes.append("original"))
    pair.method.network.cnn.register_forward_hook(lambda *_: passes.append("one pass"))
    pair.step(0)
    assert passes.count("one pass") == 1
    assert passes.count("original") == T + 1


def test_the_original_is_timed_against_one_pass(monkeypatch):
    monkeypatch.setattr(turns, "seconds_of", lambda work, *_: (work(), (9.0, 9.0))[1])
    assert original.compare_steps(CPU, rounds=2, timesteps=1).wall == (1.0, 1.0)


def test_overhead_is_what_is_neither_training_nor_evaluation():
    spent = Phases(data=1.0, warm_up=0.5, building=0.25, training=6.0, evaluation=2.0, wall=10.0)
    assert Overhead(spent, server_seconds=0.25, cells=3).share == pytest.approx(0.2)
    assert Overhead(Phases(training=4.0, wall=4.0), server_seconds=0.0, cells=1).share == 0.0


def test_the_overhead_of_a_study_adds_up_its_cells_seed_by_seed(study):
    small = study(seeds=[0, 1], budget={"epochs": 1})
    each = overhead.measure_overhead(CPU, small, InProcess())
    assert [spent.cells for spent in each] == [3, 3]
    for spent in each:
        inside = spent.phases.model_dump(exclude={"wall"})
        assert min(inside["training"], inside["evaluation"], inside["warm_up"]) > 0
        assert sum(inside.values()) + spent.server_seconds <= spent.phases.wall
        assert 0 < spent.share < 1
    # As in the study itself, later seeds know what their first one counted.
    assert [spent.phases.counting > 0 for spent in each] == [True, False]


def test_parts_of_the_overhead_add_up_to_it():
    spent = Phases(data=1.0, warm_up=0.5, building=0.25, training=6.0, evaluation=1.0, wall=10.0)
    each = [Overhead(spent, 0.25, 3), Overhead(spent, 0.25, 3)]
    parts = overhead.parts(each)
    assert sum(parts.values()) == pytest.approx(each[0].share)
    assert parts["data sets"] == pytest.approx(0.1)
    assert min(parts.values()) >= 0


def test_the_cpu_time_of_an_answer_is_its_own_process_s():
    assert start_up.cpu_seconds(["-c", "pass"]) > 0
    with pytest.raises(AssertionError, match="nothing like it"):
        start_up.cpu_seconds(["-c", "raise SystemExit('nothing like it')"], 0)
