"""A real decoder of somebody else's, dialled on both of its outputs: both rooms show what it shows itself."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import running, until
from tests.e2e.dump1090 import dump1090
from tests.needs import need_data

FRAMES = 217
ROOMS = ("frames", "lines")


def test_dump1090s_beast_and_sbs_give_the_positions_that_it_has_itself(tmp_path: Path) -> None:
    """217 frames of one flight. Over Beast the frames are decoded here, over SBS they come decoded."""
    recording = need_data("rooftop_217.avr").read_bytes()
    with (
        dump1090(tmp_path) as decoder,
        running(
            f"--feed=frames=beast@tcp:127.0.0.1:{decoder.beast_out}",
            f"--feed=lines=sbs@tcp:127.0.0.1:{decoder.sbs_out}",
            "--no-demo",
        ) as server,
    ):

        def feed(room: str) -> dict[str, Any]:
            described: dict[str, Any] = server.get(f"/api/v1/rooms/{room}")["feeds"][0]
            return described

        def aircraft(room: str) -> dict[str, dict[str, Any]]:
            return {row["hex"]: row for row in server.get(f"/api/v1/rooms/{room}/aircraft")["aircraft"]}

        until(lambda: all(feed(room)["state"] == "up" for room in ROOMS), "both outputs are dialled")
        with socket.create_connection(("127.0.0.1", decoder.raw_in)) as raw:
            raw.sendall(recording)
            until(lambda: all(feed(room)["messages"] == FRAMES for room in ROOMS), "both rooms have every frame")
            sky = until(lambda: (sky := decoder.sky()).get("messages") == FRAMES and sky, "dump1090 writes its own")
        frames, lines = (aircraft(room) for room in ROOMS)
        assert feed("frames")["stats"]["crc_failed"] == feed("frames")["stats"]["malformed"] == 0
        assert feed("lines")["stats"]["malformed"] == feed("lines")["stats"]["bad_value"] == 0

    own = {row["hex"]: row for row in sky["aircraft"]}
    assert frames.keys() == lines.keys() == own.keys() == {"4d2023"}
    for key, theirs in own.items():
        for ours in (frames[key], lines[key]):
            assert (ours["lat"], ours["lon"]) == pytest.approx((theirs["lat"], theirs["lon"]), abs=0.000_006)
            assert ours["flight"] == theirs["flight"].strip()
            assert ours["squawk"] == theirs["squawk"]
            assert ours["alt_baro"] == theirs["altitude"]
            assert ours["gs"] == pytest.approx(theirs["speed"], abs=1)
            assert ours["track"] == pytest.approx(theirs["track"], abs=1)
        assert (frames[key]["lat"], frames[key]["lon"]) == (lines[key]["lat"], lines[key]["lon"])
        # Which of the two rates the aircraft sent gets lost in SBS and in dump1090's own file.
        assert frames[key]["geom_rate"] == lines[key]["baro_rate"] == theirs["vert_rate"]
