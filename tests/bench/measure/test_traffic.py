"""Of a run that one process does alone nobody asks what it sent, and nothing is looked up."""

from bench.measure import traffic
from bench.measure.traffic import Traffic
from noprop_core.division import UNDIVIDED


def test_an_undivided_run_never_looks_at_the_wire(monkeypatch) -> None:
    monkeypatch.setattr(traffic.wire, "bytes_sent", None)  # not to be called
    sent = Traffic(UNDIVIDED)
    for _ in range(2):
        sent.training_begins()
        sent.training_ends(0.5)
    assert sent.communication(UNDIVIDED, None, None) is None
