"""What a room must show at the end of the Toulouse recording, worked out from what jet1090 decoded.

The oracle reads each frame by itself; the room has rules besides. What they leave out, and nothing else, is left out
here, each with its reason:

* A reply (DF20, DF21) names its sender only through its parity, so noise names somebody, too. It counts while the
  address was proven by an extended squitter within the last minute. 30 replies are left out by that: among them all
  that four of the oracle's 17 aircraft ever said (:data:`NOISE`), and what is said of six others hours after they left.
* Two aircraft are met on the ground at Heathrow, farther from the receiver than its aerial can reach
  (:data:`HEATHROW`); how they came there was not recorded, so their positions are not believed.
* Two aircraft are heard once more just after their last position (:data:`DEPARTED`): in the air, where the oracle
  has no position yet, while the path on the ground leads to one (less than 500 m on).
* A callsign with characters that are none (``#SXIV##``) is no callsign.
* From sea level down the oracle's squitters have no altitude, and its speeds on the ground between 2 and 14.5 kt
  take quarter knots for half ones: both are read here from the frame (DO-260B 2.2.3.2.3.4.3 and table 2-15).

How each figure differs is counted field by field in tests/formats/test_oracle.py.
"""

from __future__ import annotations

import gzip
import json
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

__all__ = ["AIRCRAFT", "DEPARTED", "FRAMES", "HEATHROW", "NOISE", "at_the_end", "differences", "heard", "read"]

FRAMES = 71_939
AIRCRAFT = 13
NOISE = {"000000", "38949b", "579216", "f041c3"}
HEATHROW = {"4067d6", "40792f"}
DEPARTED = {"3461ce", "4ca216"}

PROVEN = 60.0
"""Seconds for which a proven address vouches for replies, in the recording."""
STALE = 15.0
"""Seconds of the server's time for which a better source's silence is waited out."""
SQUITTER, REPLY = 0, 1

Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    """The oracle's rows in the order of the recording."""
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def heard(rows: list[Row]) -> list[Row]:
    """The rows without replies that nobody vouched for."""
    proven: dict[str, float] = {}
    kept = []
    for row in rows:
        if row["df"] == "17":
            proven[row["icao24"]] = row["timestamp"]
        elif row["timestamp"] - proven.get(row["icao24"], float("-inf")) > PROVEN:
            continue
        kept.append(row)
    return kept


def at_the_end(rows: list[Row], speed: float) -> dict[str, Row]:
    """Key to the last values that are to be shown, under readsb's names.

    Extended squitters own a field until they have been silent on it for :data:`STALE` seconds; among equals the
    newest wins.

    :param speed: recorded seconds a second of the server's.
    """
    first = rows[0]["timestamp"]
    owners: dict[tuple[str, str], tuple[int, float]] = {}
    shown: dict[str, Row] = {}
    for row in heard(rows):
        key = row["icao24"]
        now = (row["timestamp"] - first) / speed
        rank = SQUITTER if row["df"] == "17" else REPLY
        record = shown.setdefault(key, {})
        for name, value in _values(row).items():
            owner, since = owners.get((key, name), (rank, now))
            if rank <= owner or now - since > STALE:
                owners[key, name] = rank, now
                record[name] = value
    return shown


def _values(row: Row) -> Row:
    said: Row = {
        "flight": row.get("callsign") or row.get("bds20", {}).get("callsign"),
        "squawk": row.get("squawk"),
        "alt_baro": row.get("altitude"),
        "gs": row.get("groundspeed"),
        "track": row.get("track"),
    }
    if "latitude" in row and row["icao24"] not in HEATHROW:
        said["position"] = row["latitude"], row["longitude"]
    if said["flight"] is not None and not said["flight"].isalnum():
        said["flight"] = None
    frame = row["frame"]
    if row.get("bds") == "05" and said["alt_baro"] is None:
        code = int(frame[10:13], 16)
        said["alt_baro"] = ((code & 0xFE0) >> 1 | code & 0xF) * 25 - 1000
    if row.get("bds") == "06" and 13 <= int(frame[8:12], 16) >> 4 & 0x7F <= 38:
        said["gs"] = 2 + 2 * (said["gs"] - 2)
    return {name: value for name, value in said.items() if value is not None}


def differences(expected: dict[str, Row], shown: dict[str, Row]) -> list[str]:
    """Where records of a room are not what they must be, a line each.

    :param shown: key to record, under readsb's names.
    """
    if expected.keys() != shown.keys():
        return [f"aircraft: {sorted(shown)} instead of {sorted(expected)}"]
    found = []
    for key, values in expected.items():
        record = dict(shown[key])
        if "lat" in record:
            record["position"] = record["lat"], record["lon"]
        for name in ("flight", "squawk", "alt_baro", "gs", "track", "position"):
            ours, theirs = record.get(name), values.get(name)
            if not _same(name, ours, theirs, 500.0 if key in DEPARTED else 10.0):
                found.append(f"{key} {name}: {ours!r} instead of {theirs!r}")
    return found


def _same(name: str, ours: Any, theirs: Any, metres: float) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if name == "position":
        east = (ours[1] - theirs[1]) * cos(radians(theirs[0]))
        return hypot(ours[0] - theirs[0], east) * 111_195 <= metres
    if name == "gs":
        return abs(ours - theirs) <= 0.0501
    if name == "track":
        return abs((ours - theirs + 180) % 360 - 180) <= 0.00501
    return bool(ours == theirs)
