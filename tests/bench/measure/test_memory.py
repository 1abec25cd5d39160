"""Memory counts what tensors hold, no more and no less, and tells its parts apart."""

import gc

import pytest
import torch

from bench.measure import memory
from noprop_core import registry
from noprop_core.seeding import Streams

CPU = torch.device("cpu")
KIB = 1024


def allocate(kib):
    return torch.empty(kib * KIB, dtype=torch.uint8)


def use_of(*steps, build=lambda: None):
    """Measure one pass of `steps`."""
    return memory.measure(CPU, build, lambda built: [steps])[1]


def test_what_is_held_together_adds_up_and_what_was_freed_does_not_count():
    def step():
        first, second = allocate(100), allocate(50)
        del first
        third = allocate(20)
        return second, third

    use = use_of(step)
    assert (use.peak_bytes, use.held_bytes) == (150 * KIB, 0)


def test_one_after_the_other_is_the_larger_of_the_two():
    def step():
        for kib in (30, 70, 10):
            allocate(kib)

    assert use_of(step).peak_bytes == 70 * KIB


def test_work_without_tensors_holds_nothing():
    use = use_of(lambda: None, lambda: None)
    assert (use.peak_bytes, use.held_bytes, use.activations_bytes) == (0, 0, 0)


def test_what_is_built_is_held_and_counts_in_the_peak():
    built, use = memory.measure(
        CPU, lambda: allocate(64), lambda tensor: [[lambda: allocate(10) if tensor.numel() else 0]]
    )
    assert built.numel() == 64 * KIB
    assert (use.peak_bytes, use.held_bytes) == (74 * KIB, 64 * KIB)


def test_activations_are_what_a_steady_step_holds_beyond_what_it_began_with():
    kept = []

    def first():  # creates what stays, as an optimiser's first step does
        kept.append(allocate(500))
        allocate(300)

    def later():
        allocate(40)
        a, b = allocate(25), allocate(35)
        del a, b

    use = use_of(first, later, later)
    assert use.activations_bytes == 60 * KIB
    assert use.held_bytes == 500 * KIB
    assert use.peak_bytes == 800 * KIB


def test_what_a_steady_step_lets_go_of_makes_room_for_what_it_takes():
    kept = [allocate(1)]

    def replace():
        kept[0] = None
        kept[0] = allocate(100)

    # The second time 100 KiB go before 100 KiB come, as gradients do.
    use = use_of(replace, replace)
    assert use.activations_bytes == 0


def test_without_a_steady_step_activations_are_not_known():
    assert use_of(lambda: allocate(1)).activations_bytes is None


def test_the_most_demanding_pass_counts():
    passes = [[lambda: None, lambda kib=kib: allocate(kib)] for kib in (10, 30, 20)]
    use = memory.measure(CPU, lambda: None, lambda built: passes)[1]
    assert use.activations_bytes == 30 * KIB


def test_garbage_from_before_does_not_lower_the_peak():
    class Cycle:
        pass

    for _ in range(50):
        cycle = Cycle()
        cycle.tensor, cycle.itself = allocate(100), cycle

    def step():
        held = [object() for _ in range(100_000)]  # enough to wake the collector
        return allocate(64), held

    del cycle
    assert use_of(step).peak_bytes == 64 * KIB
    gc.collect()


def test_the_peak_of_training_is_the_same_every_time():
    def step():
        model = torch.nn.Sequential(
            torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1)
        )
        optimizer = torch.optim.Adam(model.parameters())
        for _ in range(2):
            optimizer.zero_grad()
            model(torch.ones(32, 64)).sum().backward()
            optimizer.step()

    peaks = {use_of(step).peak_bytes for _ in range(3)}
    assert len(peaks) == 1
    parameters = 64 * 128 + 128 + 128 + 1
    assert peaks.pop() > 4 * parameters * 4  # weights, gradients, two moments


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_as_it_was_even_after_a_failure(enabled):
    def fail():
        assert not gc.isenabled()
        raise ValueError

    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ValueError):
            use_of(fail)
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
    assert use_of(lambda: allocate(1)).peak_bytes == KIB


@pytest.fixture
def build(digits):
    """Build a method by name, small."""

    def make(name, timesteps=2, **options):
        method = registry.find(name)
        steps = {"steps": 20} if "steps" in method.Config.model_fields else {}
        config = method.Config.model_validate({"width": 0.25} | steps | options)
        return method(config, digits, timesteps, Streams(0))

    return make


def trained(method, digits, count=2):
    def passes(built):
        for stage in built.stages:
            batch = digits.training_batch(torch.arange(32))
            yield [lambda stage=stage, batch=batch: stage(*batch)] * count

    return memory.measure(CPU, lambda: method, passes)


def test_what_a_method_holds_is_told_apart(build, digits):
    method = build("classifier")
    size = 4 * method.parameter_count()
    buffers = sum(b.numel() * b.element_size() for b in method.network.buffers())
    before = memory.held_by(method)
    assert list(before.values()) == [size + buffers, 0, 0]
    trained(method, digits)
    after = memory.held_by(method)
    assert after["parameters_bytes"] == size + buffers
    assert after["gradients_bytes"] == size
    # Two moments, and a step count of 4 bytes that all parameters share.
    assert after["optimizer_bytes"] == 2 * size + 4


def test_the_optimisers_of_every_block_are_known(build, digits):
    method = build("noprop-dt", timesteps=3)
    assert len(method.optimizers) == 4  # a block each, and the head
    trained(method, digits)
    assert memory.held_by(method)["optimizer_bytes"] > 2 * 4 * method.parameter_count()


def test_tensors_that_share_their_storage_count_once(build):
    method = build("classifier")
    alone = memory.held_by(method)["parameters_bytes"]
    weight = next(method.network.parameters())
    method.network.register_buffer("view", weight.detach()[:1])
    assert memory.held_by(method)["parameters_bytes"] == alone


@pytest.mark.parametrize("name", registry.names())
def test_nearly_all_that_a_method_holds_has_a_name(build, digits, name):
    holding = {}

    def make():
        holding["method"] = build(name)
        return holding["method"]

    def passes(method):
        for stage in method.stages:
            batch = digits.training_batch(torch.arange(32))
            yield [lambda stage=stage, batch=batch: stage(*batch)] * 2

    build(name)  # what a data set computes once, for its first model, is not a model's
    _, use = memory.measure(CPU, make, passes)
    held = memory.held_by(holding["method"])
    known = sum(held.values())
    assert known <= use.held_bytes <= 1.05 * known + 64 * KIB
    assert use.peak_bytes <= use.held_bytes + use.activations_bytes + held["parameters_bytes"]


def test_the_high_water_mark_covers_the_process():
    assert memory.process_peak_bytes() > 50 * 2**20


class Cuda:
    """Stands in for CUDA's caching allocator: `take` and `free` bytes, and watch its counters."""

    def __init__(self, held):
        self.held = self.peak = self.reserved = held
        self.waits = 0

    def take(self, count):
        self.held += count
        self.peak, self.reserved = max(self.peak, self.held), max(self.reserved, 2 * self.held)

    def empty_cache(self):
        pass

    def synchronize(self, device):
        self.waits += 1

    def memory_allocated(self, device):
        return self.held

    def max_memory_allocated(self, device):
        return self.peak

    def max_memory_reserved(self, device):
        return self.reserved

    def reset_peak_memory_stats(self, device):
        self.peak = self.held


def test_on_cuda_the_allocator_s_counters_are_read_around_every_step(monkeypatch):
    cuda = Cuda(held=1000)
    for name in ("empty_cache", "synchronize", "memory_allocated", "max_memory_allocated",
                 "max_memory_reserved", "reset_peak_memory_stats"):  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, getattr(cuda, name))
    # What libraries take at their first product stays, and is there before the baseline is read.
    monkeypatch.setattr(memory.card, "take_workspaces", lambda device: cuda.take(8 << 20))

    def first():
        cuda.take(500)
        cuda.take(-300)  # 200 stay

    def later(kib):
        cuda.take(kib)
        cuda.take(-kib)

    _, use = memory.measure(
        torch.device("cuda:0"),
        lambda: cuda.take(100),
        lambda built: [[first, lambda: later(50), lambda: later(70)], [lambda: later(999)]],
    )
    assert use.peak_bytes == 100 + 200 + 999
    assert use.held_bytes == 300
    assert use.activations_bytes == 70
    assert use.reserved_bytes == 2 * ((8 << 20) + 1000 + 300 + 999)
    assert cuda.waits >= 6


@pytest.mark.gpu
def test_cuda_counts_what_is_held_beyond_what_was_there():
    device = torch.device("cuda:0")
    before = torch.empty(1 << 20, dtype=torch.uint8, device=device)

    def step():
        torch.empty(1 << 22, dtype=torch.uint8, device=device)
        torch.empty(1 << 21, dtype=torch.uint8, device=device)

    _, use = memory.measure(device, lambda: None, lambda built: [[step, step]])
    assert use.peak_bytes == use.activations_bytes == 1 << 22
    assert use.held_bytes == 0
    assert "cuda" in use.source
    assert before.numel() == 1 << 20


def test_stacked_blocks_hold_the_activations_of_all_and_it_is_counted(build, digits):
    held = []
    for execution in ("sequential", "stacked"):
        options = {"order": "together", "block_execution": execution}
        method, use = trained(build("noprop-dt", timesteps=4, **options), digits, count=3)
        held.append((use.activations_bytes, memory.held_by(method)))
    (one, apart), (all_, together) = held
    assert 3.5 < all_ / one < 4.5
    for part in ("parameters_bytes", "gradients_bytes"):
        assert together[part] == apart[part]
    assert (
        together["optimizer_bytes"] < apart["optimizer_bytes"] < 1.001 * together["optimizer_bytes"]
    )
