"""A record says which machine it comes from, and gives no machine's name away."""

import platform

from bench.measure import environment
from bench.records.frame import runs_frame


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
    [old] = runs_frame([record()]).to_dict("records")
    assert (old["node"], old["machine"]) == ("", "some, 2 cores")
