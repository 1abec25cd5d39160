"""Methods that ask whether the chain matters: ensembles, blocks without z, deep supervision."""

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode

from noprop_core import registry
from noprop_core.training import train_epoch

SAME_FLOPS = [name for name in registry.names() if registry.find(name).same_flops_as]


def flops_of_an_epoch(method, task) -> int:
    """Count one batch in every pass, whose number the passes' share of images stands for."""
    method.network.train()
    counter = FlopCounterMode(display=False)
    with counter:
        for stage in method.stages:
            stage(*task.training_batch(torch.arange(24)))
    return counter.get_total_flops()


@pytest.mark.parametrize("width", [0.25, 1.0])
@pytest.mark.parametrize("name", SAME_FLOPS)
def test_it_costs_as_much_as_declared(name: str, width: float, make, stripes) -> None:
    other = registry.find(name).same_flops_as
    counts = [flops_of_an_epoch(make(n, width=width), stripes) for n in (name, other)]
    assert counts[0] == pytest.approx(counts[1], rel=0.01)


def test_there_are_methods_of_equal_cost_as_the_chain_s_question_needs() -> None:
    assert {"classifier-ensemble", "blocks-without-z", "backprop-deep"} <= set(SAME_FLOPS)


@pytest.mark.parametrize("steps", [2, 5])
def test_back_propagation_through_the_chain_costs_the_same_as_noprop(steps, make, stripes) -> None:
    pair = [make(name, timesteps=steps) for name in ("backprop", "noprop-dt")]
    counts = [flops_of_an_epoch(method, stripes) for method in pair]
    assert counts[0] == pytest.approx(counts[1], rel=0.01)


@pytest.mark.parametrize("name", ["classifier-ensemble", "blocks-without-z"])
def test_it_starts_from_the_weights_of_noprop_dt_s_blocks(name: str, make) -> None:
    blocks = [make(n).blocks() for n in (name, "noprop-dt")]
    for mine, theirs in zip(*blocks, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))


def test_blocks_without_z_say_the_same_whatever_z_is(make, batch) -> None:
    method = make("blocks-without-z")
    method.network.eval()
    features = method.encode(batch[0])
    for t in (1, 2, 3):
        said = [method.block_logits(t, features[t - 1], z * torch.ones(24, 3)) for z in (0, 5)]
        assert torch.equal(*said)
    seen = make("noprop-dt")
    seen.network.eval()
    features = seen.encode(batch[0])
    said = [seen.block_logits(1, features[0], z * torch.ones(24, 3)) for z in (0, 5)]
    assert not torch.equal(*said)


def test_a_member_of_the_ensemble_learns_as_if_it_were_alone(make, stripes) -> None:
    both, one = make("classifier-ensemble", timesteps=2), make("classifier-ensemble", timesteps=1)
    for method in (both, one):
        order = torch.Generator().manual_seed(0)
        batches = stripes.epoch_indices(32, order)
        train_epoch(method, method.stages, stripes, batches)
    for first, alone in zip(both.blocks()[0], one.blocks()[0], strict=True):
        assert torch.equal(first, alone)


def test_the_ensemble_averages_probabilities(make, batch) -> None:
    ensemble = make("classifier-ensemble")
    ensemble.network.eval()
    encoded = ensemble.encode(batch[0])
    mean = torch.stack([logits.softmax(dim=1) for logits in encoded]).mean(dim=0)
    got = ensemble.logits(encoded, torch.Generator()).exp()
    torch.testing.assert_close(got, mean, rtol=1e-5, atol=1e-7)


def test_deep_supervision_adds_each_block_s_cross_entropy(make, reference, batch) -> None:
    """The chain's loss is the reference's, the rest from every state spelled out."""
    methods = [make("backprop-deep", block_weight=0.7) for _ in range(2)]
    for method in methods:
        method.network.double().eval()
    deep, twin = methods
    x_BCHW, y_B = batch[0].double(), batch[1]

    def noise(batch: int, generator: torch.Generator) -> torch.Tensor:
        return torch.full((batch, 3), 0.3, dtype=torch.float64)

    deep.pure_noise = noise
    loss = deep.train_step(x_BCHW, y_B)
    z, gates, embeddings = noise(24, deep.noise), twin.network.gates_T, torch.eye(3).double()
    chain = reference("backprop").chain_loss(
        list(twin.network.blocks), twin.network.head.linear, gates, x_BCHW, y_B, z, embeddings
    )
    terms = []
    for block, gate in zip(twin.network.blocks, gates, strict=True):
        logits = block(x_BCHW, z)
        terms.append(cross_entropy(logits, y_B))
        z = (1 - gate.tanh()) * z + gate.tanh() * logits.softmax(dim=1)
    expected = chain + 0.7 * sum(terms) / 3
    torch.testing.assert_close(loss, expected.detach(), rtol=1e-10, atol=0)
    expected.backward()
    pairs = zip(deep.network.parameters(), twin.network.parameters(), strict=True)
    for got, want in pairs:
        torch.testing.assert_close(got.grad, want.grad, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("steps", [2, 8])
@pytest.mark.parametrize("width", [0.25, 0.5])
def test_a_wide_classifier_has_as_many_parameters_as_the_chain(make, steps, width) -> None:
    chain = sum(w.numel() for block in make("noprop-dt", timesteps=steps, width=width).blocks()
                for w in block)  # fmt: skip
    wide = make("classifier", width=width, chain_of=steps).parameter_count()
    assert wide == pytest.approx(chain, rel=0.12)  # layers are multiples of eight
    assert make("classifier", width=width).parameter_count() < chain / steps


def test_both_orders_of_the_chain_have_seen_the_same_number_of_images(make) -> None:
    orders = [make("noprop-dt", order=order) for order in ("sequential", "interleaved")]
    assert [method.passes_per_epoch for method in orders] == [3, 3]
    assert make("classifier-ensemble").passes_per_epoch == 3
    assert make("classifier").passes_per_epoch is None
