"""What peers may not do to the Site, with bytes of our own on real sockets."""

from __future__ import annotations

import base64
import gc
import os
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet import address
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport
from twisted.web.resource import Resource

from flighttap.rooms.policy import Limits
from flighttap.web import answers, hardening
from flighttap.web.answers import SECURITY_HEADERS, Node, send
from flighttap.web.hardening import ConnectionCap, HardenedSite, address_key
from flighttap.ws.factory import RoomFactory
from flighttap.ws.resource import RoomResource
from tests.web.support import Raw, Served, parse

CAP = 2000
SMALL = Limits(message=CAP, handshake=0.3)
AIRCRAFT = "/api/v1/rooms/demo/aircraft"


async def pause(seconds: float) -> None:
    from twisted.internet import reactor

    await deferLater(reactor, seconds)  # type: ignore[arg-type]


def head(path: str = AIRCRAFT, *lines: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def assert_refused(raw: bytes, status: int, sent: object = None) -> None:
    """Exactly one answer, with this status, every security header, and the end of the connection announced."""
    assert raw.count(b"HTTP/1.1 ") == 1, (sent, raw)
    answer = parse(raw)
    assert answer.status == status, (sent, raw)
    assert answer.headers["connection"] == "close"
    assert int(answer.headers["content-length"]) == len(answer.body)
    for name, value in SECURITY_HEADERS:
        assert answer.headers[name.decode().lower()] == value.decode()
    assert b"Traceback" not in raw


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
    monkeypatch.setattr(hardening, "BODY_DEADLINE", 0.3)
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
    clock.advance(hardening.LINGER)
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


# ---- faults of ours


class Broken(Resource):
    isLeaf = True

    def __init__(self, fault: Callable[[Any], object]) -> None:
        super().__init__()
        self._fault = fault

    def render_GET(self, request: Any) -> object:
        return self._fault(request)


def _raise(_: Any) -> object:
    raise KeyError("the secret of the house")


def _write_and_raise(request: Any) -> object:
    request.write(b"half an answer")
    raise KeyError("the secret of the house")


async def test_a_fault_of_ours_is_500_without_a_word_of_what_it_was(
    serve: Callable[..., Served], logged_failures: Any
) -> None:
    served = serve(rooms=Broken(_raise))
    answer = await served.ask("/ws/tracker/demo/")
    assert answer.status == 500
    for name, value in SECURITY_HEADERS:
        assert answer.headers[name.decode().lower()] == value.decode()
    assert b"secret" not in answer.raw
    assert b"Traceback" not in answer.raw
    assert len(logged_failures.flush(KeyError)) == 1


async def test_a_fault_in_the_middle_of_an_answer_ends_the_connection(
    serve: Callable[..., Served], logged_failures: Any
) -> None:
    served = serve(rooms=Broken(_write_and_raise))
    raw = await served.connect()
    raw.write(head("/ws", "Host: x", method="GET"))
    await raw.lost
    assert b"secret" not in raw.data
    assert len(logged_failures.flush(KeyError)) == 1


# ---- large answers and greedy askers


async def test_a_large_answer_arrives_whole_and_in_parts(serve: Callable[..., Served]) -> None:
    body = os.urandom(3_000_000)
    served = serve(rooms=Broken(lambda request: send(request, 200, b"application/octet-stream", body)))
    answer = await served.ask("/ws")
    assert answer.body == body


async def test_who_reads_nothing_of_a_large_answer_holds_little_of_it_and_is_cut_off(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "STALL", 0.4)
    body = bytes(30_000_000)
    requests: list[Any] = []

    def large(request: Any) -> object:
        requests.append(request)
        return send(request, 200, b"application/octet-stream", body)

    served = serve(rooms=Broken(large))
    raw = await served.connect()
    raw.transport.pauseProducing()  # type: ignore[union-attr]
    raw.write(head("/ws", "Host: x", method="GET"))
    while not requests:
        await pause(0.01)
    transport = requests[0].transport
    await pause(0.1)
    assert transport._tempDataLen + len(transport.dataBuffer) < 1_000_000
    while served.site.cap.counts:
        await pause(0.02)
    raw.transport.resumeProducing()  # type: ignore[union-attr]
    await raw.lost
    assert len(raw.data) < len(body)


async def test_who_asks_on_without_reading_is_closed(serve: Callable[..., Served]) -> None:
    body = bytes(60_000)
    asked = 0

    def medium(request: Any) -> object:
        nonlocal asked
        asked += 1
        return send(request, 200, b"application/octet-stream", body)

    served = serve(rooms=Broken(medium))
    raw = await served.send(head("/ws", "Host: x", method="GET") * 1000)
    assert asked < 10
    assert raw.data.count(b"HTTP/1.1 200") == asked


# ---- connections of an address


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
    ],
)
def test_an_address_is_an_ipv4_address_or_an_ipv6_network(host: str, key: str) -> None:
    family = address.IPv6Address if ":" in host else address.IPv4Address
    assert address_key(family("TCP", host, 1)) == key


def test_a_unix_socket_has_no_address_to_count() -> None:
    assert address_key(address.UNIXAddress("/run/x")) is None
    cap = ConnectionCap(1)
    assert all(cap.enter(None) for _ in range(3))
    cap.leave(None)
    assert cap.counts == {}


def test_each_address_has_a_count_of_its_own_and_zero_is_no_limit() -> None:
    cap = ConnectionCap(2)
    assert [cap.enter("a"), cap.enter("a"), cap.enter("a"), cap.enter("b")] == [True, True, False, True]
    cap.leave("a")
    assert cap.enter("a")
    free = ConnectionCap(0)
    assert all(free.enter("a") for _ in range(1000))


async def test_one_connection_too_many_is_closed_at_once_and_the_count_goes_down_again(
    serve: Callable[..., Served],
) -> None:
    served = serve(limits=Limits(connections_per_address=3))
    kept = [await served.connect() for _ in range(3)]
    turned_away = await served.connect()
    await turned_away.lost
    assert turned_away.data == b""
    assert served.site.cap.counts == {"127.0.0.1": 3}
    await kept.pop().drop()
    while served.site.cap.counts["127.0.0.1"] > 2:
        await pause(0.01)
    answer = await served.ask("/healthz")
    assert answer.status == 200
    for raw in kept:
        await raw.drop()
    while served.site.cap.counts:
        await pause(0.01)


async def test_refused_requests_count_down_too(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(connections_per_address=5, message=CAP, handshake=0.2))
    for _ in range(4):
        await served.send(b"nonsense\r\n\r\n")
        await served.send(head(AIRCRAFT, "Host: x", "Content-Length: 9999999"))
        await (await served.connect()).lost
    while served.site.cap.counts:
        await pause(0.01)


# ---- the upgrade


def serve_rooms(serve: Callable[..., Served], limits: Limits) -> Served:
    """A site with the real rooms under ``/ws``."""
    from twisted.internet import reactor

    served = serve(limits=limits)
    factory = RoomFactory(served.hub, reactor, new_session=lambda: "session", spread=lambda: 0.5)
    served.site.resource.putChild(b"ws", RoomResource(factory))
    return served


def handshake(served: Served) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return head(
        "/ws/tracker/demo/",
        f"Host: 127.0.0.1:{served.number}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        method="GET",
    )


def text_frame(text: bytes) -> bytes:
    """A masked text frame with a mask of zeros (RFC 6455, 5.2)."""
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


async def upgraded(served: Served, glued: bytes = b"") -> Raw:
    raw = await served.connect()
    raw.write(handshake(served) + glued)
    await raw.until(b"\r\n\r\n")
    assert raw.data.startswith(b"HTTP/1.1 101 ")
    return raw


async def test_the_deadline_and_the_idle_patience_leave_an_upgraded_connection_alone(
    serve: Callable[..., Served],
) -> None:
    served = serve_rooms(serve, Limits(handshake=0.2))
    served.site.timeOut = 0.2
    raw = await upgraded(served)
    await pause(0.7)
    assert not raw.is_lost
    raw.write(text_frame(b'{"hex":"4ca7b5"}'))
    await raw.until(b'{"data":{"hex":"4ca7b5"}}')
    assert raw.data.endswith(b'{"data":{"hex":"4ca7b5"}}')


async def test_nothing_of_http_outlives_the_upgrade(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits())
    channels: list[weakref.ref[Any]] = []
    build = served.site.buildProtocol

    def noted(peer: Any) -> Any:
        channel = build(peer)
        channels.append(weakref.ref(channel))
        return channel

    served.site.buildProtocol = noted  # type: ignore[method-assign]
    gc.disable()
    try:
        raw = await upgraded(served)
        assert [channel() for channel in channels] == [None]
    finally:
        gc.enable()
    assert not raw.is_lost


async def test_frames_glued_to_the_upgrade_request_are_not_lost(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits())
    frames = b"".join(text_frame(b'{"id":%d}' % number) for number in range(50))
    raw = await upgraded(served, frames)
    await raw.until(b'{"data":{"id":49}}')
    assert raw.data.count(b'{"data":') == 50


async def test_an_upgraded_connection_may_send_more_than_a_body(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits(message=CAP, publish_rate=0))
    raw = await upgraded(served)
    for number in range(400):
        raw.write(text_frame(b'{"id":%d}' % number))
    await raw.until(b'{"data":{"id":399}}')
    assert not raw.is_lost


async def test_an_upgraded_connection_counts_until_it_is_lost(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits(connections_per_address=2))
    one, two = [await upgraded(served) for _ in range(2)]
    assert served.site.cap.counts == {"127.0.0.1": 2}
    await (await served.connect()).lost
    await one.drop()
    while served.site.cap.counts["127.0.0.1"] > 1:
        await pause(0.01)
    three = await upgraded(served)
    two.transport.abortConnection()  # type: ignore[union-attr]
    await three.drop()
    while served.site.cap.counts:
        await pause(0.01)
    assert served.hub.rooms["demo"].members == 0


async def test_a_handshake_that_is_refused_counts_down(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits(connections_per_address=2))
    for _ in range(3):
        raw = await served.send(handshake(served).replace(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 99"))
        assert raw.data.startswith(b"HTTP/1.1 400")
        while served.site.cap.counts:
            await pause(0.01)


async def test_what_the_rooms_refuse_over_http_has_the_security_headers(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits())
    for path, status in (("/ws/tracker/demo/", 426), ("/ws/tracker/-x/", 404), ("/ws", 404)):
        answer = await served.ask(path)
        assert answer.status == status
        for name, value in SECURITY_HEADERS:
            assert answer.headers[name.decode().lower()] == value.decode()
