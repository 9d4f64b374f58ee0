"""How many connections an address has, how answers leave them, and faults of ours on them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet import address
from twisted.web.resource import Resource

from flighttap.rooms.policy import Limits
from flighttap.rooms.rates import ConnectionCap, address_key
from flighttap.web import answers
from flighttap.web.answers import SECURITY_HEADERS, send
from tests.web.support import Served, head, pause

CAP = 2000
SMALL = Limits(message=CAP, handshake=0.3)
AIRCRAFT = "/api/v1/rooms/demo/aircraft"


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
