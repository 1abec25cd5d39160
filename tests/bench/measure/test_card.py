"""A card is started and described, and others on it are seen; NVML and CUDA are stood in for."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch
from pretend_device import DEVICE, on_pretend_device

from bench.measure import card, environment
from bench.measure.gpu_watch import GpuWatch

CUDA = torch.device("cuda:1")


@pytest.fixture
def nvml(monkeypatch):
    """Stand in for `pynvml`, with one card, and for what torch knows of it."""
    library = ModuleType("pynvml")
    library.NVMLError = type("NVMLError", (Exception,), {})
    library.NVML_CLOCK_SM, library.NVML_CLOCK_MEM = 1, 2
    library.nvmlClocksThrottleReasonSwThermalSlowdown = 0x20
    library.nvmlClocksThrottleReasonHwPowerBrakeSlowdown = 0x80
    library.nvmlInit = lambda: None
    library.nvmlSystemGetDriverVersion = lambda: "570.86.15"
    library.nvmlDeviceGetHandleByUUID = lambda uuid: {"GPU-abc": "card"}[uuid]
    library.nvmlDeviceGetEnforcedPowerLimit = lambda card: 350_000
    library.nvmlDeviceGetMigMode = lambda card: [0, 0]
    library.nvmlDeviceGetMaxClockInfo = lambda card, kind: {1: 1980, 2: 2619}[kind]
    library.nvmlDeviceGetClockInfo = lambda card, kind: library.clock
    library.nvmlDeviceGetComputeRunningProcesses = lambda card: library.processes
    library.nvmlDeviceGetCurrentClocksThrottleReasons = lambda card: library.reasons
    library.clock, library.processes, library.reasons = 1980, ["ours"], 0
    monkeypatch.setitem(sys.modules, "pynvml", library)
    found = SimpleNamespace(uuid="abc", major=9, minor=0, total_memory=80 << 30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: found)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Some GPU")
    return library


def test_a_record_s_environment_describes_the_card(nvml):
    found = environment.describe.__wrapped__("cuda:1", 1, "some commit")
    assert (found.device, found.driver) == ("Some GPU", "570.86.15")
    assert (found.compute_capability, found.device_memory_bytes) == ("9.0", 80 << 30)
    assert (found.mig, found.power_limit_watts) == (False, 350.0)
    assert (found.highest_clock_mhz, found.highest_memory_clock_mhz) == (1980, 2619)
    assert (found.rocm, found.cudnn) == ("", str(torch.backends.cudnn.version() or ""))


def raising(library):
    def fail(*words):
        raise library.NVMLError

    return fail


def test_what_a_card_does_not_tell_is_not_known(nvml, monkeypatch):
    monkeypatch.setattr(nvml, "nvmlDeviceGetEnforcedPowerLimit", raising(nvml))
    monkeypatch.delattr(nvml, "nvmlDeviceGetMigMode")
    found = card.details(CUDA)
    assert (found["power_limit_watts"], found["mig"]) == (None, None)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert "power_limit_watts" not in card.details(CUDA)
    watch = GpuWatch(CUDA)
    watch.look()
    assert set(watch.load().values()) == {None}


def test_others_on_the_card_and_slowed_clocks_are_seen_whenever_they_were(nvml):
    watch = GpuWatch(CUDA)
    watch.look()
    assert watch.load() == {"gpu_others": 0, "gpu_slowed": [], "gpu_clock_mhz": 1980}
    nvml.processes, nvml.reasons, nvml.clock = ["ours", "theirs", "theirs"], 0x20 | 0x4, 980
    watch.look()
    nvml.processes, nvml.reasons, nvml.clock = ["ours"], 0x80, 1480
    watch.look()
    assert watch.load() == {
        "gpu_others": 2, "gpu_slowed": ["heat", "power brake"], "gpu_clock_mhz": 1480,
    }  # fmt: skip


def test_on_a_cpu_nobody_is_asked(monkeypatch):
    monkeypatch.setattr("bench.measure.energy.nvml", lambda: 1 / 0)
    watch = GpuWatch(torch.device("cpu"))
    watch.look()
    assert set(watch.load().values()) == {None}
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: 1 / 0)
    card.start(torch.device("cpu"))


def test_a_card_is_chosen_before_anything_is_computed_on_it(monkeypatch):
    did = []
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: did.append(("set", device)))
    monkeypatch.setattr(card, "take_workspaces", lambda device: did.append(("take", device)))
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: did.append(("wait", device)))
    card.start(CUDA)
    assert did == [("set", CUDA), ("take", CUDA), ("wait", CUDA)]


@pytest.mark.pretend
def test_workspaces_are_taken_on_the_device_forwards_and_backwards_and_leave_no_trace(monkeypatch):
    before = torch.random.get_rng_state()
    products = []
    with on_pretend_device() as host:
        monkeypatch.setattr("pretend_device.rules.waits", lambda n, *_: products.append(n) or ())
        card.take_workspaces(torch.device(DEVICE))
    assert products.count("aten.addmm") == 1
    assert products.count("aten.mm") == 1
    assert host.waits.total() == 0
    assert torch.equal(torch.random.get_rng_state(), before)
