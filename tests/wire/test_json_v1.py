"""Messages of flighttap.v1.json are bounded in size, whatever they tell."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from flighttap.aircraft.state import Aircraft, Cell
from flighttap.rooms.lane import BUFFER, packed
from flighttap.wire.json_v1 import JsonV1
from flighttap.wire.pieces import PART
from tests.rooms.peers import frames

HEAD = {"base": 1, "seq": 2, "now": 1000.0}


def flights(count: int, first: int = 0) -> list[Aircraft]:
    made = []
    for number in range(first, first + count):
        aircraft = Aircraft(f"{number:06x}", 2, 0.0)
        aircraft.cells["gs"] = Cell("gs", number / 10, 0, 0.0, 2)
        aircraft.cells["callsign"] = Cell("callsign", f"KLM{number}", 0, 0.0, 2)
        made.append(aircraft)
    return made


def inflated(frame: bytes) -> bytes:
    """The payload of a frame of the server, inflated where it is compressed."""
    (payload,) = frames(frame)
    if frame[0] != 0xC1:
        return payload
    return zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")


@pytest.mark.parametrize("deflate", [False, True])
def test_a_large_update_comes_in_parts_of_64_kib_and_only_the_last_is_the_last(deflate: bool) -> None:
    codec = JsonV1(deflate=deflate)
    gone, out = [f"a{number:05x}" for number in range(9000)], [f"b{number:05x}" for number in range(9000)]
    full, changed, detail = flights(3000), flights(3000, 3000), flights(1500, 6000)
    made = codec.update(
        HEAD, gone, out, codec.full(full, 0.0), codec.delta(changed, 1, 0.0), codec.detail(detail, 0.0), follow=1
    )
    said = [inflated(frame) for frame in made]
    assert len(said) > 8
    assert max(map(len, said)) < PART + 200
    messages: list[dict[str, Any]] = [json.loads(each) for each in said]
    assert all(message["more"] for message in messages), "one more follows"
    together: dict[str, list[Any]] = {}
    for message in messages:
        for name in ("removed", "out", "full", "aircraft", "detail"):
            together.setdefault(name, []).extend(message.get(name, []))
    assert (together["removed"], together["out"]) == (gone, out)
    for name, those in (("full", full), ("aircraft", changed), ("detail", detail)):
        assert [row["hex"] for row in together[name]] == [aircraft.key for aircraft in those]
    alone = codec.update(HEAD, gone, out, (), ())
    assert ["more" in json.loads(inflated(frame)) for frame in alone] == [True] * (len(alone) - 1) + [False]


def test_what_is_handed_to_a_socket_at_once_is_bounded_too() -> None:
    small, large = [b"x" * 1000] * 300, [b"y" * 70_000] * 3
    buffers = packed([*small, *large])
    assert b"".join(buffers) == b"".join([*small, *large])
    assert max(map(len, buffers)) <= BUFFER
    assert len(packed(small)) == 4
