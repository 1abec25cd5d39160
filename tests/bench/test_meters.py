"""Peak memory counts what tensors hold, no more and no less; threads and collector come back."""

import gc

import pytest
import torch

from bench import meters

CPU = torch.device("cpu")
KIB = 1024


def allocate(kib):
    return torch.empty(kib * KIB, dtype=torch.uint8)


def test_what_is_held_together_adds_up_and_what_was_freed_does_not_count():
    def work():
        first, second = allocate(100), allocate(50)
        del first
        third = allocate(20)
        return second, third

    assert meters.measure_peak(CPU, work).peak_bytes == 150 * KIB


def test_one_after_the_other_is_the_larger_of_the_two():
    def work():
        for kib in (30, 70, 10):
            allocate(kib)

    assert meters.measure_peak(CPU, work).peak_bytes == 70 * KIB


def test_work_without_tensors_holds_nothing():
    assert meters.measure_peak(CPU, lambda: None).peak_bytes == 0


def test_garbage_from_before_does_not_lower_the_peak():
    class Cycle:
        pass

    for _ in range(50):
        cycle = Cycle()
        cycle.tensor, cycle.itself = allocate(100), cycle

    def work():
        held = [object() for _ in range(100_000)]  # enough to wake the collector
        return allocate(64), held

    del cycle
    assert meters.measure_peak(CPU, work).peak_bytes == 64 * KIB
    gc.collect()


def test_the_peak_of_training_is_the_same_every_time():
    def work():
        model = torch.nn.Sequential(
            torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 1)
        )
        optimizer = torch.optim.Adam(model.parameters())
        for _ in range(2):
            optimizer.zero_grad()
            model(torch.ones(32, 64)).sum().backward()
            optimizer.step()

    peaks = {meters.measure_peak(CPU, work).peak_bytes for _ in range(3)}
    assert len(peaks) == 1
    parameters = 64 * 128 + 128 + 128 + 1
    assert peaks.pop() > 4 * parameters * 4  # weights, gradients, two moments


def test_the_count_says_what_counted_it():
    assert "torch.profiler" in meters.measure_peak(CPU, lambda: None).source


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_as_it_was_even_after_a_failure(enabled):
    def fail():
        assert not gc.isenabled()
        raise ValueError

    try:
        (gc.enable if enabled else gc.disable)()
        with pytest.raises(ValueError):
            meters.measure_peak(CPU, fail)
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
    assert meters.measure_peak(CPU, lambda: allocate(1)).peak_bytes == KIB


def test_threads_are_set_inside_and_restored_after_whatever_happens():
    before = torch.get_num_threads()
    with meters.cpu_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with meters.cpu_threads(None):
        assert torch.get_num_threads() == before
    with pytest.raises(ValueError), meters.cpu_threads(before + 2):
        raise ValueError
    assert torch.get_num_threads() == before


def test_the_cpu_has_nothing_to_wait_for():
    meters.synchronise(CPU)


@pytest.mark.gpu
def test_cuda_counts_what_is_held_beyond_what_was_there():
    device = torch.device("cuda:0")
    before = torch.empty(1 << 20, dtype=torch.uint8, device=device)

    def work():
        torch.empty(1 << 22, dtype=torch.uint8, device=device)
        torch.empty(1 << 21, dtype=torch.uint8, device=device)

    peak = meters.measure_peak(device, work)
    assert peak.peak_bytes == 1 << 22
    assert "cuda" in peak.source
    assert before.numel() == 1 << 20
