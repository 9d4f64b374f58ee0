"""A connection that becomes a WebSocket: HTTP lets go of it, and only its count remains."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

from flighttap.rooms.policy import Limits
from flighttap.web.answers import SECURITY_HEADERS
from tests.web.support import Served, handshake, pause, serve_rooms, text_frame, upgraded

CAP = 2000


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
        offer = b"Sec-WebSocket-Extensions: permessage-deflate; <b>=1\r\n"
        raw = await served.send(handshake(served)[:-2] + offer + b"\r\n")
        assert raw.data.startswith(b"HTTP/1.1 400")
        assert b"<b>" not in raw.data
        for name, value in SECURITY_HEADERS:
            assert b"\r\n%b: %b\r\n" % (name, value) in raw.data
        while served.site.cap.counts:
            await pause(0.01)


async def test_what_the_rooms_refuse_over_http_has_the_security_headers(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits())
    for path, status in (("/ws/tracker/demo/", 426), ("/ws/tracker/-x/", 404), ("/ws", 404)):
        answer = await served.ask(path)
        assert answer.status == status
        for name, value in SECURITY_HEADERS:
            assert answer.headers[name.decode().lower()] == value.decode()
