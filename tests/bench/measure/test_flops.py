"""FLOPs of an epoch are torch's own count, once for all cells that differ in the seed alone."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.measure.flops import Counter, KnownFlops, count_flops
from noprop_core import registry
from noprop_core.seeding import Streams


def build(name, digits, timesteps=2):
    method = registry.find(name)
    steps = {"steps": 20} if "steps" in method.Config.model_fields else {}
    config = method.Config.model_validate({"width": 0.25} | steps)
    return method(config, digits, timesteps, Streams(0))


@pytest.mark.parametrize("name", registry.names())
def test_an_epoch_costs_what_its_batches_cost_together(name, digits):
    by_batch = [
        count_flops(build(name, digits), digits, torch.arange(size)) for size in (32, 64, 128)
    ]
    assert by_batch[0] > 0
    # In proportion to the images, whatever the batch: so the remainder of an epoch counts too.
    assert max(by_batch) <= 1.05 * min(by_batch)


# Torch's own follows modules with hooks that fail inside `autograd.grad`, called by `adjoint`.
@pytest.mark.parametrize("name", [name for name in registry.names() if name != "adjoint"])
def test_the_count_is_that_of_torch_s_own_counter(name, digits):
    indices_B = torch.arange(32)
    method = build(name, digits)
    counter = FlopCounterMode(display=False)
    method.network.train()
    with counter:
        for stage in method.stages:
            stage(*digits.training_batch(indices_B))
    expected = round(counter.get_total_flops() * len(digits.train) / len(indices_B))
    assert count_flops(build(name, digits), digits, indices_B) == expected > 0


def test_what_torch_has_no_formula_for_is_counted_by_its_parts():
    with Counter() as counter:
        torch.nn.functional.linear(torch.ones(7, 5), torch.ones(3, 5), torch.ones(3))
        torch.ones(7, 5).exp()
        with torch.inference_mode():  # where `matmul` comes whole
            torch.ones(2, 7, 5).matmul(torch.ones(5, 3))
    assert counter.flops == 2 * 7 * 5 * 3 + 2 * 2 * 7 * 5 * 3


def test_a_linear_layer_costs_what_arithmetic_says(digits):
    class Linear(registry.find("classifier")):
        name = "linear"

        def build(self):
            return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))

    method = Linear(Linear.Config(), digits, None, Streams(0))
    # Forward x W, backward the weight's gradient; the images need none. 2 per multiply-add.
    expected = 2 * 2 * len(digits.train) * 64 * 10
    assert count_flops(method, digits, torch.arange(32)) == expected


def test_every_pass_counts(digits):
    one, three = (
        count_flops(build("noprop-dt", digits, t), digits, torch.arange(32)) for t in (1, 3)
    )
    assert three == pytest.approx(3 * one, rel=0.01)


def test_a_count_is_known_for_every_seed_of_the_same_configuration(cell, record):
    torch_here = record().environment.model_copy(update={"torch": torch.__version__})
    known = KnownFlops([record(cell(seed=3), flops_per_epoch=7, environment=torch_here)])
    assert known.of(cell(seed=5)) == 7
    assert known.of(cell(seed=3, batch_size=32)) is None
    known.add(record(cell(batch_size=32), flops_per_epoch=None))
    assert known.of(cell(batch_size=32)) is None


def test_another_torch_may_count_differently(cell, record):
    assert KnownFlops([record(flops_per_epoch=7)]).of(cell()) is None
