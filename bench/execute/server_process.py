"""The process that forks a fresh process for every cell, with everything imported already.

A fork takes milliseconds where importing torch takes seconds. It only works because this process
never computes anything: OpenMP threads and CUDA contexts do not survive a fork. Its children
begin where it stands: imports done, nothing measured, nothing held from the cell before.

It listens on one socket, `control`, for orders to start a cell. Each brings two sockets: the
cell's own, and one for news of its process. There go lines of JSON, the process id and how it
ended; from there comes the order to kill it. Any number of cells may run at once. When whoever
started this process goes away, however suddenly, it kills every cell and ends.

A fork copies the tables of all memory that torch's imports fill, which takes as long as many steps
of a small network. So one process is forked ahead and waits to be given its cell; the next is
forked a moment later, while that cell prepares itself and before anything in it is timed. There it
does what every cell does first, see `bench.execute.rehearsal`.

The standard library's fork server does not do here: it runs the caller's script again in every
child, Ctrl-C during its imports is a traceback, and a child that holds the interpreter's lock in
foreign code outlives whoever asked for it.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, NoReturn

PRELOADED = ("bench.siblings", "bench.execute.cell_process", "bench.execute.rehearsal")
"""What every cell needs."""

START, KILL = b"s", b"k"
LONGEST_WAIT = 0.5
A_MOMENT = 0.005
"""Seconds for a cell that was begun to hear what it is to do, before the next process is forked."""


def main(descriptor: int) -> NoReturn:
    """Serve on the socket behind `descriptor` until its other end is closed."""
    control = socket.socket(fileno=descriptor)
    _import(*PRELOADED)
    from bench.execute.cell_process import preload

    preload()
    # Python 3.12 warns of forks beside threads; those of OpenBLAS, idle, are prepared for them.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    from bench.execute.rehearsal import lock_file

    lock = lock_file()
    _tell(control, ready=True)
    _serve(control, lock)
    # What libraries registered for the end has nothing to tidy up here.
    os._exit(0)


def _import(*names: str) -> None:
    gc.disable()  # imports make many objects and no garbage to speak of
    for name in names:
        importlib.import_module(name)
    # What is here now stays: the collector of a child need not touch, and so copy, its pages.
    gc.freeze()
    gc.enable()


@dataclass
class _Child:
    """A cell's process. `gone` is a pipe whose other end closes with it; `news` is told of it."""

    process: int
    gone: int
    news: socket.socket | None
    """None once nobody is interested any more; the process ends by itself."""

    def obey(self) -> None:
        """Do what came over `news`, which is readable."""
        assert self.news is not None
        with suppress(ConnectionResetError):
            if self.news.recv(1) == KILL:
                os.kill(self.process, signal.SIGKILL)
                return
        self.news.close()
        self.news = None

    def has_ended(self, *, certain: bool) -> bool:
        """Return whether the process has ended, and say how; `certain` that it has, or will now."""
        ended, status = os.waitpid(self.process, 0 if certain else os.WNOHANG)
        if not ended:
            return False
        os.close(self.gone)
        if self.news is not None:
            _tell(self.news, exit=os.waitstatus_to_exitcode(status))
            self.news.close()
        return True


@dataclass
class _Ahead:
    """A process that waits to be given its cell over `order`; `gone` closes with it."""

    process: int
    gone: int
    order: socket.socket

    def given(self, channel: int) -> bool:
        """Give it the cell behind `channel`; return False if it has ended before that."""
        with self.order, suppress(OSError):
            socket.send_fds(self.order, [START], [channel])
            if self.order.recv(1):
                return True
        os.waitpid(self.process, 0)  # somebody killed it
        os.close(self.gone)
        return False


def _serve(control: socket.socket, lock: IO[bytes] | None) -> None:
    """Start cells as they are asked for and watch over them, until nobody can ask any more."""
    children: list[_Child] = []
    ahead: _Ahead | None = None
    may_fork = True
    while True:
        news = [child.news for child in children if child.news is not None]
        watched: list[Any] = [control, *news, *(child.gone for child in children)]
        # A pipe closes with its child, whichever way it ends; a grandchild may keep it open, so
        # now and then the child itself is looked at.
        longest = A_MOMENT if may_fork else LONGEST_WAIT if children else None
        readable, _, _ = select.select(watched, [], [], longest)
        for child in [child for child in children if child.news in readable]:
            child.obey()
        children = [
            child for child in children if not child.has_ended(certain=child.gone in readable)
        ]
        if control in readable:
            order, descriptors = _receive(control)
            if order != START:
                break
            channel, descriptor = descriptors
            while ahead is None or not ahead.given(channel):
                ahead = _forked(control, lock, children, descriptors)
            os.close(channel)
            news_of_it = socket.socket(fileno=descriptor)
            _tell(news_of_it, pid=ahead.process)
            children.append(_Child(ahead.process, ahead.gone, news_of_it))
            ahead, may_fork = None, True
        elif may_fork and not readable:
            may_fork = False
            with suppress(OSError):  # no room for one more now: it is forked when it is asked for
                ahead = _forked(control, lock, children)
    for process in ([] if ahead is None else [ahead.process]) + [c.process for c in children]:
        os.kill(process, signal.SIGKILL)


def _forked(
    control: socket.socket,
    lock: IO[bytes] | None,
    others: Sequence[_Child],
    received: Sequence[int] = (),
) -> _Ahead:
    """Fork a process that waits for its cell, and has no hold of what was `received` for one.

    With nothing received it is forked ahead, and has the time to rehearse.
    """
    gone, held_by_child = os.pipe()
    order, theirs = socket.socketpair()
    for end in (order, theirs):
        end.settimeout(None)  # a module may have set a limit for all sockets
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        for other in others:
            os.close(other.gone)
            if other.news is not None:
                other.news.close()
        for descriptor in (gone, *received):
            os.close(descriptor)
        order.close()
        control.close()
        _be_the_child(theirs, lock, rehearses=not received)
    os.close(held_by_child)
    theirs.close()
    return _Ahead(process, gone, order)


def _be_the_child(order: socket.socket, lock: IO[bytes] | None, *, rehearses: bool) -> NoReturn:
    code = 1
    try:
        # Ctrl-C is for whoever started the study, who then ends this process.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from bench.execute.cell_process import serve_cell
        from bench.execute.rehearsal import keep_quiet, rehearse

        with order:
            if rehearses:
                rehearse(lock, lambda: bool(select.select([order], [], [], 0)[0]))
            said, descriptors = _receive(order)
            if said:
                order.sendall(said)
        if descriptors:  # else the server has gone
            with socket.socket(fileno=descriptors[0]) as asking:
                code = serve_cell(asking, lambda: keep_quiet(lock))
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # closed or replaced by the method's code
                stream.flush()
        # Not `sys.exit`: what is registered for the end of the server is not the child's to do.
        os._exit(code)


def _receive(control: socket.socket) -> tuple[bytes, Sequence[int]]:
    try:
        order, descriptors, _, _ = socket.recv_fds(control, 1, 2)
    except ConnectionResetError:
        return b"", ()
    return order, descriptors


def _tell(listener: socket.socket, **message: Any) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # gone: `control` will say so, if at all
        listener.sendall(json.dumps(message).encode() + b"\n")
