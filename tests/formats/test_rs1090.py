"""Frame by frame against rs1090, which decodes the same recording afresh (a development dependency)."""

from __future__ import annotations

from collections import Counter
from math import cos, hypot, radians
from typing import Any

import pytest

from flighttap.formats.modes import ModesDecoder
from tests.formats.conftest import TOULOUSE

rs1090 = pytest.importorskip("rs1090", reason="rs1090 is not here: pip install -e '.[test]'")

Pair = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def both(toulouse: list[dict[str, Any]]) -> list[Pair]:
    """What rs1090 and what we say of each frame that we believe."""
    frames = [frame["frame"] for frame in toulouse]
    times = [frame["timestamp"] for frame in toulouse]
    theirs = {(said["timestamp"], said["frame"]): said for said in rs1090.decode(frames, times, reference=TOULOUSE)}
    decoder = ModesDecoder(TOULOUSE)
    pairs = []
    for frame, at in zip(frames, times, strict=True):
        ours = decoder.decode(bytes.fromhex(frame), at)
        if ours is not None:
            pairs.append((theirs[at, frame], ours.values))
    assert len(pairs) == 71_907
    return pairs


def test_every_position_of_rs1090_is_ours_within_10_metres(both: list[Pair]) -> None:
    agreed, more = 0, Counter[str]()
    for theirs, ours in both:
        if theirs.get("latitude") is None:
            if "lat" in ours:
                more[theirs["icao24"]] += 1
            continue
        east = (ours["lon"] - theirs["longitude"]) * cos(radians(ours["lat"]))
        assert hypot(ours["lat"] - theirs["latitude"], east) * 111_195 < 10
        agreed += 1
    assert agreed == 13_449
    assert more == {"400f99": 6, "3461ce": 1, "4ca216": 1}  # where rs1090 waits for a pair and we know the way


def test_every_other_value_of_rs1090_is_ours(both: list[Pair]) -> None:
    """The names of the two sources of vertical rate are swapped in rs1090, as in the oracle; see test_oracle.py."""
    compared: Counter[str] = Counter()
    names = {
        "groundspeed": ("gs", 0.0501),
        "track": ("track", 0.00501),
        "altitude": ("alt_baro", 0),
        "squawk": ("squawk", None),
        "callsign": ("callsign", None),
        "vertical_rate": ("baro_rate", 0),
        "barometric_setting": ("nav_qnh", 0.001),
        "selected_altitude": ("nav_altitude_mcp", 50),
        "NACp": ("nac_p", 0),
        "NACv": ("nac_v", 0),
    }
    for theirs, ours in both:
        for their_name, (name, tolerance) in names.items():
            if theirs["df"] != "17" and name == "callsign":
                continue  # in replies ours waits for a second one
            value = theirs.get(their_name)
            if value == "#SXIV##M":
                assert name not in ours
            elif value is None:
                assert name not in ours, (theirs, ours)
            else:
                assert ours[name] == value if tolerance is None else abs(ours[name] - value) <= tolerance, (
                    theirs,
                    ours,
                )
                compared[name] += 1
    assert compared == {
        "gs": 13_433,
        "track": 13_433,
        "alt_baro": 34_042,
        "squawk": 18_446,
        "callsign": 1_376,
        "baro_rate": 11_450,
        "nav_qnh": 4_604,
        "nav_altitude_mcp": 4_604,
        "nac_p": 4_604,
        "nac_v": 11_450,
    }
