"""Bytes in: whatever they are, either an object comes out or a WireError."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.errors import BadJson, BadOp, NotObject, TooBig, TooDeep, WireError
from flighttap.rooms.policy import Limits
from flighttap.wire.frames import frame
from flighttap.wire.messages import read_flight, read_flights, read_object, read_publish
from tests.rooms.peers import frames

LIMITS = Limits()


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_else(payload: bytes) -> None:
    for read in (read_object, read_flight, read_flights, read_publish):
        with suppress(WireError):
            read(payload, LIMITS)  # type: ignore[operator]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["hex", "flight", "id", "lat", "alt", "squawk", "nav_modes", "x"]), VALUES))
def test_random_objects_raise_nothing_else(said: dict[str, Any]) -> None:
    try:
        payload = json.dumps(said, ensure_ascii=True).encode()
        flight = read_flight(payload, LIMITS)
    except WireError:
        return
    assert flight.raw == payload
    assert len(flight.key or "") <= 70


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", BadJson),
        (b"{", BadJson),
        (b'{"a":Infinity}', BadJson),
        (b'{"a":"\xff"}', BadJson),
        (b'{"a":1}{"b":2}', BadJson),
        (b"null", NotObject),
        (b"[]", NotObject),
        (b'{"a":"' + b"x" * 65536 + b'"}', TooBig),
        (b'{"a":' * 33 + b"1" + b"}" * 33, TooDeep),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", TooDeep),
        (b"[" * 60000, TooDeep),
    ],
)
def test_each_fault_has_its_error(payload: bytes, error: type[WireError]) -> None:
    with pytest.raises(error):
        read_object(payload, LIMITS)


def test_the_depth_allowed_is_allowed() -> None:
    read_object(b'{"a":' * 32 + b"1" + b"}" * 32, LIMITS)
    read_object(b'{"a":"' + b"{[" * 100 + b'"}', LIMITS)


def test_a_list_may_be_posted_and_an_event_published() -> None:
    assert [flight.key for flight in read_flights(b' [{"id":1},{"x":1}]', LIMITS)] == ["id:1", None]
    flights, event = read_publish(b'{"aircraft":[{"id": 1}],"event":{"e" :1}}', LIMITS)
    assert (flights[0].raw, event) == (b'{"id": 1}', b'{"e" :1}')


@pytest.mark.parametrize(
    "payload",
    [b'{"aircraft":1}', b'{"aircraft":[1]}', b'{"aircraft":[]}', b'{"event":null}', b'{"aircraft":[{"x":1}]}', b"{}"],
)
def test_a_publish_of_nothing_is_refused(payload: bytes) -> None:
    with pytest.raises((BadOp, NotObject)):
        read_publish(payload, LIMITS)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frames_have_the_three_lengths(size: int) -> None:
    assert frames(frame(b"x" * size) + frame(b"y")) == [b"x" * size, b"y"]
