"""Once told, a process touches pages that it freed again without the system clearing them."""

import platform
import subprocess
import sys

import pytest

FREED_AND_TAKEN_AGAIN = """
import ctypes, resource
from types import SimpleNamespace
from noprop_core.freed_memory import keep_freed_memory
library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
if {told}:
    keep_freed_memory(SimpleNamespace(type="cpu"))
def step():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    taken = [library.malloc(size) for size in (100 << 20, 1 << 20, 20 << 20)]
    for address, size in zip(taken, (100 << 20, 1 << 20, 20 << 20)):
        ctypes.memset(address, 1, size)
    for address in taken:
        library.free(address)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
step()
print(step())
"""
PAGES = (121 << 20) // 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
@pytest.mark.parametrize("told", [True, False])
def test_pages_are_cleared_once(told) -> None:
    script = FREED_AND_TAKEN_AGAIN.format(told=told)
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    cleared = int(said.stdout)
    # Large pages, where the system has them for everyone, make it fewer.
    assert cleared < 20 if told else cleared > PAGES / 1000


def test_a_library_without_the_call_is_left_alone(monkeypatch) -> None:
    from types import SimpleNamespace

    from noprop_core import freed_memory

    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda name: SimpleNamespace())
    freed_memory.keep_freed_memory(SimpleNamespace(type="cpu"))
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda name: 1 / 0)
    freed_memory.keep_freed_memory(SimpleNamespace(type="cuda"))
