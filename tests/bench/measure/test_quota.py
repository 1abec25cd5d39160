"""A container's limit on processor time is found, and what it stopped is counted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.measure import quota

MEMBERSHIP_1 = "9:name=systemd:/\n4:memory:/a\n1:cpu,cpuacct:/pods/mine\n0::/\n"


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Have the system say that this process is in the groups of `membership`, with `files`."""
    monkeypatch.setattr(quota, "GROUPS", tmp_path)
    monkeypatch.setattr(quota, "MEMBERSHIP", tmp_path / "membership")

    def are(membership: str, **files: str) -> None:
        (tmp_path / "membership").write_text(membership)
        for name, content in files.items():
            *folders, file = name.split("__")
            place = tmp_path.joinpath(*folders)
            place.mkdir(parents=True, exist_ok=True)
            (place / file.replace("_", ".", 1)).write_text(content)

    return are


def test_a_container_sees_its_own_group_at_the_top(groups):
    groups(
        "0::/\n",
        cpu_max="150000 100000\n",
        cpu_stat="usage_usec 9\nnr_periods 4\nnr_throttled 2\nthrottled_usec 2500000\n",
    )
    assert quota.cores_allowed() == 1.5
    assert quota.held_back_seconds() == pytest.approx(2.5)


def test_the_narrowest_of_all_groups_counts_and_what_each_of_them_stopped(groups):
    groups(
        "0::/pods/mine\n",
        cpu_stat="usage_usec 9\n",
        pods__cpu_max="200000 100000",
        pods__cpu_stat="throttled_usec 1000000",
        pods__mine__cpu_max="max 100000",
        pods__mine__cpu_stat="throttled_usec 500000",
    )
    assert quota.cores_allowed() == 2.0
    assert quota.held_back_seconds() == pytest.approx(1.5)


@pytest.mark.parametrize("place", ["cpu__", "cpu__pods__mine__"])
def test_groups_of_version_1_are_read_too(groups, place):
    """In a container the path is that of the host, and its own group lies at the top."""
    files = {
        "cpu_cfs_quota_us": "50000\n",
        "cpu_cfs_period_us": "100000\n",
        "cpu_stat": "nr_throttled 7\nthrottled_time 3000000000\n",
    }
    groups(MEMBERSHIP_1, **{f"{place}{name}": content for name, content in files.items()})
    assert quota.cores_allowed() == 0.5
    assert quota.held_back_seconds() == pytest.approx(3)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"cpu_max": "max 100000\n", "cpu_stat": "usage_usec 9\n"},
        {"cpu_max": "much", "cpu_stat": "\nthrottled_usec\n"},
        {"cpu_max": "100000 0", "cpu_stat": "throttled_usec lots\nthrottled_time -1\n"},
        {"cpu__cpu_cfs_quota_us": "-1", "cpu__cpu_cfs_period_us": "100000"},
    ],
    ids=str,
)
def test_where_there_is_no_limit_there_is_none(groups, files):
    groups("1:cpu:/\n0::/\nnothing\n\n7:\n", **files)
    assert quota.cores_allowed() is None
    assert quota.held_back_seconds() is None


def test_a_system_without_groups_has_no_limit(groups, tmp_path):
    assert (quota.cores_allowed(), quota.held_back_seconds()) == (None, None)


def test_a_real_limit_stops_a_process_and_is_seen():
    """A process that may use a tenth of a core and wants all of it waits most of its time."""
    top = Path("/sys/fs/cgroup")
    older = top / "cpu" / "cpu.cfs_quota_us"
    group = (top / "cpu" if older.exists() else top) / f"noprop-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error.strerror}")
    try:
        limit = group / ("cpu.cfs_quota_us" if older.exists() else "cpu.max")
        if not limit.exists():
            pytest.skip("the control group has no limit on processor time")
        limit.write_text("10000" if older.exists() else "10000 100000")
        done = subprocess.run(
            [sys.executable, "-c", WORKING, str(group / "cgroup.procs")],
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        group.rmdir()
    allowed, held_back = map(float, done.stdout.split())
    assert allowed == pytest.approx(0.1)
    assert held_back > 0.1


WORKING = """
import os, pathlib, sys, time
from bench.measure import quota
from bench.measure.load import MachineWatch
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
watch, begun = MachineWatch(), time.process_time()
while time.process_time() < begun + 0.1:
    pass
print(quota.cores_allowed(), watch.load().held_back_cores)
"""
