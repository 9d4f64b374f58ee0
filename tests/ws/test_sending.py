"""How bytes go out: straight to the socket where nothing waits before them, else in their turn."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from twisted.internet.task import Clock

from flighttap.hub import Hub
from flighttap.rooms.policy import Limits
from flighttap.wire.messages import read_flight
from flighttap.ws.admission import Admission
from flighttap.ws.factory import RoomFactory
from flighttap.ws.protocol import RoomProtocol
from tests.ws.support import neighbour
from tests.ws.test_connection import Kept, request


class Transport(Kept):
    """Keeps what waits apart, as a TCP transport does, until :meth:`drain`."""

    _tempDataBuffer: list[bytes]

    def __init__(self) -> None:
        super().__init__()
        self._tempDataBuffer = []

    def write(self, data: bytes) -> None:
        self._tempDataBuffer.append(data)

    def drain(self) -> bytes:
        self.io.write(b"".join(self._tempDataBuffer))
        self._tempDataBuffer = []
        return self.value()


class Watcher:
    """A connection in tutorial mode whose socket takes so much of each send.

    :ivar takes: bytes, or what it raises.
    :ivar sent: what the socket took, send by send; the peer reads it with what the transport wrote.
    """

    def __init__(self, factory: RoomFactory) -> None:
        self.protocol: RoomProtocol = factory.buildProtocol(None)
        self.protocol.admission = Admission("x")
        self.protocol.caller = neighbour(factory.hub)
        self.transport = Transport()
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(request("/ws/tracker/x/"))
        self.takes: int | OSError = 10**6
        self.sent: list[bytes] = []
        self.protocol._plain = True
        self.protocol._send = self.send
        self.transport.drain()
        self.transport.clear()

    def send(self, data: bytes) -> int:
        if isinstance(self.takes, OSError):
            raise self.takes
        self.sent.append(data[: self.takes])
        self.transport.io.write(data[: self.takes])
        return len(self.sent[-1])


class Room:
    """Some watchers of a room, and a clock."""

    def __init__(self, watchers: int) -> None:
        self.clock = Clock()
        self.hub = Hub(self.clock, Limits(), lambda: "e", lambda: 0.0)
        self.factory = RoomFactory(self.hub, self.clock, new_session=lambda: "s", spread=lambda: 0.5)
        self.factory.startFactory()
        self.watchers = [Watcher(self.factory) for _ in range(watchers)]

    def publish(self, *numbers: int) -> None:
        for number in numbers:
            self.hub.publish("x", [read_flight(b'{"id":%d}' % number, Limits())], None)
            self.clock.advance(0)


def framed(*numbers: int) -> bytes:
    return b"".join(b'\x81\x11{"data":{"id":%d}}' % number for number in numbers)


def test_a_frame_goes_to_each_socket_as_the_very_same_bytes() -> None:
    room = Room(3)
    room.publish(1, 2)
    first, second, third = (watcher.sent for watcher in room.watchers)
    assert first == [framed(1), framed(2)]
    assert first[1] is second[1] is third[1]
    assert not any(watcher.transport._tempDataBuffer for watcher in room.watchers)


@pytest.mark.parametrize("takes", [0, 1, 18, OSError(errno.EAGAIN, "full"), BlockingIOError(), ConnectionResetError()])
def test_what_a_socket_does_not_take_waits_and_all_that_follows_waits_behind_it(takes: Any) -> None:
    room = Room(2)
    slow, quick = room.watchers
    room.publish(1)
    slow.takes = takes
    room.publish(2)
    slow.takes = 10**6
    room.publish(3, 4)
    assert len(slow.sent) <= 2, "nothing overtakes what waits"
    assert slow.transport.drain() == framed(1, 2, 3, 4)
    assert quick.sent == [framed(number) for number in (1, 2, 3, 4)]
    room.publish(5)
    assert slow.sent[-1] == framed(5), "once nothing waits it goes straight again"
    assert slow.transport.value() == framed(1, 2, 3, 4, 5)


@pytest.mark.parametrize("takes", [5, BlockingIOError(), BrokenPipeError()])
def test_a_reply_that_the_socket_does_not_take_waits_as_well(takes: Any) -> None:
    (watcher,) = Room(1).watchers
    watcher.takes = takes
    watcher.protocol.reply(framed(1))
    assert watcher.transport.drain() == framed(1)


def test_nothing_overtakes_a_frame_of_autobahn_nor_the_rest_of_one() -> None:
    room = Room(1)
    (watcher,) = room.watchers
    room.publish(1)
    watcher.protocol.sendPing(b"")
    room.publish(2)
    assert watcher.transport.value() == framed(1)
    assert watcher.transport.drain() == framed(1) + b"\x89\x00" + framed(2)


@pytest.mark.parametrize("end", ["close", "abort", "sendClose", "connectionLost"])
def test_nothing_is_sent_behind_the_end(end: str) -> None:
    room = Room(2)
    gone, other = room.watchers
    member = gone.protocol.member
    room.publish(1)
    arguments = {"close": (4000, "bye"), "sendClose": (1000,)}.get(end, ())
    getattr(gone.protocol, end)(*arguments)
    closing = gone.transport.drain()
    room.factory.broadcast([((member, other.protocol.member), (framed(2),))])
    assert gone.transport.drain() == closing
    assert gone.sent == [framed(1)]
    assert other.sent == [framed(1), framed(2)]
    room.clock.advance(5)


def test_a_member_that_fills_up_leaves_and_the_others_get_theirs() -> None:
    room = Room(3)
    full = room.watchers[1]
    write = full.transport.write

    def fills(data: bytes) -> None:
        write(data)
        full.protocol.pauseProducing()

    full.transport.write = fills
    full.takes = 0
    full.transport.dataBuffer = b""
    room.publish(1, 2)
    assert [watcher.sent for watcher in room.watchers[::2]] == [[framed(1), framed(2)]] * 2
    assert full.transport.drain() == framed(1)
    full.transport.write = write
    full.protocol.resumeProducing()
    assert full.transport.drain() == framed(1, 2)


def test_of_many_connections_some_are_looked_at_at_a_time_and_each_once_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[tuple[RoomProtocol, float]] = []
    monkeypatch.setattr(RoomProtocol, "second_passed", lambda self, now, pause: looked.append((self, pause)))
    room = Room(600)
    room.clock.advance(1.0)
    assert len(looked) == 250
    room.clock.pump([0.125] * 7)
    assert len(looked) == len({protocol for protocol, _ in looked}) == 600
    room.clock.advance(7.125)  # the process stood still
    assert len(looked) == 850
    room.clock.pump([0.125] * 7)
    assert len(looked) == 1200
    assert [pause for _, pause in looked] == [0.0] * 600 + [7.0] * 600


def test_a_pause_before_the_rest_are_looked_at_is_held_against_none_of_them() -> None:
    room = Room(260)
    last = room.watchers[-1]
    room.clock.pump([1.0] * 20)
    pinged = sum(watcher.transport.drain() == b"\x89\x00" for watcher in room.watchers)
    assert pinged >= 250
    room.clock.advance(1.0)
    room.clock.advance(60.0)
    assert all(watcher.protocol.state == last.protocol.STATE_OPEN for watcher in room.watchers)
    room.clock.pump([1.0] * 12)
    assert not any(watcher.protocol.state == last.protocol.STATE_OPEN for watcher in room.watchers)
