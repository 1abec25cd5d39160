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
_NOT_SENT, _BYTES_SENT, _BYTES_SENT_AGAIN = 144, 200, 208
"""Where in `struct tcp_info` stand `tcpi_notsent_bytes` (u32), `tcpi_bytes_sent` and
`tcpi_bytes_retrans` (u64, both since Linux 4.19). What waits in the kernel's queue has been sent by
this process, and is counted by `tcpi_bytes_sent` a moment later."""
_SIZE = _BYTES_SENT_AGAIN + 8

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
                info = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _SIZE)
        except OSError:  # closed meanwhile, or no connection yet
            continue
        if len(info) < _SIZE:
            return None
        sent, again = struct.unpack_from("QQ", info, _BYTES_SENT)
        (waiting,) = struct.unpack_from("I", info, _NOT_SENT)
        total += sent - again + waiting
    return total
