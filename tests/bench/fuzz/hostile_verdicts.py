"""Call a command as a shell would, in this process, and judge what came of it.

A hang is 30 seconds of computing, or as long without any: how busy the machine is does not count.
"""

import io
import re
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

from bench.command import run_command

LONGEST = 30.0
"""Seconds of computing, or of waiting, after which a call hangs."""
CODES = {0, 1, 2}


class Hangs(BaseException):
    """Raised inside a call that does not end."""


@dataclass
class Came:
    """What a call came back with; `code` is None where it raised."""

    code: int | None
    out: str
    err: str
    raised: str = ""


@contextmanager
def patience() -> Iterator[list[str]]:
    """Raise `Hangs` inside, once it computes or waits too long, and yield where that was.

    What is called may catch it: a run's record holds whatever ended it.
    """
    started = last = time.process_time()
    waited = 0.0
    hung: list[str] = []

    def look(*_: object) -> None:
        nonlocal last, waited
        now = time.process_time()
        waited = waited + 5.0 if now - last < 0.02 else 0.0
        last = now
        if now - started > LONGEST or waited >= LONGEST:
            hung.append("hang:\n" + "".join(traceback.format_stack(limit=12)))
            raise Hangs

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 5.0, 5.0)
    try:
        yield hung
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def called(main: Callable[[list[str]], int], words: list[str]) -> Came:
    """Call a command's `main` as its module does when run."""
    # As a terminal's: what cannot be said in UTF-8 is escaped, not an error.
    out, err = (
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", newline="")
        for _ in range(2)
    )
    raised, code, hung = "", None, []
    with warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(err):
        warnings.simplefilter("default")
        try:
            with patience() as hung:
                code = run_command(lambda: main(words))
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else None
        except Hangs:
            pass
        except BaseException:
            raised = traceback.format_exc(limit=-12)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Came(code, texts[0], texts[1], "".join(hung[:1]) or raised)


def faults(came: Came) -> list[str]:
    """Return what is wrong with how a call ended; nothing if it is as documented."""
    if came.raised:
        return [came.raised]
    found = [] if came.code in CODES else [f"exit code {came.code}"]
    lines = came.err.splitlines()
    if "Traceback" in came.out + came.err:
        found.append("prints a traceback")
    if came.code == 2:
        told = [line for line in lines if "error: " in line]
        if not told:
            found.append("exit code 2 without a line that says why")
        found += [f"a line of {len(line)} characters" for line in told if len(line) > 2000]
    noise = [line for line in lines if re.search(r"\w+Warning: ", line)]
    found += [f"a warning of Python's: {line[:300]}" for line in noise[:1]]
    odd = {c for line in (came.out + came.err).split("\n") for c in line if not _shown(c)}
    if odd:
        found.append(f"raw characters {sorted(map(ascii, odd))}")
    return found


def _shown(character: str) -> bool:
    # A narrow no-break space stands in our own numbers.
    return character.isprintable() or character in "\t\xa0\u202f"
