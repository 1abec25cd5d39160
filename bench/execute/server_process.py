"""The process that forks a fresh process for every cell, with everything imported already.

A fork takes milliseconds where importing torch takes seconds. It only works because this process
never computes anything: OpenMP threads and CUDA contexts do not survive a fork. Its children
begin where it stands: imports done, nothing measured, nothing held from the cell before.

It talks over one socket, `control`: in come orders of one byte, with a socket to start a cell; out
go lines of JSON: that it is ready, a child's process id, how the child ended. When whoever started
it goes away, however suddenly, it kills the cell that is running and ends.

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
from typing import Any, NoReturn

PRELOADED = ("bench.execute.cell_process",)
"""What every cell needs."""

START, KILL = b"s", b"k"
LONGEST_WAIT = 0.5


def main(descriptor: int) -> NoReturn:
    """Serve on the socket behind `descriptor` until its other end is closed."""
    control = socket.socket(fileno=descriptor)
    _import(*PRELOADED)
    from bench.execute.cell_process import preload

    preload()
    # Python 3.12 warns of forks beside threads; those of OpenBLAS, idle, are prepared for them.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    _tell(control, ready=True)
    order, descriptors = _receive(control)
    while order:
        if order == START:
            order, descriptors = _serve_one(control, descriptors[0])
            continue
        # Else it is to end a cell, which has ended by itself.
        order, descriptors = _receive(control)
    # What libraries registered for the end has nothing to tidy up here.
    os._exit(0)


def _import(*names: str) -> None:
    gc.disable()  # imports make many objects and no garbage to speak of
    for name in names:
        importlib.import_module(name)
    # What is here now stays: the collector of a child need not touch, and so copy, its pages.
    gc.freeze()
    gc.enable()


def _serve_one(control: socket.socket, channel: int) -> tuple[bytes, Sequence[int]]:
    """Fork a child and wait for it; return the next order, which may come before its end.

    A child that has told its record may still be giving back its memory when the next is asked for.
    """
    with suppress(ChildProcessError):  # the one before, if it was left to end by itself
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    gone, held_by_child = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _be_the_child(control, gone, channel)
    os.close(held_by_child)
    os.close(channel)
    _tell(control, pid=child)
    try:
        while True:
            # The pipe's other end closes with the child, whichever way it ends; a grandchild may
            # keep it open, so now and then the child itself is looked at.
            readable, _, _ = select.select([control.fileno(), gone], [], [], LONGEST_WAIT)
            if control.fileno() in readable:
                order, descriptors = _receive(control)
                if order and order != KILL:
                    return order, descriptors
                os.kill(child, signal.SIGKILL)
                if not order:
                    os._exit(0)
            ended, status = os.waitpid(child, 0 if gone in readable else os.WNOHANG)
            if ended:
                break
    finally:
        os.close(gone)
    _tell(control, exit=os.waitstatus_to_exitcode(status), of=child)
    return _receive(control)


def _be_the_child(control: socket.socket, gone: int, channel: int) -> NoReturn:
    code = 1
    try:
        control.close()
        os.close(gone)
        # Ctrl-C is for whoever started the study, who then ends this process.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from bench.execute.cell_process import serve_cell

        code = serve_cell(socket.socket(fileno=channel))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not `sys.exit`: what is registered for the end of the server is not the child's to do.
        os._exit(code)


def _receive(control: socket.socket) -> tuple[bytes, Sequence[int]]:
    try:
        order, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    except ConnectionResetError:
        return b"", ()
    return order, descriptors


def _tell(control: socket.socket, **message: Any) -> None:
    try:
        control.sendall(json.dumps(message).encode() + b"\n")
    except BrokenPipeError:
        os._exit(0)
