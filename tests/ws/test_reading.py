"""A connection reads plain texts by itself: nobody can tell from outside that Autobahn does not read them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from flighttap.hub import Hub
from flighttap.rooms.policy import Limits
from flighttap.ws.admission import Admission
from flighttap.ws.factory import RoomFactory
from flighttap.ws.protocol import RoomProtocol
from tests.rooms.peers import frames
from tests.ws.support import V1, masked, neighbour
from tests.ws.test_connection import Kept, request

LIMITS = Limits(message=100, fragments=3, pings=3, bad_messages=4, publish_rate=0)
MASK = b"\x11\x82\xf3\x44"


class Paused(Kept):
    """Tells whether it is to be read from."""

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    paused = False


class Reader:
    """One connection, fed by hand.

    :param alone: Autobahn reads everything.
    """

    def __init__(self, limits: Limits, alone: bool = False, encoding: str = "") -> None:
        self.clock = Clock()
        hub = Hub(self.clock, limits, lambda: "e", lambda: 0.0)
        self.hub = hub
        factory = RoomFactory(hub, self.clock, new_session=lambda: "s", spread=lambda: 0.5)
        if alone:
            factory.protocol = type("Alone", (factory.protocol,), {"dataReceived": RoomProtocol._dataReceived})
        self.protocol: RoomProtocol = factory.buildProtocol(None)
        self.protocol.admission = Admission("x", encoding)
        self.protocol.caller = neighbour(factory.hub)
        self.transport = Paused()
        self.protocol.makeConnection(self.transport)
        protocols = {"Sec_WebSocket_Protocol": encoding} if encoding else {}
        self.protocol.dataReceived(request("/ws/tracker/x/", **protocols))
        self.transport.clear()

    def read(self, data: bytes) -> None:
        self.protocol.dataReceived(data)
        self.clock.advance(0)

    def seen(self) -> tuple[Any, ...]:
        """All that the peer, the room and Twisted can know."""
        transport, room = self.transport, self.hub.rooms["x"]
        said = [aircraft.sent for aircraft in room.aircraft.values()]
        return (
            transport.value(), transport.disconnecting, transport.aborted, transport.paused, self.protocol.state,
            self.protocol.wasClean, room.members, room.seq, room.turned_away, room.events.eseq, said,
        )  # fmt: skip


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


def flight(number: int, pad: int = 0) -> bytes:
    return b'{"id":%d,"pad":"%s"}' % (number, b"x" * pad)


text = st.one_of(
    st.builds(flight, st.integers(0, 5), st.sampled_from([0, 70, 120])),
    st.sampled_from([b"", b"{}", b"bad", '{"to":"Málaga ✈"}'.encode(), b"[1]", b'{"lat":99,"id":1}']),
)
plain = text.map(lambda payload: masked(payload, mask=MASK))
control = st.sampled_from(
    [masked(payload, first, MASK) for first in (0x89, 0x8A) for payload in (b"", b"beat", b"y" * 125)]
)
fragmented = st.lists(control, max_size=1).flatmap(
    lambda between: st.builds(
        lambda payload, at: masked(payload[:at], 0x01, MASK) + b"".join(between) + masked(payload[at:], 0x80, MASK),
        text,
        st.integers(0, 9),
    )
)
wrong = st.sampled_from(
    [
        masked(b"\xff", mask=MASK), masked(b'{"a":"\xed\xa0\x80"}', mask=MASK), masked(b"{}", 0x82, MASK),
        masked(b"{}", 0x80, MASK), masked(b"{}", 0x83, MASK), masked(b"{}", 0xC1, MASK),
        masked(b"{}", 0x91, MASK), masked(b"", 0x09, MASK), masked(b"", 0x8B, MASK), b"\x81\x02{}",
        b"\x81\xfe\x00\x02" + MASK + b"{}", b"\x81\xff" + bytes(7) + b"\x02" + MASK + b"{}", b"\x81\xff" + b"\xff" * 12,
        masked(b"x" * 401, mask=MASK), masked(b"x" * 300, mask=MASK), masked(b"x" * 66_000, mask=MASK),
        masked(b"\x03\xe8", 0x88, MASK), masked(b"", 0x88, MASK), masked(b"\x03", 0x88, MASK),
        masked(b"\x03\xe8bye\xff", 0x88, MASK), masked(b"{}", 0x01, MASK),
    ]
)  # fmt: skip
streams = st.lists(st.one_of(plain, plain, plain, control, fragmented, wrong), max_size=12).map(b"".join)
places = st.one_of(
    st.just([]),
    st.lists(st.integers(0, 5000), max_size=12),
    st.just(list(range(200))),
    st.just(list(range(0, 5000, 7))),
)


# What begins a chunk, or stands within a fragmented message, may look like a text message of its own.
@example(masked(masked(b"{}"), 0x89), [6])
@example(masked(b"x", 0x82, b"\x82\xfa\xff\x00") + masked(b"{}", 0x81), [1])
@example(masked(b"{", 0x01) + masked(b"{}") + masked(b"}", 0x80), [])
@example(masked(b"{}") * 3 + masked(b"", first=0x88) + masked(b"{}"), [])
@example(masked(b"bad") * 8 + masked(b"\x03\xe8", first=0x88), [])
@example(masked(flight(1)) + b"\x81\xff" + b"\xff" * 12 + masked(flight(2)), [21, 25])
@example(masked(b"x" * 401, mask=MASK) + masked(b"\xff", mask=MASK), list(range(420)))
@given(streams, places)
def test_any_stream_cut_anywhere_is_taken_and_answered_as_if_autobahn_read_it(data: bytes, places: list[int]) -> None:
    for limits in (LIMITS, Limits(message=100, fragments=3, pings=3, aircraft=2, publish_rate=2, publish_burst=1)):
        ours, theirs = Reader(limits), Reader(limits, alone=True)
        for chunk in cut(data, places):
            ours.read(chunk)
            theirs.read(chunk)
            assert ours.seen() == theirs.seen()
        for reader in (ours, theirs):
            reader.clock.pump([0.5] * 20)
        assert ours.seen() == theirs.seen()


def test_texts_do_not_pass_through_autobahn_not_even_behind_other_frames_or_a_cut_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader(LIMITS)
    passed: list[bytes] = []
    monkeypatch.setattr(reader.protocol, "onMessage", lambda payload, isBinary: passed.append(payload))
    some = [masked(flight(number)) for number in range(9)]
    ping = masked(b"", first=0x89)
    reader.read(some[0] + some[1] + ping + some[2] + some[3][:9])
    reader.read(some[3][9:] + some[4] + some[5][:1])
    reader.read(some[5][1:] + some[6] + ping + some[7] + some[8])
    assert passed == [flight(3), flight(5)]
    said = [json.loads(payload)["data"]["id"] for payload in frames(reader.transport.value()) if payload]
    assert said == [0, 1, 2, 4, 6, 7, 8]


def test_what_is_read_at_once_is_published_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(LIMITS)
    publish, batches = reader.hub.publish, []
    monkeypatch.setattr(reader.hub, "publish", lambda *said: batches.append(len(said[1])) or publish(*said))
    reader.read(masked(flight(1)) * 5 + masked(b"bad") + masked(flight(2)))
    assert batches == [6]
    assert len(frames(reader.transport.value())) == 7


def test_where_a_room_has_no_place_for_all_that_was_read_only_what_finds_none_is_refused() -> None:
    reader = Reader(Limits(aircraft=2, publish_rate=0))
    reader.read(b"".join(masked(flight(number)) for number in (1, 1, 2, 3, 1, 4)))
    said = [json.loads(payload) for payload in frames(reader.transport.value())]
    assert [each["error"]["code"] for each in said if "error" in each] == ["room_full"] * 2
    assert [each["data"]["id"] for each in said if "data" in each] == [1, 1, 2, 1]
    assert reader.hub.rooms["x"].turned_away == 2


def test_a_connection_that_we_close_amid_what_was_read_takes_no_more_but_what_came_before() -> None:
    reader = Reader(Limits(bad_messages=1, publish_rate=0))
    reader.read(masked(flight(1)) + masked(b"bad") * 2 + masked(flight(2)))
    room = reader.hub.rooms["x"]
    assert list(room.aircraft) == ["id:1"]
    assert (4501).to_bytes(2, "big") in reader.transport.value()


def test_a_publisher_that_is_held_back_amid_what_was_read_loses_none_of_it() -> None:
    reader = Reader(Limits(publish_rate=2, publish_burst=1))
    reader.read(b"".join(masked(flight(number)) for number in range(4)))
    assert reader.transport.paused
    assert [json.loads(payload)["data"]["id"] for payload in frames(reader.transport.value())] == [0, 1, 2, 3]
    reader.clock.pump([0.5] * 4)
    assert not reader.transport.paused


@pytest.mark.parametrize("encoding", [V1])
def test_operations_of_version_1_are_taken_in_order(encoding: str) -> None:
    reader = Reader(LIMITS, encoding=encoding)
    reader.read(b"".join(masked(b'{"op":"ping","id":%d}' % number) for number in range(5)))
    assert [json.loads(payload)["id"] for payload in frames(reader.transport.value())] == [0, 1, 2, 3, 4]
