"""Bytes that this process has sent over TCP, counted by the kernel.

Linux keeps a count for every socket. What gloo sends between ranks goes through such sockets, on
one machine too, so the count is of what was really on the wire: headers, and whatever a library
sends without being asked.
"""

import os
import socket
import struct
from pathlib import Path

_TCP_INFO = 11
"""`TCP_INFO` of <netinet/tcp.h>; Python's socket module names it on some platforms only."""
_BYTES_SENT = 200
"""Where `tcpi_bytes_sent` (u64, since Linux 4.19) stands in `struct tcp_info`."""

_DESCRIPTORS = Path("/proc/self/fd")


def bytes_sent() -> int | None:
    """Return the bytes sent so far over all open TCP connections; None where nothing counts them.

    A difference of two calls is what was sent between them, as long as no connection was closed.
    """
    if not _DESCRIPTORS.is_dir():
        return None
    total = 0
    for descriptor in _DESCRIPTORS.iterdir():
        try:
            if not str(descriptor.readlink()).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(descriptor.name))) as connection:
                if connection.type != socket.SOCK_STREAM or connection.family not in (
                    socket.AF_INET,
                    socket.AF_INET6,
                ):
                    continue
                info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _BYTES_SENT + 8)
        except OSError:  # closed meanwhile, or no connection yet
            continue
        if len(info) < _BYTES_SENT + 8:
            return None
        total += struct.unpack_from("Q", info, _BYTES_SENT)[0]
    return total
