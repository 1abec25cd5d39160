"""Threads come back whatever happens, and a count that torch cannot take is one line."""

import pytest
import torch

from bench.measure import clock as meters
from noprop_core.errors import InvalidSetting

CPU = torch.device("cpu")


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


@pytest.mark.parametrize("count", [2**63 - 1, 2**40])
def test_a_count_of_threads_that_torch_refuses_is_one_line(count):
    before = torch.get_num_threads()
    threads = meters.cpu_threads(count)
    with pytest.raises(InvalidSetting, match=f"torch cannot use {count} threads"), threads:
        pass
    assert torch.get_num_threads() == before
