"""What only a CUDA device can show. Skipped, with the reason, where there is none."""

import pytest
import torch

from bench.measure import memory
from noprop_core import registry
from noprop_core.acceleration import steps_of
from noprop_core.datasets import loading
from noprop_core.evaluation import accuracies
from noprop_core.numerics import numerics
from noprop_core.seeding import Streams
from noprop_core.training import RunEnds, train_epoch, training

pytestmark = pytest.mark.gpu

NAMES = registry.names()


LEARNERS = [name for name in NAMES if registry.find(name).learns_embeddings]


def build(name: str, task, timesteps: int = 3, seed: int = 0, **options):
    method = registry.find(name)
    if "steps" in method.Config.model_fields:
        options = {"steps": 20, **options}
    config = method.Config.model_validate({"width": 0.5, **options})
    return method(config, task, timesteps, Streams(seed))


@pytest.fixture(scope="module")
def task():
    return loading.load("digits", device="cuda")


@pytest.mark.parametrize("name", NAMES)
def test_it_learns_on_the_device(name: str, task) -> None:
    method = build(name, task)
    *_, end = training(
        method,
        task,
        method.streams,
        batch_size=64,
        goes_on=lambda history: len(history) < 10,
        repeats=2,
    )
    assert isinstance(end, RunEnds)
    assert min(end.test_accuracies) > 0.8


@pytest.mark.parametrize("kind", ["learned", "prototype"])
@pytest.mark.parametrize("name", LEARNERS)
def test_trained_embeddings_train_on_the_device(name: str, kind: str, task) -> None:
    method = build(name, task, embedding={"kind": kind})
    before = method.network.embedding.weight_KD.detach().clone()
    batches = task.epoch_indices(64, torch.Generator().manual_seed(0))
    losses = train_epoch(method, method.stages, task, batches[:3])
    assert bool(torch.stack(losses).isfinite().all())
    assert not torch.equal(before, method.network.embedding.weight_KD)
    controls = [torch.Generator(task.device).manual_seed(0)]
    _, found = accuracies(method, task, task.test, controls, controls)
    assert found


def test_prototypes_are_those_of_the_cpu(task) -> None:
    on_cpu = loading.load("digits")
    assert torch.equal(task.class_prototypes.cpu(), on_cpu.class_prototypes)


@pytest.mark.parametrize("name", NAMES)
def test_an_epoch_never_makes_the_host_wait(name: str, task) -> None:
    method = build(name, task)
    if method.waits_for_device:
        pytest.skip(f"{name} declares that its steps wait for the device")
    order = torch.Generator().manual_seed(0)
    train_epoch(method, method.stages, task, task.epoch_indices(64, order))
    batches = task.epoch_indices(64, order)
    torch.cuda.set_sync_debug_mode("error")
    try:
        train_epoch(method, method.stages, task, batches)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("name", NAMES)
def test_initial_weights_and_data_order_are_those_of_the_cpu(name: str, task) -> None:
    on_cpu = loading.load("digits")
    pairs = zip(
        build(name, task).network.parameters(),
        build(name, on_cpu).network.parameters(),
        strict=True,
    )
    assert all(torch.equal(a.cpu(), b) for a, b in pairs)
    orders = [
        torch.cat(t.epoch_indices(64, torch.Generator().manual_seed(1))).cpu()
        for t in (task, on_cpu)
    ]
    assert torch.equal(*orders)
    assert task.checksum == on_cpu.checksum


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_loss_is_stopped_on_the_device(name: str, task) -> None:
    method = build(name, task)
    x_BCHW, y_B = task.training_batch(torch.arange(64, device="cuda"))
    stage = method.stages[0]
    stage(x_BCHW, y_B)
    before = [p.clone() for p in method.network.parameters()]
    stage(x_BCHW * float("nan"), y_B)
    stage(x_BCHW, y_B)
    after = method.network.parameters()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_peak_memory_counts_what_the_work_holds_and_not_what_was_there(task) -> None:
    device = torch.device("cuda", torch.cuda.current_device())
    kept = torch.empty(1 << 22, device=device)
    steps = [lambda: torch.empty(1 << 20, device=device).add_(1).sum()]
    _, use = memory.measure(device, lambda: None, lambda built: [steps])
    assert 4 << 20 <= use.peak_bytes < 5 << 20
    del kept


def test_predictions_agree_with_the_cpu(task) -> None:
    on_cpu = loading.load("digits")
    results = []
    for t in (task, on_cpu):
        method = build("classifier", t)
        noise = [torch.Generator(t.device).manual_seed(0)]
        results.append(accuracies(method, t, t.test, noise)[0][0])
    assert results[0] == pytest.approx(results[1], abs=0.01)


@pytest.mark.parametrize("name", [name for name in NAMES if registry.find(name).replayable])
def test_steps_replayed_as_graphs_are_those_as_written(name: str, task) -> None:
    """Losses and weights to the rounding of kernels that may be chosen anew in a capture."""
    eager, ours = build(name, task), build(name, task)
    steps = steps_of(ours, ours.stages, task, cuda_graphs=True)
    for epoch in range(2):
        batches = task.epoch_indices(64, torch.Generator().manual_seed(epoch))
        expected = train_epoch(eager, eager.stages, task, batches)
        found = train_epoch(ours, ours.stages, task, batches, steps)
        torch.testing.assert_close(torch.stack(found), torch.stack(expected), rtol=1e-3, atol=1e-3)
    stages = len(ours.stages)
    assert steps.facts()["CUDA graphs"].startswith(f"{stages} of {stages} stages")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_twice_gives_the_same_bits(name: str, task) -> None:
    found = []
    for _ in range(2):
        with numerics(task.device, "fp32", True):
            method = build(name, task)
            batches = task.epoch_indices(64, torch.Generator().manual_seed(0))
            losses = train_epoch(method, method.stages, task, batches)
            found.append([torch.stack(losses), *method.network.parameters()])
    assert all(torch.equal(one, two) for one, two in zip(*found, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_without_tf32_losses_and_gradients_are_those_of_the_cpu(name: str, task) -> None:
    """Of one step, whose noise is each device's own: for methods that draw none."""
    if registry.find(name).Config.model_fields.keys() & {"schedule", "sigma", "steps"}:
        pytest.skip(f"{name} draws noise, and devices draw it otherwise")
    found = []
    for t in (task, loading.load("digits")):
        with numerics(t.device, "fp32", True):
            method = build(name, t)
            x_BCHW, y_B = t.training_batch(torch.arange(64, device=t.device))
            loss = method.stages[0](x_BCHW, y_B)
            gradients = [p.grad.cpu() for p in method.network.parameters() if p.grad is not None]
            found.append([loss.cpu(), *gradients])
    for on_device, on_cpu in zip(*found, strict=True):
        torch.testing.assert_close(on_device, on_cpu, rtol=1e-3, atol=1e-5)


def test_a_peak_with_a_matrix_product_in_it_is_the_same_twice(task) -> None:
    device = torch.device("cuda", torch.cuda.current_device())
    one = torch.ones(512, 512, device=device)
    steps = [lambda: (one @ one).sum()]
    uses = [memory.measure(device, lambda: None, lambda built: [steps])[1] for _ in range(2)]
    assert uses[0] == uses[1]
    assert 1 << 20 <= uses[0].peak_bytes < 2 << 20
