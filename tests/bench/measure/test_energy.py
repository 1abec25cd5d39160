"""Energy comes from NVIDIA's counter where there is one, and is absent where there is none."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from bench.measure import energy
from bench.measure.energy import EnergyCounter, driver_version

CUDA = torch.device("cuda:1")


@pytest.fixture
def nvml(monkeypatch):
    """Stand in for `pynvml`, with a card of UUID GPU-abc and a counter in millijoules."""
    library = ModuleType("pynvml")
    library.NVMLError = type("NVMLError", (Exception,), {})
    library.millijoules = 5_000_000
    library.nvmlInit = lambda: None
    library.nvmlDeviceGetHandleByUUID = lambda uuid: {"GPU-abc": "card"}[uuid]
    library.nvmlDeviceGetTotalEnergyConsumption = lambda card: library.millijoules
    library.nvmlSystemGetDriverVersion = lambda: b"570.86.15"
    monkeypatch.setitem(sys.modules, "pynvml", library)
    found = SimpleNamespace(uuid="abc")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: found)
    return library


def raising(library):
    def fail(*words):
        raise library.NVMLError

    return fail


def test_joules_between_two_readings_add_up(nvml):
    counter = EnergyCounter(CUDA)
    for used in (1500, 2500):
        before = counter.read()
        nvml.millijoules += used
        counter.add(before)
        nvml.millijoules += 10_000  # between epochs: not training
    assert counter.joules == pytest.approx(4.0)


@pytest.mark.parametrize(
    "broken", ["nvmlInit", "nvmlDeviceGetHandleByUUID", "nvmlDeviceGetTotalEnergyConsumption"]
)
def test_a_card_that_does_not_count_leaves_energy_unknown(nvml, monkeypatch, broken):
    monkeypatch.setattr(nvml, broken, raising(nvml))
    counter = EnergyCounter(CUDA)
    counter.add(counter.read())
    assert counter.joules is None


def test_without_the_library_energy_is_unknown(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    counter = EnergyCounter(CUDA)
    counter.add(counter.read())
    assert counter.joules is None


def test_a_cpu_is_not_asked(monkeypatch):
    monkeypatch.setattr(energy, "nvml", lambda: 1 / 0)
    counter = EnergyCounter(torch.device("cpu"))
    counter.add(counter.read())
    assert counter.joules is None


def test_the_driver_is_named_by_the_library_or_by_the_kernel(nvml, monkeypatch, tmp_path):
    assert driver_version() == "570.86.15"
    monkeypatch.setitem(sys.modules, "pynvml", None)
    file = tmp_path / "version"
    monkeypatch.setattr(energy, "DRIVER_FILE", file)
    assert driver_version() == ""
    file.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22\nGCC")
    assert driver_version() == "550.54.14"
