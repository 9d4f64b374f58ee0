"""What holds whatever strangers send: frames, JSON, operations, HTTP requests, the bytes of feeds.

Each property is one hypothesis test. pytest runs them for a moment, the nightly mode for half an hour, and
``python -m tests.fuzz NAME`` lets atheris choose the bytes by the code that they reach.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flighttap.aircraft.fields import FIELDS
from flighttap.errors import WireError
from flighttap.formats import FORMATS
from flighttap.rooms.policy import Limits
from flighttap.rooms.wishes import read_area, read_detail, read_fields, read_where
from flighttap.wire.messages import read_flight, read_flights, read_object, read_publish
from tests.fuzz.world import Stranger, assert_answers, world
from tests.rooms.peers import Spec
from tests.ws.support import BIN, V1, masked

__all__ = ["PROPERTIES", "Property"]


class Property(NamedTuple):
    """What must hold, and of what."""

    holds: Callable[..., None]
    of: tuple[SearchStrategy[Any], ...]

    def drawn(self) -> Any:
        """It as a test of hypothesis, made anew: one may be given settings once."""
        return given(*self.of)(self.holds)


PROPERTIES: dict[str, Property] = {}


def fuzzed(*of: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Name a property after its function."""

    def named(holds: Callable[..., None]) -> Callable[..., None]:
        PROPERTIES[holds.__name__] = Property(holds, of)
        return holds

    return named


# ---- material

WORDS = st.sampled_from(
    [field.wire for field in FIELDS]
    + ["op", "id", "watch", "resume", "publish", "remove", "presence", "name", "ping", "auth", "hz", "bbox", "where"]
    + ["fields", "detail", "events", "aircraft", "event", "key", "session", "epoch", "seq", "eseq", "covers", "filter"]
    + ["token", "hex", "flight", "icao", "callsign", "", "__proto__", "\x00", "\ud800", "a" * 70]
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            *(
                "4ca7b5",
                "~4ca7b5",
                "RYR12AB",
                "flight:RYR12AB",
                "id:1",
                "1",
                "s",
                "e1",
                "none",
                "count",
                "list",
                "ground",
            ),
            *("alt<10000 flight=KLM*", "((((((", 'not "', "lat within 1", "<script>alert(1)</script>", "\x1b[31m\n"),
            *("\u202e", "\ud83d", "é" * 50, "NaN", "1e999", "7700", "A3", "adsb_icao", "{}", "\x00"),
        ]
    ),
    st.text(max_size=12),
)
NUMBERS = st.one_of(
    st.integers(-1, 60000),
    st.sampled_from([0, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), 10**40, 0.0, -0.0, 1e-320, 1e308, 0.5, 20]),
    st.floats(-400, 400),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=8,
)
FLIGHTS = st.dictionaries(WORDS, VALUES, max_size=6)
COORDINATES = st.floats(-200, 200) | st.sampled_from([-180, 180, 90, -90, 0, None])
OPERATIONS = st.one_of(
    FLIGHTS,
    st.fixed_dictionaries(
        {"op": st.sampled_from(["watch", "resume", "publish", "remove", "presence", "name", "ping", "auth", "x"])},
        optional={
            "id": VALUES,
            "hz": NUMBERS,
            "bbox": st.lists(COORDINATES, min_size=3, max_size=5),
            "where": TEXTS,
            "fields": st.lists(WORDS, max_size=4) | VALUES,
            "detail": st.lists(TEXTS, max_size=4) | VALUES,
            "events": VALUES,
            "presence": TEXTS,
            "session": TEXTS,
            "epoch": TEXTS,
            "seq": NUMBERS,
            "eseq": NUMBERS,
            "covers": st.lists(COORDINATES, min_size=4, max_size=4) | VALUES,
            "filter": TEXTS,
            "detailed": VALUES,
            "aircraft": st.lists(FLIGHTS, max_size=4) | VALUES,
            "event": VALUES,
            "key": TEXTS,
            "name": TEXTS,
            "token": TEXTS,
        },
    ),
)
RAW_JSON = st.one_of(
    VALUES.map(lambda value: json.dumps(value).encode()),
    OPERATIONS.map(lambda said: json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from(
            [
                *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u", b"d800", b"NaN", b"-", b"1e999", b"9" * 400),
                *(b"\xff", b"\xed\xa0\x80", b"\x00", b'{"hex":"4ca7b5","lat":', b"null", b"true", b" "),
            ]
        ),
        max_size=20,
    ).map(b"".join),
    st.integers(1, 990).map(lambda depth: b'{"a":' * depth + b"1" + b"}" * depth),
    st.binary(max_size=200),
)  # fmt: skip


def deflated(payload: bytes) -> bytes:
    """As permessage-deflate sends it (RFC 7692, 7.2.1)."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]


def _frame(first: int, payload: bytes, form: str) -> bytes:
    if form == "long":  # a length in more bytes than it needs
        return bytes((first, 0xFF)) + len(payload).to_bytes(8, "big") + bytes(4) + payload
    if form == "bare":
        return bytes((first, len(payload) & 0x7F)) + payload
    if form == "cut":
        return masked(payload, first)[:-1]
    if form == "huge":
        return bytes((first, 0xFF)) + (2**63 + len(payload)).to_bytes(8, "big") + bytes(4)
    return masked(payload, first, b"\x11\x82\xf3\x44")


PAYLOADS = st.one_of(
    RAW_JSON,
    RAW_JSON.map(deflated),
    st.sampled_from(
        [b"", b"\x03\xe8", b"\x03", b"\x03\xed", b"\x0b\xb8bye", b"\x03\xe8\xff", deflated(bytes(200_000))]
    ),
)
FRAMES = st.one_of(
    st.builds(
        _frame,
        st.sampled_from(b"\x81\x81\x81\x01\x00\x80\x82\x88\x89\x8a\xc1\x41\xc1") | st.integers(0, 255),
        PAYLOADS,
        st.sampled_from(["", "", "", "", "", "long", "bare", "cut", "huge"]),
    ),
    st.binary(max_size=30),
)  # fmt: skip


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


CUTS = st.lists(st.integers(0, 2**14), max_size=5)

# ---- properties


@fuzzed(st.lists(FRAMES, max_size=8), CUTS, st.sampled_from(["", V1, BIN]), st.booleans())
def frames(sent: list[bytes], places: list[int], encoding: str, deflate: bool) -> None:
    """A connection takes any frames, whole or in pieces."""
    with world() as server:
        stranger, other = Stranger(server), Stranger(server)
        stranger.upgrade(encoding, deflate)
        other.upgrade(V1, deflate)
        other.send(masked(b'{"op":"watch","presence":"list"}'))
        for piece in cut(b"".join(sent), places):
            stranger.send(piece)
        server.clock.advance(1.0)
        assert not other.wire.disconnecting, "the others are not touched"
        stranger.go()
        other.go()


@fuzzed(RAW_JSON)
def messages(payload: bytes) -> None:
    """Whatever a payload is, an object comes out of it or a WireError."""
    limits = Limits(message=2000)
    for read in (read_object, read_flight, read_flights, read_publish):
        with suppress(WireError):
            read(payload, limits)  # type: ignore[operator]


@fuzzed(VALUES, TEXTS)
def wishes(value: Any, text: str) -> None:
    """Whatever is asked for, it is understood or a WireError."""
    for read in (read_area, read_fields, read_detail, read_where):
        for said in (value, text):
            with suppress(WireError):
                read(said)


@fuzzed(
    st.lists(st.tuples(st.integers(0, 2), OPERATIONS, st.sampled_from([0, 0, 0.05, 1.0, 61.0])), max_size=10),
    st.booleans(),
)
def operations(said: list[tuple[int, dict[str, Any], float]], deflate: bool) -> None:
    """Members of every kind ask, publish and watch each other; time goes by."""
    with world() as server:
        feed = server.hub.add_feed(Spec("x"))
        members = [Stranger(server) for _ in range(3)]
        for member, encoding in zip(members, ("", V1, BIN), strict=True):
            member.upgrade(encoding, deflate and bool(encoding))
        for member in members[1:]:
            member.send(masked(b'{"op":"watch"}'))
        decoder = FORMATS["avr"]()
        feed.observe(list(decoder.feed(b"*8D4840D6202CC371C32CE0576098;\n", server.clock.seconds())))
        for which, operation, seconds in said:
            payload = json.dumps(operation).encode()
            members[which].send(masked(payload))
            server.clock.advance(seconds)
        for member in members:
            assert (1011).to_bytes(2, "big") + b"Something" not in member.said()
            member.go()


REQUESTED = """
/
/tracker/
/tracker/x
/tracker/%00
/static/../setup.py
/static/%2e%2e/app.js
*
//
http://evil/healthz
/healthz
/readyz
/metrics
/api/v1/rooms
/api/v1/rooms/x
/api/v1/rooms/x/reach
/api/v1/rooms/x/trails
/api/v1/rooms/x/trails?bbox=nan,1,2,3
/api/v1/rooms/x/aircraft
/api/v1/rooms/x/aircraft.geojson
/api/v1/rooms/x/aircraft?bbox=1,2,3,4
/api/v1/rooms/x/aircraft?where=%ff
/api/v1/rooms/x/aircraft?where=alt%3c1&fields=lat
/ws/tracker/x/
/ws/tracker/x/?hz=inf
/ws/tracker/x/?session=%00
/ws/tracker/x/?token=%ff
/ws/tracker/x/?bbox=1,2,3,4&snapshot=1
"""
SENT = """
Host: 127.0.0.1
Host: x
Host: [::1
Host: \xff
Origin: http://x
Origin: \x9b
Origin: null
Content-Length: 5
Content-Length: 0
Content-Length: 9999999
Content-Length: -1
Content-Length: 5, 5
Content-Type: application/json
Transfer-Encoding: chunked
Transfer-Encoding: identity
Transfer-Encoding : chunked
Connection: Upgrade
Connection: close
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
Sec-WebSocket-Protocol: flighttap.v1.json
Sec-WebSocket-Extensions: permessage-deflate
Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99
Authorization: Bearer \xff
Cookie: \xff=\x00
Expect: 100-continue
If-None-Match: *
Accept-Encoding: gzip;q=nan
Range: bytes=-
X-Forwarded-For: 1.2.3.4
X: a\x1cOrigin: y
X-\x85: y
 folded
no colon
: no name
"""


def lines(text: str) -> list[str]:
    return text.strip("\n").split("\n")


METHODS = st.sampled_from([b"GET", b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"get", b"", b"G\x00T"])
PATHS = st.one_of(
    st.sampled_from(lines(REQUESTED)).map(lambda path: path.encode("latin-1")),
    st.binary(max_size=20).map(lambda tail: b"/" + tail),
)
HEADERS = st.sampled_from(lines(SENT)).map(lambda line: line.encode("latin-1"))
BODIES = st.sampled_from(
    [
        *(b"", b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\n"),
        *(b'{"hex":"4ca7b5"}', b"\x81\x80\x00\x00\x00\x00"),
    ]
)
REQUESTS = st.builds(
    lambda method, path, version, usual, lines, body: b"\r\n".join(
        [method + b" " + path + b" " + version, *usual, *lines, b"", body]
    ),
    METHODS,
    PATHS,
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"http/1.1", b""]),
    st.sampled_from(
        [
            (),
            (b"Host: 127.0.0.1",),
            (b"Host: 127.0.0.1", b"Content-Type: application/json", b"Content-Length: 16"),
            (b"Host: 127.0.0.1", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
            (
                *(b"Host: 127.0.0.1", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            ),
        ]
    ),
    st.lists(HEADERS, max_size=6),
    BODIES,
)


@fuzzed(st.lists(REQUESTS | st.binary(max_size=60), max_size=4), CUTS)
def headers(requests: list[bytes], places: list[int]) -> None:
    """The site answers any bytes as HTTP of ours, or says nothing."""
    with world() as server:
        stranger = Stranger(server)
        for piece in cut(b"".join(requests), places):
            stranger.send(piece)
        assert_answers(stranger.said())
        server.clock.advance(40.0)
        if not stranger.wire.aborted:
            stranger.wire.disconnecting = False
            stranger.send(b"\r\n\r\n")
        stranger.go()


GARBAGE = st.lists(
    st.sampled_from(
        [
            *(b"\x1a", b"\x1a1", b"\x1a2", b"\x1a3", b"\x1a\x1a", b"\x1a\xe3", b"*", b"@", b";\n", b"\n", b"9" * 40),
            *(b"8D4840D6202CC371C32CE0576098", b"MSG,", b",", b"nan", b"1e999", b"\xff\x00"),
            b"MSG,3,1,1,4CA7B5,1,,,,,,36000,,,52.1,4.9,,,,,,0\r\n",
            b"\x1a3\x00\x00\x00\x00\x00\x01\x50" + bytes.fromhex("8D4840D6202CC371C32CE0576098"),
        ]
    )
    | st.binary(max_size=16),
    max_size=30,
).map(b"".join)  # fmt: skip


@fuzzed(st.sampled_from(sorted(FORMATS)), GARBAGE, CUTS)
def feeds(name: str, data: bytes, places: list[int]) -> None:
    """Whatever a receiver sends, decoders, rooms and encoders get through it, and watchers are told."""
    with world() as server:
        feed = server.hub.add_feed(Spec("x"))
        watchers = [Stranger(server) for _ in range(3)]
        for watcher, encoding in zip(watchers, ("", V1, BIN), strict=True):
            watcher.upgrade(encoding)
        for watcher in watchers[1:]:
            watcher.send(masked(b'{"op":"watch","hz":20}'))
        decoder = FORMATS[name]()
        for piece in cut(data, places):
            feed.observe(list(decoder.feed(piece, server.clock.seconds())))
            server.clock.advance(0.06)
        for watcher in watchers:
            watcher.go()
