"""The pretend device sees what a GPU would refuse, and options of methods keep the CPU's bits."""

import copy

import numpy
import pytest
import torch
from on_both_devices import BATCH, on_both, small_task
from pretend_device import DEVICE, HostWaits, on_pretend_device, on_the_cpu
from torch.nn.functional import cross_entropy

from noprop_core import registry
from noprop_core.methods.classifier import Classifier
from noprop_core.seeding import Streams
from noprop_core.training import train_epoch, training

pytestmark = pytest.mark.pretend

LEARNERS = [name for name, method in registry.built_in().items() if method.learns_embeddings]
RADIAL = {"embedding": {"kind": "learned"}, "head": {"probabilities": "radial"}}
STACKED = [n for n, m in registry.built_in().items() if "block_execution" in m.Config.model_fields]
CASES = [
    *((name, {"embedding": {"kind": "learned"}}) for name in LEARNERS),
    *((name, {"embedding": {"kind": "prototype"}}) for name in LEARNERS),
    *((name, RADIAL) for name in LEARNERS),
    ("noprop-dt", {"order": "interleaved"}),
    ("noprop-dt", {"order": "together"}),
    *((name, {"order": "together", "block_execution": "stacked"}) for name in STACKED),
    ("noprop-ct", {"sampler": "ode"}),
    ("noprop-fm", {"solver": "rk4", "sigma": 0.1}),
    ("adjoint", {"solver": "midpoint", "initial": "zero", "steps": 3}),
]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_with_other_options_it_computes_the_cpu_s_bits(name, options, make) -> None:
    few = {"steps": 2} if name == "adjoint" else {}
    on_cpu, on_device = on_both(lambda t: make(name, task=t, timesteps=2, **few | options))
    assert on_device.is_bit_for_bit(on_cpu)


ONE = torch.tensor(1.0)


def learn(method, x_BCHW, y_B):
    return method.minimise(cross_entropy(method.network(x_BCHW), y_B), method.optimizer)


def with_a_strange_gradient(method, x_BCHW, y_B):
    """Learn, but with the gradient of a linear layer laid out the other way."""
    loss = cross_entropy(method.network(x_BCHW), y_B)
    method.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    weight = next(p for p in method.network.parameters() if p.dim() == 2)
    weight.grad = weight.grad.T.contiguous().T
    method.optimizer.apply(method.guard.tripped)
    return loss.detach()


def beside(act):
    """Return a step that also does `act(method, x_BCHW, y_B)`, and whose loss depends on it."""

    def step(method, x_BCHW, y_B):
        found = act(method, x_BCHW, y_B)
        loss = learn(method, x_BCHW, y_B)
        return loss + 0 * found.sum() if isinstance(found, torch.Tensor) else loss

    return step


WAITS = {
    "a number read": beside(lambda m, x, y: m.guard.tripped.item()),
    "a float": beside(lambda m, x, y: float(m.guard.tripped)),
    "a truth value": beside(lambda m, x, y: bool(m.guard.tripped)),
    "a list": beside(lambda m, x, y: y.tolist()),
    "a mask as an index": beside(lambda m, x, y: x[y > 0]),
    "nonzero": beside(lambda m, x, y: (y > 0).nonzero()),
    "masked_select": beside(lambda m, x, y: torch.masked_select(x, x > 0)),
    "equal": beside(lambda m, x, y: torch.equal(y, y)),
    "numbers for numpy": beside(lambda m, x, y: m.guard.tripped.cpu().numpy()),
    "a print": beside(lambda m, x, y: print(y)),
    "a tensor of the host's filled": beside(lambda m, x, y: torch.empty(2).copy_(y[:2]) is None),
    "a list as an index": beside(lambda m, x, y: x[[0, 1]]),
    "a list put beside a tensor": beside(lambda m, x, y: x.new_tensor([1.0])),
    "a list sent to the device": beside(lambda m, x, y: torch.tensor([1.0], device=x.device)),
    "a copy to the host": beside(lambda m, x, y: y.to("cpu") is None),
    "a copy from the host": beside(lambda m, x, y: torch.ones(2).to(x.device)),
    "repeat_interleave": beside(lambda m, x, y: torch.repeat_interleave(y, torch.ones_like(y))),
    "bincount": beside(lambda m, x, y: torch.bincount(y)),
    "unique": beside(lambda m, x, y: torch.unique(y)),
}
REFUSED = {
    "a tensor made on the CPU": lambda m, x, y: learn(m, x + torch.zeros(x.shape), y),
    "a number of the CPU in a stack": beside(lambda m, x, y: torch.stack((ONE, m.guard.tripped))),
    "a result on the CPU": beside(lambda m, x, y: torch.zeros(()).add_(m.guard.tripped)),
    "a generator of the CPU": lambda m, x, y: learn(
        m, x + torch.empty_like(x).normal_(generator=torch.Generator()), y
    ),
    "a gradient of another layout": with_a_strange_gradient,
    "numpy": beside(lambda m, x, y: numpy.asarray(y)),
    "a flag on the CPU": beside(lambda m, x, y: m.optimizer.apply(torch.zeros(()))),
}
ALLOWED = {
    "nothing": learn,
    "a number of the CPU": beside(lambda m, x, y: x * torch.tensor(2.0)),
    "a number where a mask says so": beside(lambda m, x, y: x.clone().index_put_((x > 0,), ONE)),
    "a copy that is waited for later": beside(
        lambda m, x, y: torch.ones(2).to(x.device, non_blocking=True)
    ),
    "repeat_interleave of known size": beside(
        lambda m, x, y: torch.repeat_interleave(y, torch.ones_like(y), output_size=len(y))
    ),
}


def second_epoch(step) -> None:
    """Train an epoch on the device without `step`'s fault, and one with it."""
    with on_pretend_device() as host:
        task = small_task(DEVICE)
        method = Classifier(Classifier.Config(width=0.25), task, None, Streams(0))
        batches = task.epoch_indices(BATCH, torch.Generator().manual_seed(0))
        train_epoch(method, method.stages, task, batches)
        with host.must_not_wait():
            train_epoch(method, [lambda x, y: step(method, x, y)], task, batches)


@pytest.mark.parametrize("fault", WAITS)
def test_what_makes_the_host_wait_is_caught(fault: str) -> None:
    with pytest.raises(HostWaits, match=r"the host waits for the device: .*test_pretend_device"):
        second_epoch(WAITS[fault])


@pytest.mark.parametrize("fault", REFUSED)
def test_what_a_device_refuses_is_caught(fault: str) -> None:
    with pytest.raises(RuntimeError, match=r"the device refuses|has strides"):
        second_epoch(REFUSED[fault])


@pytest.mark.parametrize("step", ALLOWED)
def test_what_a_device_allows_passes(step: str) -> None:
    second_epoch(ALLOWED[step])


def test_waits_are_counted_where_they_are_allowed() -> None:
    with on_pretend_device() as host:
        method = Classifier(Classifier.Config(width=0.25), small_task(DEVICE), None, Streams(0))
        before = host.waits.total()
        for _ in range(3):
            float(method.guard.tripped)
        assert host.waits.total() - before == 3
        (said,) = [what for what, count in host.waits.items() if count == 3]
        assert "_local_scalar_dense, in test_pretend_device.py:" in said


def test_the_best_weights_are_kept_and_given_back() -> None:
    def trained(device: str):
        task, streams = small_task(device), Streams(0)
        method = Classifier(Classifier.Config(width=0.25), task, None, streams)
        events = training(
            method, task, streams, batch_size=BATCH, goes_on=lambda h: len(h) < 3, repeats=1,
            keep="best",
        )  # fmt: skip
        *_, end = events
        weights = [on_the_cpu(p) for p in method.network.parameters()]
        return end.tested_epoch, end.test_accuracies, weights

    on_cpu = trained("cpu")
    with on_pretend_device():
        on_device = trained(DEVICE)
    assert on_cpu[:2] == on_device[:2]
    assert all(map(torch.equal, on_cpu[2], on_device[2]))


def test_a_bad_loss_stops_the_weights_on_the_device() -> None:
    with on_pretend_device():
        task = small_task(DEVICE)
        method = Classifier(Classifier.Config(width=0.25), task, None, Streams(0))
        x_BCHW, y_B = task.training_batch(torch.arange(BATCH, device=DEVICE))
        learn(method, x_BCHW, y_B)
        before = [copy.deepcopy(on_the_cpu(p)) for p in method.network.parameters()]
        learn(method, x_BCHW * float("nan"), y_B)
        learn(method, x_BCHW, y_B)
        after = [on_the_cpu(p) for p in method.network.parameters()]
        assert all(map(torch.equal, before, after))


def test_torch_is_as_it_was_afterwards() -> None:
    before = (torch.tensor, torch.Generator)
    with on_pretend_device():
        assert (torch.tensor, torch.Generator) != before
        assert isinstance(torch.Generator(), torch.Generator)
        assert torch.Generator(DEVICE).device == torch.device(DEVICE)
    assert (torch.tensor, torch.Generator) == before
    assert not torch.__future__.get_swap_module_params_on_conversion()
