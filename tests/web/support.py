"""A real Site on a loopback port, and a client that writes whatever bytes it likes."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.resource import IResource, Resource

from flighttap.access.access import Access, Verify
from flighttap.aircraft.observation import Observation
from flighttap.hub import Hub
from flighttap.rooms.policy import Limits
from flighttap.web.answers import SECURITY_HEADERS
from flighttap.web.hardening import HardenedSite
from flighttap.web.site import make_site
from flighttap.ws.factory import RoomFactory
from flighttap.ws.resource import RoomResource

INDEX = b'<!doctype html><title>page</title><script type="module" src="/static/app.js"></script>' + b" " * 2000
PAGE = {
    "index.html": INDEX,
    "app.js": b'import "./deep/part.js";\n' + b"// filler\n" * 200,
    "deep/part.js": b"export const x = 1;\n",
    "icon.png": b"\x89PNG" + bytes(range(256)) * 8,
    "notes.unknown": b"not for serving",
    ".hidden.js": b"not for serving",
}


def write_page(folder: Path) -> Path:
    for name, body in PAGE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder


class Raw(Protocol):
    """Collects what the server says; ``lost`` fires when the connection is over."""

    def __init__(self) -> None:
        self.data = b""
        self.lost: Deferred[None] = Deferred()
        self.is_lost = False
        self.clean = False
        """Whether the server ended the connection in order, with nothing reset."""
        self._waiting: list[tuple[Callable[[bytes], bool], Deferred[None]]] = []

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        self._look()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.is_lost = True
        self.clean = reason.check(ConnectionDone) is not None
        self.lost.callback(None)
        self._look()

    def _look(self) -> None:
        for pair in list(self._waiting):
            if self.is_lost or pair[0](self.data):
                self._waiting.remove(pair)
                pair[1].callback(None)

    def until(self, wanted: bytes | Callable[[bytes], bool]) -> Deferred[None]:
        """Fires when these bytes have come (or this is true of all that came), or the connection is lost."""
        waiting: Deferred[None] = Deferred()
        enough = (lambda data: wanted in data) if isinstance(wanted, bytes) else wanted
        self._waiting.append((enough, waiting))
        self._look()
        return waiting

    def write(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def drop(self) -> Deferred[None]:
        assert self.transport is not None
        self.transport.loseConnection()
        return self.lost


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    raw: bytes = field(repr=False, default=b"")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


def parse(raw: bytes) -> Answer:
    """One answer that ended with its connection."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answer(int(first.split()[1]), headers, body, raw)


class Served:
    """A site of its own port, a hub behind it, and ways to ask it."""

    def __init__(self, hub: Hub, site: HardenedSite, port: Any) -> None:
        self.hub = hub
        self.site = site
        self._port = port
        self.number: int = port.getHost().port
        self._open: list[Raw] = []

    async def connect(self) -> Raw:
        from twisted.internet import reactor

        raw: Raw = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", self.number), Raw())  # type: ignore[arg-type]
        self._open.append(raw)
        return raw

    async def send(self, data: bytes) -> Raw:
        """Send bytes and wait until the server ends the connection."""
        raw = await self.connect()
        raw.write(data)
        await raw.lost
        return raw

    async def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, host: str | None = None, **headers: str
    ) -> Answer:
        """One well-formed request on a connection of its own."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.number}'}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        raw = await self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        return parse(raw.data)

    async def post(self, path: str, body: bytes, content_type: str = "application/json", **headers: str) -> Answer:
        return await self.ask(path, "POST", body, Content_Type=content_type, **headers)

    async def close(self) -> None:
        for raw in self._open:
            if not raw.is_lost:
                raw.transport.abortConnection()  # type: ignore[union-attr]
                await raw.lost
        await self._port.stopListening()
        self.hub.stop()


def new_hub(limits: Limits, wall: float = 1_795_000_000.25) -> Hub:
    from twisted.internet import reactor

    epochs = iter(f"{number:06x}" for number in range(1, 10_000))
    return Hub(reactor, limits, lambda: next(epochs), lambda: wall)  # type: ignore[arg-type]


def serve_on_loopback(
    page: Path,
    limits: Limits | None = None,
    rooms: IResource | None = None,
    open_publish: bool = False,
    verify: Verify | None = None,
    **options: Any,
) -> Served:
    from twisted.internet import reactor

    limits = limits or Limits()
    hub = new_hub(limits)
    access = Access(hub.rules_of, open_publish=open_publish, verify=verify)
    site = make_site(hub, rooms or Resource(), reactor=reactor, limits=limits, access=access, static=page, **options)  # type: ignore[arg-type]
    port = reactor.listenTCP(0, site, interface="127.0.0.1")  # type: ignore[attr-defined]
    return Served(hub, site, port)


async def pause(seconds: float) -> None:
    from twisted.internet import reactor

    await deferLater(reactor, seconds)  # type: ignore[arg-type]


def head(path: str, *lines: str, method: str = "POST") -> bytes:
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


def serve_rooms(serve: Callable[..., Served], limits: Limits) -> Served:
    """A site with the real rooms under ``/ws``."""
    from twisted.internet import reactor

    served = serve(limits=limits)
    factory = RoomFactory(served.hub, reactor, new_session=lambda: "session", spread=lambda: 0.5)
    served.site.resource.putChild(b"ws", RoomResource(factory, Access(served.hub.rules_of)))
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


@dataclass
class Spec:
    name: str = "roof"
    rooms: tuple[str, ...] = ("ams",)
    source: str = "beast@tcp:192.0.2.9:30005"
    format: str = "beast"
    receiver: tuple[float, float] | None = (52.123456, 4.654321)
    share_position: str = "rounded"
    simulated: bool = False


def hear(served: Served, *keys: str, **values: Any) -> None:
    """A receiver hears these aircraft in ``ams``."""
    hub = served.hub
    feed = next(iter(hub.feeds), None) or hub.add_feed(Spec())
    feed.observe([Observation(key, hub.clock.seconds(), "adsb_icao", dict(values)) for key in keys])


def assert_error(answer: Answer, status: int, code: str, sent: object = None) -> None:
    assert (answer.status, answer.json["error"]["code"]) == (status, code), (sent, answer.raw)
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message"}
    assert answer.headers["content-type"] == "application/json"
    for name, value in SECURITY_HEADERS:
        assert answer.headers[name.decode().lower()] == value.decode()
