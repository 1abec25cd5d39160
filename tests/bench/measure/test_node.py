"""A record says which machine it comes from, and gives no machine's name away."""

import platform
import sys
from pathlib import Path

import pytest

from bench.measure import environment
from bench.records.frame import runs_frame
from noprop_core import processor


def test_a_machine_has_a_pseudonym_unless_it_is_given_a_name(monkeypatch):
    monkeypatch.delenv("NOPROP_NODE", raising=False)
    names = []
    for host in ("alpha.lab", "beta.lab", "alpha.lab"):
        monkeypatch.setattr(platform, "node", lambda host=host: host)
        names.append(environment.node())
    assert names[0] == names[2] != names[1]
    assert "alpha" not in names[0]
    monkeypatch.setenv("NOPROP_NODE", "left rack 3")
    assert environment.node() == "left rack 3"


def test_the_frame_names_machine_and_kind(record):
    known = record().environment.model_copy(
        update={"device": "H100", "processor": "Xeon", "logical_cores": 16, "node": "n7"}
    )
    [row] = runs_frame([record(environment=known)]).to_dict("records")
    assert (row["node"], row["machine"]) == ("n7", "H100, Xeon, 16 cores")
    cards = [
        known.model_copy(update={"device_memory_bytes": int(gib * 2**30)})
        for gib in (79.1, 79.6, 39.4)
    ]
    rows = runs_frame([record(environment=card) for card in cards])
    assert rows["machine"].tolist() == [f"H100 ({gib} GiB), Xeon, 16 cores" for gib in (80, 80, 40)]
    [old] = runs_frame([record()]).to_dict("records")
    assert (old["node"], old["machine"]) == ("", "some, 2 cores")


X86 = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC
stepping\t: 1

processor\t: 1
cpu family\t: 26
model\t\t: 2
model name\t: another
"""

ARM = """processor\t: 0
BogoMIPS\t: 2100.00
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x1
CPU part\t: 0xd40
"""


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    """Have Linux say this of its cores."""
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(sys, "platform", "linux")

    def says(text):
        (tmp_path / "cpuinfo").write_text(text)
        for cached in (processor.cpuinfo, environment.describe):
            cached.cache_clear()
        return environment.describe("cpu", 1, "code")

    yield says
    for cached in (processor.cpuinfo, environment.describe):
        cached.cache_clear()


def test_processors_of_one_name_are_told_apart_by_their_make(cpuinfo, record):
    """Clouds call processors of several generations by one name; twice as fast is no equal."""
    old, new = cpuinfo(X86), cpuinfo(X86.replace("25", "26").replace("17", "2"))
    assert (old.processor, old.processor_model) == ("AMD EPYC", "family 25, model 17")
    assert old.which_processor == "AMD EPYC (family 25, model 17)"
    assert new.which_processor == "AMD EPYC (family 26, model 2)"
    rows = runs_frame([record(environment=known) for known in (old, new)])
    assert rows["processor"].tolist() == [old.which_processor, new.which_processor]
    assert rows["machine"].tolist() == [
        f"{known.which_processor}, {known.logical_cores} cores" for known in (old, new)
    ]


def test_a_processor_without_a_name_has_its_make(cpuinfo):
    known = cpuinfo(ARM)
    assert known.processor == (platform.processor() or platform.machine())
    assert known.processor_model == "implementer 0x41, part 0xd40, variant 0x1"


def test_where_the_system_tells_nothing_the_make_is_empty(cpuinfo, monkeypatch):
    assert cpuinfo("nothing to be read\n\nhere").processor_model == ""
    monkeypatch.setattr(processor, "CPUINFO", Path("/nowhere"))
    processor.cpuinfo.cache_clear()
    environment.describe.cache_clear()
    known = environment.describe("cpu", 1, "code")
    assert known.processor
    assert known.which_processor == known.processor
