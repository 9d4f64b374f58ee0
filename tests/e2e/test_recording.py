"""A real recording played into a room of a real server: what is seen there at the end is what was said last."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from websockets.sync.client import connect

from flighttap.client.replica import Replica
from tests.daemon import Server, running
from tests.e2e import oracle
from tests.needs import need_data

RECEIVER = "43.63,1.37"


def watched_to_the_end(server: Server, room: str) -> Replica:
    """Watch a room until its feed has played its recording and all of it has come."""
    replica = Replica()
    ended = None
    with connect(server.room(room), subprotocols=["flighttap.v1.json"], max_size=None) as watcher:  # type: ignore[list-item]
        watcher.send('{"op":"watch","hz":5}')
        while replica.position is None or replica.position != ended:
            replica.apply(msgspec.json.decode(watcher.recv(60)))
            if ended is None and server.get(f"/api/v1/rooms/{room}")["feeds"][0]["state"] == "done":
                ended = server.get(f"/api/v1/rooms/{room}/aircraft")["seq"]
    return replica


@pytest.mark.slow
@pytest.mark.parametrize("speed", [2000, 200])
def test_of_all_aircraft_of_a_recording_the_last_values_are_the_oracles(speed: int) -> None:
    """At speed 200 it takes 42 s, at 2000 4 s: too short for any value to be dropped for its age.

    The oracle has 17 aircraft. Four of them are noise: nine replies with addresses that nobody ever proved.
    """
    recording = need_data("toulouse.beast")
    rows = oracle.read(need_data("toulouse_frames_decoded.jsonl.gz"))
    assert len(rows) == oracle.FRAMES
    expected = oracle.at_the_end(rows, speed)
    assert expected == oracle.at_the_end(rows, 200)  # and so at any speed between, should the machine not keep up
    assert len(expected) == oracle.AIRCRAFT
    assert {row["icao24"] for row in rows} - expected.keys() == oracle.NOISE
    with running(f"--feed=tls=beast@file:{recording}?speed={speed}&receiver={RECEIVER}", "--no-demo") as server:
        replica = watched_to_the_end(server, "tls")
        listed: dict[str, Any] = {row["hex"]: row for row in server.get("/api/v1/rooms/tls/aircraft")["aircraft"]}
        feed = server.get("/api/v1/rooms/tls")["feeds"][0]
    assert oracle.differences(expected, replica.aircraft) == []
    assert "400f99" in listed  # the list is of those heard in the last seconds
    assert oracle.differences({key: expected[key] for key in listed}, listed) == []
    stats = feed["stats"]
    assert feed["bytes"] == recording.stat().st_size
    assert stats["malformed"] == stats["crc_failed"] == stats["resync"] == 0
    assert feed["messages"] == oracle.FRAMES - stats["unknown_address"] - stats["doubtful"]
