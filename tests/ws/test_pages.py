"""Bytes that the kernel holds once for many sockets."""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import Any

import pytest

from flighttap.wire.messages import read_flight
from flighttap.ws.pages import FEWEST, LEAST, held, send
from tests.ws.test_sending import Room

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files in memory")

DATA = os.urandom(3 * LEAST)


def pairs(count: int) -> list[tuple[socket.socket, socket.socket]]:
    made = [socket.socketpair() for _ in range(count)]
    for ours, _ in made:
        ours.setblocking(False)
    return made


def received(peer: socket.socket, count: int) -> bytes:
    return b"".join(iter(lambda: peer.recv(count), b""))


def test_every_socket_takes_the_same_bytes_though_the_file_is_gone_when_they_are_read() -> None:
    made = pairs(3)
    with held(DATA) as pages:
        assert pages is not None
        taken = [send(ours.fileno(), pages, len(DATA)) for ours, _ in made]
    with held(bytes(len(DATA))) as other:  # what the kernel may put where the first was
        assert other is not None
    for (ours, peer), count in zip(made, taken, strict=True):
        ours.close()
        assert 0 < count <= len(DATA)
        assert received(peer, 65536) == DATA[:count]
        peer.close()


def test_a_full_socket_takes_a_part_and_then_none() -> None:
    ((ours, peer),) = pairs(1)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with held(DATA) as pages:
        assert pages is not None
        count = send(ours.fileno(), pages, len(DATA))
        assert 0 < count < len(DATA)
        with pytest.raises(BlockingIOError):
            send(ours.fileno(), pages, len(DATA))
        ours.close()
        assert received(peer, 65536) == DATA[:count]
        with pytest.raises(OSError, match="descriptor"):
            send(-1, pages, len(DATA))
    peer.close()


@pytest.mark.parametrize("call", ["memfd_create", "write"])
def test_where_there_is_no_such_file_each_socket_gets_a_copy(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    room = Room(FEWEST)
    room.publish(1)
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, call, fails)
    said = b'{"id":1,"note":"%b"}' % (b"x" * LEAST)
    room.hub.publish("x", [read_flight(said, room.hub.limits)], None)
    room.clock.advance(0)
    assert [b"".join(watcher.sent)[-len(said) - 1 :] for watcher in room.watchers] == [said + b"}"] * FEWEST
    assert len(os.listdir("/proc/self/fd")) == before


def test_from_so_many_bytes_and_watchers_on_they_are_sent_from_it() -> None:
    room = Room(FEWEST)
    room.publish(1)
    made = pairs(FEWEST)
    for watcher, (ours, _) in zip(room.watchers, made, strict=True):
        watcher.transport.fileno = ours.fileno  # type: ignore[attr-defined]
    said = b'{"id":1,"note":"%b"}' % (b"x" * LEAST)
    room.hub.publish("x", [read_flight(said, room.hub.limits)], None)
    room.clock.advance(0)
    for watcher, (ours, peer) in zip(room.watchers, made, strict=True):
        assert len(watcher.sent) == 1, "only what came before"
        ours.close()
        assert received(peer, 65536).endswith(b'{"data":%b}' % said)
        peer.close()
