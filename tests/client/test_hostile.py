"""Whatever a server says, the client neither breaks nor obeys: it begins anew, or goes on."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from flighttap.client import Publisher, Watcher
from flighttap.client.replica import Replica
from flighttap.client.table import Look, clean, live_table
from flighttap.testing import FakeServer, snapshot

SCALARS = st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    *("hex", "key", "flight", "lat", "lon", "alt_baro", "alt_geom", "gs", "track", "squawk", "seen", "seen_pos"),
    *("on_ground", "baro_rate", "emergency", "type", "r", "t", "age"),
]
ROWS = st.builds(
    lambda said, known: {**said, "hex": "4ca7b5"} if known else said,
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5),
    st.booleans(),
)
KINDS = [
    *("hello", "snapshot", "update", "heartbeat", "event", "lost", "presence", "rate", "ok", "error", "pong", "drain"),
    "weather",
]
NAMES = [
    *(
        "base",
        "seq",
        "eseq",
        "epoch",
        "session",
        "part",
        "parts",
        "more",
        "recovered",
        "covers",
        "filter",
        "now",
        "out",
    ),
    *("from", "to", "data", "count", "hz", "id", "code", "message", "retry_ms", "shadowed", "heartbeat", "max_message"),
    *("after_ms", "spread_ms", "as", "pseq"),
]
MESSAGES = st.builds(
    lambda kind, said, rows: {**said, **rows, "t": kind},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3) | VALUES, max_size=6),
    st.dictionaries(
        st.sampled_from(["aircraft", "full", "removed", "rows", "members", "joined", "left"]),
        st.lists(ROWS, max_size=3) | VALUES,
        max_size=2,
    ),
)


def drawn(replica: Replica) -> str:
    return "".join(live_table(replica, "demo", "live", "", 1000.0, 20, Look(80, False)))


def say(server: FakeServer, message: dict[str, Any]) -> None:
    if server.newest.state == server.newest.STATE_OPEN:
        server.newest.say(json.dumps(message))


@settings(max_examples=100, deadline=None)
@given(st.lists(MESSAGES, max_size=6))
@example([{"t": "snapshot", "aircraft": [{"hex": "4ca7b5", "seen": None}]}])
def test_a_watcher_survives_anything(messages: list[dict[str, Any]]):
    server = FakeServer()
    told: list[Any] = []
    watcher = Watcher(
        server.url, reactor=server.clock, endpoint=server.endpoint, random=lambda: 0.0,
        on_change=lambda *said: told.append(said), on_event=lambda *said: told.append(said),
    )  # fmt: skip
    watcher.start()
    server.settle()
    server.newest.say(snapshot(0, {"hex": "4ca7b5"}))
    server.settle()
    for message in messages:
        say(server, message)
        server.settle()
        text = drawn(watcher.replica)
        assert clean(text) == text
        server.advance(0.1)
    assert watcher.state in ("live", "waiting", "connecting", "refused")
    watcher.stop()
    server.advance(3)
    assert server.clock.getDelayedCalls() == []


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGES, max_size=6))
def test_a_publisher_survives_anything(messages: list[dict[str, Any]]):
    server = FakeServer()
    publisher = Publisher(server.url, reactor=server.clock, endpoint=server.endpoint, random=lambda: 0.0)
    publisher.start()
    ended: list[Any] = []
    for message in messages:
        publisher.send({"id": 1}).addBoth(ended.append)
        server.settle()
        say(server, message)
        server.settle()
        server.advance(0.1)
    publisher.stop()
    server.advance(3)
    assert len(ended) == len(messages)
    assert server.clock.getDelayedCalls() == []
