"""Bytes on the wire are the kernel's count."""

import socket

import pytest

from noprop_core.parallel import wire


def test_what_is_sent_is_counted_and_nothing_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = socket.create_connection(server.getsockname())
        there, _ = server.accept()
        with here, there:
            before = wire.bytes_sent()
            if before is None:
                pytest.skip("this system counts no bytes of a TCP connection")
            assert wire.bytes_sent() == before
            here.sendall(b"x" * 12_345)
            assert wire.bytes_sent() == before + 12_345, "whether it has arrived or not"
            received = 0
            while received < 12_345:
                received += len(there.recv(65_536))
            assert wire.bytes_sent() == before + 12_345


def test_sockets_of_other_kinds_do_not_count() -> None:
    first, second = socket.socketpair()
    with first, second:
        before = wire.bytes_sent()
        first.sendall(b"x" * 100)
        assert wire.bytes_sent() == before


def test_where_nothing_counts_nothing_is_said(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(wire, "_DESCRIPTORS", tmp_path / "absent")
    assert wire.bytes_sent() is None
