"""After our close frame a peer has little time and little attention, whoever's fault the end is."""

from __future__ import annotations

from typing import Any

import pytest

from flighttap.rooms.policy import Limits
from flighttap.ws import reading
from tests.ws.support import masked
from tests.ws.test_connection import Pinged

FAULTS = {
    "not masked": b"\x81\x02{}",
    "not UTF-8": masked(b"\xff"),
    "too long": masked(b"x" * 300_000),
    "too many pings": masked(b"", 0x89) * 11,
    "too many pongs": masked(b"", 0x8A) * 11,
    "too many fragments": masked(b"", 0x01) + masked(b"", 0x00) * 64,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_peer_whose_fault_it_is_and_that_stays_is_dropped_and_gets_nothing_more(fault: bytes) -> None:
    pinged = Pinged()
    pinged.protocol.dataReceived(fault)
    said = pinged.written()
    assert b"\x88" in said
    assert not pinged.hub.rooms["x"].members
    pinged.protocol.dataReceived(masked(b'{"id":1}'))
    assert not pinged.hub.rooms["x"].aircraft
    assert not pinged.transport.aborted
    pinged.clock.advance(2.0)
    assert pinged.transport.aborted


def test_a_peer_that_closes_and_does_not_read_our_answer_is_dropped() -> None:
    pinged = Pinged()
    pinged.protocol.dataReceived(masked(b"\x03\xe8", 0x88))
    assert pinged.written() == b"\x88\x02\x03\xe8"
    assert pinged.transport.disconnecting
    pinged.clock.advance(2.0)
    assert pinged.transport.aborted


def test_after_our_close_frame_so_many_frames_are_read_and_then_none(monkeypatch: pytest.MonkeyPatch) -> None:
    pinged = Pinged()
    seen: list[Any] = []
    read = pinged.protocol._dataReceived
    monkeypatch.setattr(pinged.protocol, "_dataReceived", lambda data: seen.append(data) or read(data))
    pinged.protocol.close(4000, "bye")
    for _ in range(3):
        pinged.protocol.dataReceived(masked(b"{}") * 200)
    assert len(seen) == reading.LATE
    pinged.clock.advance(2.0)
    assert pinged.transport.aborted


def test_once_the_connection_is_to_be_dropped_what_still_comes_is_not_kept() -> None:
    pinged = Pinged()
    pinged.protocol.dataReceived(FAULTS["too many pongs"] * 2)
    assert pinged.protocol.state == pinged.protocol.STATE_CLOSED
    pinged.protocol.dataReceived(b"x" * 100_000)
    assert len(pinged.protocol.data) < 100


def test_the_peer_s_close_frame_is_found_behind_what_it_had_on_the_way() -> None:
    pinged = Pinged(Limits(publish_rate=0))
    pinged.protocol.close(4000, "bye")
    pinged.protocol.dataReceived(masked(b'{"id":1}') * (reading.LATE - 1) + masked(b"\x0f\xa0", 0x88))
    assert pinged.protocol.wasClean
    assert pinged.transport.aborted


def test_what_a_peer_did_wrong_is_not_logged() -> None:
    from twisted.logger import LogEvent, globalLogPublisher

    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    try:
        for fault in FAULTS.values():
            Pinged().protocol.dataReceived(fault)
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event for event in events if event["log_level"].name not in ("debug",)] == []
