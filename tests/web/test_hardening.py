"""What peers may not do to the Site, with bytes of our own on real sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet import address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from flighttap.rooms.policy import Limits
from flighttap.web import answers
from flighttap.web.answers import Node
from flighttap.web.channel import LINGER
from flighttap.web.hardening import HardenedSite
from tests.web.support import Served, assert_refused, head, parse, pause

CAP = 2000
SMALL = Limits(message=CAP, handshake=0.3)
AIRCRAFT = "/api/v1/rooms/demo/aircraft"


# ---- time


async def test_headers_that_drip_in_are_cut_off_at_the_deadline_however_steady(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    raw = await served.connect()
    raw.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
    for number in range(40):
        if raw.data:
            break
        raw.write(b"X-%d: y\r\n" % number)
        await pause(0.03)
    assert number < 20
    assert_refused(raw.data, 408)
    raw.write(b"\r\n")
    await raw.drop()
    assert_refused(raw.data, 408)


async def test_a_connection_that_says_nothing_is_closed_at_the_deadline(serve: Callable[..., Served]) -> None:
    raw = await serve(limits=SMALL).connect()
    await raw.lost
    assert raw.data == b""


async def test_a_second_request_has_the_deadline_from_its_first_byte(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    raw = await served.connect()
    raw.write(head("/healthz", "Host: x", method="GET"))
    await raw.until(b"ok\n")
    await pause(0.5)
    assert not raw.is_lost  # idle between requests is another, longer patience
    before = len(raw.data)
    raw.write(b"GET / HT")
    await raw.lost
    assert_refused(raw.data[before:], 408)


async def test_a_body_that_drips_in_is_cut_off_too(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flighttap.web.channel.BODY_DEADLINE", 0.3)
    served = serve(limits=SMALL)
    raw = await served.connect()
    raw.write(head(AIRCRAFT, "Host: x", "Content-Type: application/json", "Content-Length: 1000"))
    for _ in range(40):
        if raw.data:
            break
        raw.write(b" ")
        await pause(0.03)
    await raw.lost
    assert_refused(raw.data, 408)


async def test_a_body_has_a_patience_of_its_own(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    raw = await served.connect()
    lines = (f"Host: 127.0.0.1:{served.number}", "Content-Type: application/json", "Content-Length: 16")
    raw.write(head(AIRCRAFT, *lines))
    for half in (b'{"hex":', b'"4ca7b5"}'):
        await pause(0.4)
        raw.write(half)
    await raw.until(b"shadowed")
    assert raw.data.startswith(b"HTTP/1.1 200 ")


def channel_on_a_clock(idle: float = 60.0) -> tuple[Clock, HardenedSite, Any, StringTransport]:
    clock = Clock()
    site = HardenedSite(Node(), reactor=clock, header_deadline=5.0, body_cap=CAP, connections_per_address=2, idle=idle)
    peer = address.IPv4Address("TCP", "192.0.2.7", 4000)
    channel = site.buildProtocol(peer)
    transport = StringTransport(peerAddress=peer)
    channel.makeConnection(transport)
    return clock, site, channel, transport


def test_the_deadline_is_five_seconds_and_no_timer_outlives_the_connection() -> None:
    clock, site, channel, transport = channel_on_a_clock()
    channel.dataReceived(b"GET /")
    clock.advance(4.9)
    assert transport.value() == b""
    clock.advance(0.2)
    assert transport.value().startswith(b"HTTP/1.1 408 ")
    channel.connectionLost()
    assert clock.getDelayedCalls() == []
    assert site.cap.counts == {}


def test_a_kept_connection_is_closed_when_idle() -> None:
    clock, _site, channel, transport = channel_on_a_clock(idle=60.0)
    channel.dataReceived(head("/x", "Host: x", method="GET"))
    assert transport.value().startswith(b"HTTP/1.1 404")
    clock.advance(59)
    assert not transport.disconnecting
    clock.advance(2)
    assert transport.disconnecting
    clock.advance(LINGER)
    assert transport.disconnected
    channel.connectionLost()
    assert clock.getDelayedCalls() == []


def test_requests_sent_in_one_go_are_answered_one_a_turn_and_nothing_more_is_read_meanwhile() -> None:
    clock, _site, channel, transport = channel_on_a_clock()
    turn = 0.001
    channel.callLater = lambda seconds, *what: clock.callLater(seconds or turn, *what)  # a Clock knows no turns
    channel.dataReceived(head("/x", "Host: x", method="GET") * 4 + b"GET /y")
    for answered in range(1, 5):
        assert transport.value().count(b"HTTP/1.1 404") == answered
        assert transport.producerState == "paused"
        clock.advance(turn)
    assert transport.value().count(b"HTTP/1.1 404") == 4
    assert transport.producerState == "producing"
    channel.dataReceived(b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert transport.value().count(b"HTTP/1.1 404") == 5
    assert transport.producerState == "producing"
    channel.dataReceived(head("/x", "Host: x", method="GET") * 2)
    channel.connectionLost()
    assert clock.getDelayedCalls() == []


def test_who_does_not_read_the_last_answer_is_cut_off() -> None:
    clock, _site, channel, transport = channel_on_a_clock()
    channel.dataReceived(head("/x", "Host: x", "Connection: close", method="GET"))
    assert transport.disconnecting
    clock.advance(answers.STALL)
    assert transport.disconnected
    channel.connectionLost()
    assert clock.getDelayedCalls() == []


# ---- bodies


async def test_a_body_within_the_cap_is_taken(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    body = b'{"hex":"4ca7b5","pad":"' + b"x" * (CAP - 25) + b'"}'
    assert len(body) == CAP
    assert (await served.post(AIRCRAFT, body)).status == 200


@pytest.mark.parametrize("length", [str(CAP + 1), "99999999999", "9" * 19, "9" * 5000])
async def test_a_body_announced_over_the_cap_is_413_before_it_comes(serve: Callable[..., Served], length: str) -> None:
    served = serve(limits=SMALL)
    raw = await served.send(head(AIRCRAFT, "Host: x", "Content-Type: application/json", f"Content-Length: {length}"))
    assert_refused(raw.data, 413)
    assert parse(raw.data).code == "too_big"


async def test_a_body_over_the_cap_that_comes_anyway_does_not_hide_the_answer(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    raw = await served.send(head(AIRCRAFT, "Host: x", "Content-Length: 3000000") + b"x" * 3_000_000)
    assert_refused(raw.data, 413)
    assert raw.clean  # a reset can take the answer with it


async def test_nobody_is_told_to_go_on_with_a_body_over_the_cap(serve: Callable[..., Served]) -> None:
    raw = await serve(limits=SMALL).send(
        head(AIRCRAFT, "Host: x", "Expect: 100-continue", f"Content-Length: {CAP + 1}")
    )
    assert_refused(raw.data, 413)


@pytest.mark.parametrize("size", [1, 100, 1999, 2001, 65536])
async def test_a_chunked_body_over_the_cap_is_413_and_closed(serve: Callable[..., Served], size: int) -> None:
    served = serve(limits=SMALL)
    chunk = b"%x\r\n" % size + b"x" * size + b"\r\n"
    smuggled = b"0\r\n\r\n" + head("/healthz", "Host: x", method="GET")
    raw = await served.send(
        head(AIRCRAFT, "Host: x", "Transfer-Encoding: chunked") + chunk * (CAP // size + 1) + smuggled
    )
    assert_refused(raw.data, 413)
    assert parse(raw.data).code == "too_big"


async def test_a_chunked_body_of_hardly_any_data_and_much_wrapping_is_413(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    raw = await served.send(
        head(AIRCRAFT, "Host: x", "Transfer-Encoding: chunked") + (b"1;" + b"e" * 900 + b"\r\nx\r\n") * 100
    )
    assert_refused(raw.data, 413)


async def test_a_chunked_body_within_the_cap_is_taken(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    raw = await served.connect()
    raw.write(
        head(
            AIRCRAFT, f"Host: 127.0.0.1:{served.number}", "Content-Type: application/json", "Transfer-Encoding: chunked"
        )
    )
    for piece in (b'{"hex":', b'"4ca7b5"}'):
        raw.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
        await pause(0.01)
    raw.write(b"0\r\n\r\n")
    await raw.until(b"shadowed")
    assert raw.data.startswith(b"HTTP/1.1 200 ")


# ---- shapes that two parsers read differently


AMBIGUOUS = [
    ("Host: x", "Content-Length: 4", "Transfer-Encoding: chunked"),
    ("Host: x", "Transfer-Encoding: chunked", "Content-Length: 4"),
    ("Host: x", "Content-Length: 4", "Content-Length: 5"),
    ("Host: x", "Content-Length: 4", "Content-Length: 4"),
    ("Host: x", "Content-Length: 4, 4"),
    ("Host: x", "Content-Length: +4"),
    ("Host: x", "Content-Length: -4"),
    ("Host: x", "Content-Length: 4_0"),
    ("Host: x", "Content-Length: 0x4"),
    ("Host: x", "Content-Length: "),
    ("Host: x", "Content-Length : 4"),
    ("Host: x", "Transfer-Encoding: chunked, identity"),
    ("Host: x", "Transfer-Encoding: xchunked"),
    ("Host: x", "Transfer-Encoding: identity", "Content-Length: 4"),
    ("Host: x", "Transfer-Encoding: identity"),
    ("Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    ("Host: x", "Transfer-Encoding:\x0bchunked"),
    ("Host: x", "Transfer-Encoding : chunked"),
    ("Host: x", "Host: y"),
    ("Host: x", "Origin: http://x", "Origin: http://y"),
    ("Host: x", "Content-Type: application/json", "content-type: text/plain"),
    ("X-No-Host: x",),
    ("Host: x", "no colon here"),
    ("Host: x", ": no name"),
    ("Host: x", "bad name: x"),
    *[("Host: x", f"X-A: a{chr(byte)}Origin: http://evil") for byte in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85)],
    *[("Host: x", f"X-A: a{chr(byte)}b") for byte in (0x00, 0x01, 0x08, 0x0A, 0x0D, 0x1F, 0x7F)],
    ("Host: x\x85Origin: http://evil",),
]


async def test_ambiguous_requests_are_400_and_nothing_behind_them_is_read(served: Served) -> None:
    for lines in AMBIGUOUS:
        smuggled = b"0\r\n\r\n" + head("/healthz", "Host: x", method="GET")
        raw = await served.send(head(AIRCRAFT, *lines) + smuggled)
        assert_refused(raw.data, 400, lines)


FIRST_LINES = [
    b"GET /\x85 HTTP/1.1",
    b"GET /\x80 HTTP/1.1",
    b"GET /\x7f HTTP/1.1",
    b"GET /\xff HTTP/1.1",
    b"GET /\x00 HTTP/1.1",
    b"GET  / HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"GET * HTTP/1.1",
    b"GET http://x/ HTTP/1.1",
    b"CONNECT x:80 HTTP/1.1",
    b"GET /a b HTTP/1.1",
    b"GET / HTTP/1.2",
    b"GET / HTTP/2.0",
    b"GET / http/1.1",
    b"GET /",
    b"G\xc3T / HTTP/1.1",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0",
]


async def test_a_malformed_first_line_is_400(served: Served) -> None:
    for line in FIRST_LINES:
        raw = await served.send(line + b"\r\nHost: x\r\n\r\n")
        assert_refused(raw.data, 400, line)


async def test_what_comes_after_a_refusal_is_not_read(serve: Callable[..., Served]) -> None:
    served = serve(limits=SMALL)
    raw = await served.connect()
    first, _, rest = head(
        AIRCRAFT, f"Host: 127.0.0.1:{served.number}", "Content-Type: application/json", "Content-Length: 16"
    ).partition(b"\r\n")
    raw.write(first + b"\r\n")
    await raw.until(b"}}")
    raw.write(rest + b'{"hex":"4ca7b5"}')
    await raw.lost
    assert_refused(raw.data, 408)
    assert served.hub.rooms == {}


async def test_too_many_or_too_long_headers_are_refused(served: Served) -> None:
    many = await served.send(head("/", "Host: x", *[f"X-{n}: y" for n in range(200)], method="GET"))
    assert_refused(many.data, 400)
    large = await served.send(head("/", "Host: x", *[f"X-{n}: {'y' * 1000}" for n in range(20)], method="GET"))
    assert_refused(large.data, 400)
    endless = await served.send(b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000)
    assert_refused(endless.data, 431)


async def test_an_old_client_without_host_is_served(served: Served) -> None:
    raw = await served.send(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert raw.data.startswith(b"HTTP/1.0 200 ")
    assert raw.data.endswith(b"ok\n")
