"""What else the machine did is read where it can be, and what it means is said."""

import os
import subprocess
import sys
from collections import namedtuple

import psutil
import pytest

from bench.measure import load as machine
from bench.measure.load import MachineWatch
from bench.records.disturbance import why_disturbed
from bench.records.record import Load

QUIET = Load(
    load_average=0.1, others_cores=0.05, stolen_cores=0.0, throttled=0, frequency_mhz=None,
    highest_frequency_mhz=None,
)  # fmt: skip

Times = namedtuple("Times", "user system idle iowait steal guest")


@pytest.fixture
def clocks(monkeypatch):
    """Let tests say what processors and this process have done so far."""
    state = {"all": Times(0, 0, 0, 0, 0, 0), "own": 0.0}
    monkeypatch.setattr(psutil, "cpu_times", lambda: state["all"])
    monkeypatch.setattr(machine, "_own_seconds", lambda: state["own"])
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    return state


def test_what_others_used_is_what_was_busy_and_not_ours(clocks, tmp_path):
    watch = MachineWatch(tmp_path)
    # 10 s on 4 cores: 12 core-seconds busy, 9 of them ours; 2 stolen.
    clocks["all"] = Times(user=10, system=2, idle=25, iowait=1, steal=2, guest=1)
    clocks["own"] = 9.0
    load = watch.load()
    assert load.others_cores == pytest.approx(0.3 * 40 / 39, rel=0.05)
    assert load.stolen_cores == pytest.approx(0.2, rel=0.05)


def test_no_time_passed_is_not_known(clocks, tmp_path):
    load = MachineWatch(tmp_path).load()
    assert (load.others_cores, load.stolen_cores, load.throttled) == (None, None, None)
    assert load.held_back_cores is None


def test_what_a_limit_stopped_is_in_cores_of_the_time_that_passed(clocks, tmp_path, monkeypatch):
    stopped = iter([100.0, 105.0])
    monkeypatch.setattr(machine, "held_back_seconds", lambda: next(stopped))
    watch = MachineWatch(tmp_path)
    clocks["all"] = Times(user=10, system=0, idle=30, iowait=0, steal=0, guest=0)  # 10 s, 4 cores
    assert watch.load().held_back_cores == pytest.approx(0.5)


def test_throttling_is_counted_where_the_system_counts_it(clocks, tmp_path):
    for number, count in ((0, "3\n"), (1, "4\n"), (2, "no number")):
        folder = tmp_path / f"cpu{number}" / "thermal_throttle"
        folder.mkdir(parents=True)
        (folder / "core_throttle_count").write_text(count)
    watch = MachineWatch(tmp_path)
    (tmp_path / "cpu1" / "thermal_throttle" / "core_throttle_count").write_text("9")
    assert watch.load().throttled == 5


def test_a_real_machine_can_be_watched():
    watch = MachineWatch()
    busy = "import time; end = time.time() + 1\nwhile time.time() < end: pass"
    subprocess.run([sys.executable, "-c", busy], check=True)
    load = watch.load()
    assert load.others_cores > 0
    assert load.stolen_cores >= 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"others_cores": 0.9}, "others used 0.9 of 4 cores"),
        ({"stolen_cores": 0.5}, "the hypervisor gave 0.5 cores to others"),
        (
            {"held_back_cores": 0.5},
            "a limit on processor time, such as a container's, stopped 0.5 cores",
        ),
        ({"held_back_cores": 0.01}, ""),
        ({"throttled": 2}, "the processor was slowed for heat 2 times"),
        ({"gpu_others": 2, "gpu_slowed": []}, "2 other processes were on the GPU"),
        ({"gpu_others": 0, "gpu_slowed": ["heat"]}, "the GPU was slowed: heat"),
        ({"others_cores": None, "stolen_cores": None, "throttled": None}, ""),
    ],
    ids=str,
)
def test_what_disturbs_a_measurement_is_said(changes, said):
    assert why_disturbed(QUIET.model_copy(update=changes), cores=4) == said


def test_frequency_is_not_known_where_it_cannot_be_read(monkeypatch):
    def fail():
        raise OSError

    monkeypatch.setattr(psutil, "cpu_freq", fail)
    assert MachineWatch().load().frequency_mhz is None
    monkeypatch.setattr(psutil, "cpu_freq", lambda: None)
    assert MachineWatch().load().frequency_mhz is None
