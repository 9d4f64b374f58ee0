"""A real decoder of somebody else's, dialled on both of its outputs: both rooms show what it shows itself."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks._sky import folded
from tests.daemon import Server, running, until
from tests.e2e.dump1090 import Dump1090, dump1090
from tests.e2e.fakesite import deliver_paced
from tests.needs import need_data

ROOMS = ("frames", "lines")
"""Fed by its Beast port, and so decoded here; and by its SBS port, and so decoded there."""

Sky = dict[str, dict[str, Any]]


@contextmanager
def decoding(folder: Path, lat: float = 0.0, lon: float = 0.0) -> Iterator[tuple[Dump1090, Server]]:
    """dump1090, and a server that has dialled both of its outputs.

    :param lat, lon: of the aerial; not known where both are 0.
    """
    known = (lat, lon) != (0, 0)
    with dump1090(folder, *(["--lat", str(lat), "--lon", str(lon)] if known else [])) as decoder:
        place = f"?receiver={lat},{lon}" if known else ""
        frames = f"--feed=frames=beast@tcp:127.0.0.1:{decoder.beast_out}{place}"
        lines = f"--feed=lines=sbs@tcp:127.0.0.1:{decoder.sbs_out}{place}"
        with running(frames, lines, "--no-demo") as server:
            until(lambda: all(feed(server, room)["state"] == "up" for room in ROOMS), "both outputs are dialled")
            yield decoder, server


def feed(server: Server, room: str) -> dict[str, Any]:
    """A room's feed, as the API tells it."""
    described: dict[str, Any] = server.get(f"/api/v1/rooms/{room}")["feeds"][0]
    return described


def settled(decoder: Dump1090, server: Server) -> tuple[Sky, Sky, Sky]:
    """What the rooms ``frames`` and ``lines`` have, and dump1090 itself, once nothing more comes.

    That is when it wrote its file three times and all three had counted as many messages each time.
    """
    written: dict[tuple[int, ...], set[float]] = defaultdict(set)

    def look() -> dict[str, Any] | None:
        sky = decoder.sky()
        counts = sky.get("messages", 0), *(feed(server, room)["messages"] for room in ROOMS)
        written[counts].add(sky.get("now", 0.0))
        return sky if counts[0] and len(written[counts]) == 3 else None

    own = {row["hex"]: row for row in until(look, "nothing more comes", 30)["aircraft"]}
    frames, lines = (
        {row["hex"]: row for row in server.get(f"/api/v1/rooms/{room}/aircraft")["aircraft"]} for room in ROOMS
    )
    return frames, lines, own


def check(ours: Sky, theirs: Sky) -> None:
    """One of our rooms has the same aircraft, at the same places, with the same figures."""
    assert ours.keys() == theirs.keys()
    for key, own in theirs.items():
        row = ours[key]
        assert ("lat" in row) is ("lat" in own)
        if "lat" in own:  # five decimals against six
            assert (row["lat"], row["lon"]) == pytest.approx((own["lat"], own["lon"]), abs=0.000_006)
        assert row.get("flight") == (own["flight"].strip() if "flight" in own else None)
        assert row.get("squawk") == own.get("squawk")
        if own.get("altitude") == "ground":
            assert row["on_ground"] is True
        elif "altitude" in own:
            assert row["alt_baro"] == own["altitude"]
        if "speed" in own:  # cut to whole knots
            assert row["gs"] == pytest.approx(own["speed"], abs=1)
        if "track" in own:  # to whole degrees by adding a half and cutting, towards north even from the west
            assert abs((row["track"] - own["track"] + 180) % 360 - 180) <= 1.5


def test_dump1090s_beast_and_sbs_give_the_positions_that_it_has_itself(tmp_path: Path) -> None:
    recording = need_data("rooftop_217.avr").read_bytes()
    with decoding(tmp_path) as (decoder, server):
        with socket.create_connection(("127.0.0.1", decoder.raw_in)) as raw:
            raw.sendall(recording)
            frames, lines, own = settled(decoder, server)
        assert decoder.sky()["messages"] == 217
        for room in ROOMS:
            assert feed(server, room)["messages"] == feed(server, room)["stats"]["messages"] == 217
    assert own.keys() == {"4d2023"}
    assert "lat" in own["4d2023"]
    check(frames, own)
    check(lines, own)
    # Which rate it was that the aircraft sent is lost in SBS, and in dump1090's own file.
    assert frames["4d2023"]["geom_rate"] == lines["4d2023"]["baro_rate"] == own["4d2023"]["vert_rate"]


@pytest.mark.slow
def test_of_334_aircraft_at_3500_messages_a_second_every_position_is_dump1090s(tmp_path: Path) -> None:
    """The one flight of the Toulouse recording in 334 pieces, each flown by an aircraft of its own, all at once."""
    rate = 3500
    sky = folded(need_data("toulouse.beast"), rate)
    with decoding(tmp_path, *sky.receiver) as (decoder, server):
        deliver_paced(decoder.beast_in, sky.messages, rate)
        frames, lines, own = settled(decoder, server)
        stats = feed(server, "frames")["stats"]
    assert len(own) == 334
    assert sum("lat" in row for row in own.values()) > 320
    check(frames, own)
    check(lines, own)
    assert stats["malformed"] == stats["crc_failed"] == stats["resync"] == 0
