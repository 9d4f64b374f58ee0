"""The table of attacks in docs/security.md: each row on a real ``twistd``, with what it may cost."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.daemon import Server, running, until
from tests.e2e.attacker import Bounds, raw, request
from tests.rooms.peers import frames
from tests.ws.support import V1, masked

pytestmark = pytest.mark.slow

LIMITS = ("connections_per_address=100", "connect_rate=2000", "handshake=1", "bad_messages=100")
AIRCRAFT = "/api/v1/rooms/attacked/aircraft"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running("--no-demo", *(word for limit in LIMITS for word in ("--limit", limit))) as server:
        yield server


@pytest.fixture(scope="module")
def bounds(server: Server) -> Iterator[Bounds]:
    bounds = Bounds(server)
    with connect(server.room("healthy")):  # what is made once is made before anything is measured
        server.get("/api/v1/rooms")
    yield bounds
    print("", *bounds.rows, sep="\n")


def post(server: Server, body: bytes) -> tuple[int, Any]:
    asked = urllib.request.Request(server.http + AIRCRAFT, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def strictly(text: str | bytes) -> Any:
    """JSON as everybody reads it: neither NaN nor Infinity."""

    def never(word: str) -> None:
        raise AssertionError(word)

    return json.loads(text, parse_constant=never)


# ---- frames


def test_a_deflate_bomb_ends_at_the_limit(server: Server, bounds: Bounds):
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = deflater.compress(bytes(64 * 2**20)) + deflater.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < 70_000
    sent = masked(bomb[:-4], 0xC1)
    with bounds.within("deflate bomb", mib=8, cpu=1.5):
        for _ in range(4):
            with ExitStack() as together:
                attackers = [together.enter_context(raw(server)) for _ in range(5)]
                for attacker in attackers:
                    attacker.upgrade(protocol=V1, deflate=True).send(sent)
                for attacker in attackers:
                    assert attacker.ended(10)
                    assert attacker.close_code() == 1009


@pytest.mark.parametrize("first", [0x89, 0x8A], ids=["ping", "pong"])
def test_a_flood_of_pings_or_pongs_ends_the_connection(server: Server, bounds: Bounds, first: int):
    flood = masked(b"", first) * 100_000
    with bounds.within("ping flood" if first == 0x89 else "pong flood", mib=8, cpu=1.5):
        for _ in range(5):
            with raw(server) as attacker:
                attacker.upgrade().send(flood)
                assert attacker.ended(10)


def test_a_flood_of_fragments_ends_the_connection(server: Server, bounds: Bounds):
    with bounds.within("fragment flood", mib=8, cpu=1.5):
        for _ in range(5):
            with raw(server) as attacker:
                attacker.upgrade().send(masked(b"", 0x01) + masked(b"", 0x00) * 100_000)
                assert attacker.ended(10)


def test_messages_that_are_never_finished_hold_four_limits_each(server: Server, bounds: Bounds):
    begin = masked(b"x" * 250_000, 0x01)
    with bounds.within("unfinished messages", mib=40, cpu=1.5), ExitStack() as all_of_them:
        begun = [all_of_them.enter_context(raw(server)).upgrade() for _ in range(90)]
        for attacker in begun:
            attacker.send(begin)


def test_frames_that_break_the_protocol_end_the_connection(server: Server, bounds: Bounds):
    broken = {
        "not masked": (b"\x81\x02{}", 1002),
        "reserved bits": (masked(b"{}", 0xF1), 1002),
        "reserved opcode": (masked(b"{}", 0x83), 1002),
        "length of 2^63": (b"\x82\xff" + b"\xff" * 8 + bytes(4), 1002),
        "a long ping": (masked(b"x" * 126, 0x89), 1002),
        "a length over the limit": (b"\x82\xff" + (10**12).to_bytes(8, "big") + bytes(4), 1009),
        "not UTF-8": (masked(b'{"a":"\xff\xfe"}'), 1007),
        "half a surrogate in UTF-8": (masked(b'{"a":"\xed\xa0\x80"}'), 1007),
    }
    with bounds.within("broken frames", mib=4, cpu=1.0):
        for what, (sent, code) in broken.items():
            with raw(server) as attacker:
                attacker.upgrade().send(sent)
                assert attacker.ended(10), what
                assert attacker.close_code() == code, what


def test_a_flood_of_messages_is_held_back_and_then_ended(server: Server, bounds: Bounds):
    with bounds.within("message flood", mib=8, cpu=2.0):
        for payload, code in ((b'{"id":1}', 4006), (b"bad", 4501)):
            with raw(server) as attacker:
                attacker.upgrade("flooded").send(masked(payload) * 20_000)
                assert attacker.ended(10)
                assert attacker.close_code() == code


# ---- connections


def test_a_flood_of_connections_is_cut_to_what_an_address_may_have(server: Server, bounds: Bounds):
    with bounds.within("connection flood", mib=8, cpu=2.0):
        with ExitStack() as all_of_them:
            flood = []
            for _ in range(900):
                with suppress(OSError):  # turned away that fast
                    flood.append(all_of_them.enter_context(raw(server)))
            kept, end = flood, time.monotonic() + 10
            while len(kept) > 100 and time.monotonic() < end:  # those that the server has not come to yet
                kept = [attacker for attacker in kept if not attacker.ended(0.001)]
            assert len(kept) <= 100
        until(lambda: not refused(server), "the count goes down again")


def refused(server: Server) -> bool:
    try:
        server.get("/api/v1/rooms")
    except OSError:
        return True
    return False


def test_a_flood_of_handshakes_that_go_at_once_leaves_nothing(server: Server, bounds: Bounds):
    with bounds.within("handshake flood", mib=8, cpu=3.0):
        for _ in range(600):
            with raw(server) as attacker:
                attacker.upgrade("handshakes")
        until(lambda: server.get("/api/v1/rooms/handshakes")["watchers"] == 0, "all of them are gone")


def test_headers_and_bodies_that_drip_in_are_cut_off_at_the_deadline(server: Server, bounds: Bounds):
    with bounds.within("slowloris", mib=4, cpu=1.5), ExitStack() as all_of_them:
        slow = [all_of_them.enter_context(raw(server)) for _ in range(80)]
        for attacker in slow:
            attacker.send(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        taken = set(slow)
        while taken and time.monotonic() - began < 8:
            taken = {attacker for attacker in taken if attacker.send(b"X: y\r\n") and not attacker.ended(0.001)}
        assert not taken
        assert {attacker.status() for attacker in slow} == {408}


# ---- requests


def test_huge_bodies_are_413_announced_or_chunked(server: Server, bounds: Bounds):
    kind = "Content-Type: application/json"
    megabyte = b"100000\r\n" + b" " * 2**20 + b"\r\n"
    with bounds.within("huge bodies", mib=4, cpu=1.5):
        for length in ("99999999999", "9" * 30, "65537"):
            with raw(server) as attacker:
                attacker.send(request(AIRCRAFT, kind, f"Content-Length: {length}", method="POST"))
                attacker.send(b" " * 2**20)
                attacker.read()
                assert attacker.status() == 413
        with raw(server) as attacker:
            attacker.send(request(AIRCRAFT, kind, "Transfer-Encoding: chunked", method="POST"))
            sent = 0
            while sent < 200 and attacker.send(megabyte):
                sent += 1
            attacker.read()
            assert attacker.status() == 413


SMUGGLED = [
    ("Content-Length: 4", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding: chunked", "Content-Length: 4"),
    ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    ("Transfer-Encoding: identity", "Content-Length: 4"),
    ("Transfer-Encoding: xchunked",),
    ("Transfer-Encoding: chunked, identity",),
    ("Transfer-Encoding : chunked",),
    ("Transfer-Encoding:\x0bchunked",),
    ("X: y", " Transfer-Encoding: chunked", "Content-Length: 4, 4"),
    ("Content-Length: 4", "Content-Length: 5"),
    ("Content-Length: +4",),
    ("Content-Length: 0x4",),
    ("Host: other",),
    *[(f"X: a{chr(byte)}Origin: http://evil",) for byte in (0x00, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x7F, 0x85)],
    *[(f"X{chr(byte)}: a",) for byte in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0xE9)],
]


def test_requests_that_two_parsers_read_differently_are_400_and_nothing_behind_them_is_read(
    server: Server, bounds: Bounds
):
    behind = b"0\r\n\r\n" + request("/healthz")
    with bounds.within("smuggling and header bytes", mib=4, cpu=1.5):
        for lines in SMUGGLED:
            with raw(server) as attacker:
                attacker.send(request(AIRCRAFT, *lines, method="POST") + behind)
                attacker.read()
                assert attacker.status() == 400, (lines, attacker.got)
                assert b"ok\n" not in attacker.got


PATHS = [
    *("/../../etc/passwd", "/static/../../setup.py", "/%2e%2e/%2e%2e/etc/passwd", "/static/%2e%2e%2f%2e%2e%2fsetup.py"),
    *("/static//etc/passwd", "/static/..%5c..%5csetup.py", "/static/%00", "/static/VERSION/%00.js", "/tracker/%00"),
    *("/static/VERSION/../app.js", "/static/VERSION/%2e%2e/index.html", "/static/VERSION/.", "/static/VERSION/"),
    *("/tracker/..", "/tracker/%2e%2e/x", "/api/v1/rooms/%2e%2e", "/api/v1/rooms/%00/aircraft", "/map.pmtiles/../x"),
    *("/tracker/%252e%252e", "//etc/passwd", "/;/../etc/passwd", "/static/%c0%ae%c0%ae/setup.py", "/%ff%fe"),
    *("/<script>alert(1)</script>", "/static/VERSION/<b>", "/api/v1/rooms/<b>", "http://evil/../etc/passwd"),
]


def test_no_path_leads_out_of_what_is_served_and_none_is_echoed(server: Server, bounds: Bounds):
    with urllib.request.urlopen(server.page(), timeout=10) as answer:
        version = answer.read().decode().partition("/static/")[2].partition("/")[0]
    with bounds.within("paths", mib=4, cpu=1.5):
        for path in PATHS:
            with raw(server) as attacker:
                attacker.send(request(path.replace("VERSION", version), "Connection: close"))
                attacker.read()
                assert attacker.status() in (400, 404), (path, attacker.got)
                assert not any(word in attacker.got for word in (b"<script>", b"<b>", b"root:", b"evil", b"import "))
        with raw(server) as attacker:
            attacker.send(b"GET /static/\x00/x HTTP/1.1\r\nHost: x\r\n\r\n")
            attacker.read()
            assert attacker.status() == 400


def test_requests_in_one_go_and_costly_ones_get_their_share_and_no_more(server: Server, bounds: Bounds):
    with connect(server.room("large")) as publisher:
        for number in range(100):
            publisher.send(json.dumps({"id": number, "lat": number / 2, "lon": number, "alt": 1000 + number}))
        until(lambda: server.get("/api/v1/rooms/large")["aircraft"] == 100, "the room is filled")
    with bounds.within("requests in one go", mib=16, cpu=6.0), ExitStack() as all_of_them:
        greedy = [all_of_them.enter_context(raw(server)) for _ in range(20)]
        for which, attacker in enumerate(greedy):
            wanted = (f"/api/v1/rooms/large/aircraft?where=alt%3e{which * 100 + n}" for n in range(100))
            attacker.send(b"".join(request(path) for path in wanted) + request("/last"))
        urllib.request.urlopen(server.http + "/healthz", timeout=10).close()
        early = sum(attacker.ended(0.001) or b"404 Not Found" in attacker.got for attacker in greedy)
        for attacker in greedy:
            attacker.until(b"404 Not Found", 30)
            assert attacker.got.count(b"HTTP/1.1 ") == 101
    assert early < 20, "others have their turn between them"


# ---- texts and numbers


def test_json_nested_ever_deeper_is_refused(server: Server, bounds: Bounds):
    with bounds.within("100,000-deep JSON", mib=8, cpu=1.5):
        for deep in (b"[" * 100_000, b'{"a":' * 50_000, b'{"id":1,"a":' + b"[" * 60_000 + b"]" * 200 + b"}"):
            with raw(server) as attacker:
                attacker.upgrade().send(masked(deep))
                assert json.loads(frames(attacker.until(b"}}"))[0])["error"]["code"] in (
                    "too_deep",
                    "too_big",
                    "bad_json",
                )
            for body in (deep, deep[:60_000]):
                assert post(server, body)[0] in (400, 413)


NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "9" * 4000, "-" + "9" * 400, "1" + "0" * 5000 + ".5", "1e-999"]


def test_numbers_that_are_none_and_huge_ones_reach_nobody_as_such(server: Server, bounds: Bounds):
    with bounds.within("NaN and huge numbers", mib=8, cpu=1.5):
        with connect(server.room("numbers"), subprotocols=[V1]) as watcher, connect(server.room("numbers")) as plain:
            watcher.send('{"op":"watch","hz":20}')
            plain.send('{"id":"first"}')
            for number in NUMBERS:
                for field in ("lat", "alt_baro", "gs", "id", "seen", "rssi", "other"):
                    plain.send('{"id":"n","%s":%s}' % (field, number))  # noqa: UP031 - braces
                    answer = strictly(plain.recv(10))
                    assert answer.keys() <= {"data", "error"}
                    if "error" in answer:
                        assert answer["error"]["code"] in ("bad_json", "bad_field"), (field, number)
                    time.sleep(0.025)
            watcher.send('{"op":"ping","id":"end"}')
            while (said := strictly(watcher.recv(10)))["t"] != "pong":
                assert said["t"] != "error", said
        for row in strictly(json.dumps(server.get("/api/v1/rooms/numbers/aircraft")))["aircraft"]:
            assert abs(row.get("lat", 0)) <= 90


TRICKS = [
    *("a/b", "a%2fb", "-a", "", "a b", "a%00", "%2e%2e", "a%0d%0aX:y", "a" * 81, "%e2%80%8ba", "a%c3%a9", "\u0430"),
    *("a?token=%00", "a%2500", "a;b", "__proto__/x", "a%0a", "CON.", "a\\b", "%"),
]


def test_no_trick_with_a_room_s_name_makes_a_room(server: Server, bounds: Bounds):
    before = {room["room"] for room in server.get("/api/v1/rooms")["rooms"]}
    with bounds.within("room names", mib=4, cpu=1.5):
        for name in TRICKS:
            for head in (f"/ws/tracker/{name}/", f"/tracker/{name}", f"/api/v1/rooms/{name}"):
                with raw(server) as attacker:
                    lines = ["Upgrade: websocket", "Connection: Upgrade, close", "Sec-WebSocket-Version: 13"]
                    lines.append("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
                    sent = request(
                        head.encode().decode("latin-1"), *(lines if head.startswith("/ws") else ["Connection: close"])
                    )
                    attacker.send(sent)
                    attacker.read()
                    assert attacker.status() in (302, 400, 404) or (
                        head.startswith("/tracker/a?"),
                        attacker.status() == 200,
                    )
    assert {room["room"] for room in server.get("/api/v1/rooms")["rooms"]} - before <= {"healthy"}


def asked(server: Server, path: str) -> tuple[int, Any]:
    """Status and headers of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(server.http + path, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers


EVIL = "<img src=x onerror=alert(1)>\"'&\u202e"


def test_markup_in_every_text_stays_text(server: Server, bounds: Bounds):
    said = dict.fromkeys(("r", "desc", "ownOp", "squawk", "category", "t", "note"), EVIL) | {"id": EVIL[:60]}
    with bounds.within("markup", mib=4, cpu=1.5):
        with connect(server.room("markup"), subprotocols=[V1]) as member:
            member.send(json.dumps({"op": "watch", "presence": "list"}))
            member.send(json.dumps({"op": "name", "name": EVIL[:40]}))
            member.send(json.dumps({"op": "watch", "id": EVIL, "where": EVIL}))
            member.send(json.dumps({"op": "publish", "event": {"text": EVIL}}))
            member.send(json.dumps(said))
            member.send('{"op":"ping"}')
            while strictly(member.recv(10))["t"] != "pong":
                pass
            for path in (
                "/api/v1/rooms",
                "/api/v1/rooms/markup/aircraft",
                "/api/v1/rooms/markup/aircraft?where=%3Cb%3E",
            ):
                status, headers = asked(server, path)
                assert status == (400 if "where" in path else 200)
                assert headers["content-type"] == "application/json"
                assert headers["x-content-type-options"] == "nosniff"
                assert "default-src 'none'" in headers["content-security-policy"]
        with urllib.request.urlopen(server.page("markup"), timeout=10) as answer:
            assert b"onerror" not in answer.read()


def test_nobody_writes_lines_into_the_log(server: Server, bounds: Bounds):
    forged = "2026-11-28T00:00:00+0000 [-] FORGED"
    with bounds.within("log injection", mib=4, cpu=1.5):
        for text in (f"a\n{forged}", f"\r\n{forged}\x1b[31m", f"\x9b31m{forged}\u2028{forged}"):
            with connect(server.room("log"), subprotocols=[V1]) as member, suppress(ConnectionClosed):
                for said in ({"op": "name", "name": text}, {"op": text}, {"id": text, "flight": text}, {text: text}):
                    member.send(json.dumps(said))
            with raw(server) as attacker:
                attacker.send(
                    request("/%0a" + forged.replace(" ", "%20"), f"User-Agent: {forged}", "Connection: close")
                )
                attacker.send(b"\x89PNG" + text.encode("utf-8", "replace"))
                attacker.read(2)
            with raw(server) as attacker:
                attacker.upgrade().send(masked(b"\x0f\xa0" + forged.encode(), 0x88))
                attacker.read(2)
    assert not any("FORGED" in line or "\x1b" in line or "\x9b" in line for line in server.output)
