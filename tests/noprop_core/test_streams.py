"""What other people's code does to standard output and error is undone when it has ended."""

import io
import os
import sys

import pytest

from noprop_core.errors import InvalidSetting
from noprop_core.outside import imported
from noprop_core.streams import streams_kept

kept_alive = []


def close_the_descriptor():
    number = sys.stdout.fileno()
    os.close(number)
    assert os.open(os.devnull, os.O_WRONLY) <= number  # the next file, a record say, has it


def lead_elsewhere():
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


HARM = {
    "close": lambda: sys.stdout.close(),
    "close below": lambda: sys.stdout.buffer.close(),
    "wrap": lambda: setattr(sys, "stdout", io.TextIOWrapper(sys.stdout.buffer, "utf-8")),
    "take apart": lambda: kept_alive.append(sys.stdout.detach()),
    "replace": lambda: setattr(sys, "stdout", None),
    "close the descriptor": close_the_descriptor,
    "lead elsewhere": lead_elsewhere,
    "none": lambda: None,
}


@pytest.fixture
def print_into(monkeypatch):
    """Have standard output be the file at a path; as Python's own, it owns no descriptor."""
    numbers = []

    def begin(path):  # in the test: pytest has streams of its own for each phase
        numbers.append(os.open(path, os.O_WRONLY | os.O_CREAT))
        stream = open(  # noqa: SIM115
            numbers[0], "w", encoding="ascii", errors="backslashreplace", closefd=False
        )
        monkeypatch.setattr(sys, "stdout", stream)

    yield begin
    for number in numbers:
        os.close(number)
    kept_alive.clear()


@pytest.mark.parametrize("harm", HARM)
def test_what_is_printed_afterwards_arrives_whatever_was_done_to_the_stream(
    print_into, tmp_path, monkeypatch, harm
):
    print_into(tmp_path / "said")
    print("before", flush=True)
    with streams_kept():
        HARM[harm]()
    print("after ä", flush=True)
    assert (tmp_path / "said").read_text("ascii") == "before\nafter \\xe4\n"
    monkeypatch.undo()


def test_no_descriptor_is_left_open():
    before = os.dup(0)
    os.close(before)
    with streams_kept():
        pass
    after = os.dup(0)
    os.close(after)
    assert after == before


def test_a_module_that_wraps_the_stream_as_it_is_imported_harms_nothing(
    print_into, tmp_path, monkeypatch
):
    """Many a script begins with such a wrapper; it takes the stream below it along as it goes."""
    (tmp_path / "wraps.py").write_text(
        "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    print_into(tmp_path / "said")
    with pytest.raises(InvalidSetting):
        imported("method", "wraps:Nothing")
    print("after", flush=True)
    assert (tmp_path / "said").read_text("ascii") == "after\n"
    monkeypatch.undo()
