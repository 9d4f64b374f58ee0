"""What a watcher must hold in the end, worked out from the room without any of the ways by which it got there."""

from __future__ import annotations

import math
from typing import Any

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.member import Wants
from flighttap.rooms.room import Room
from flighttap.rooms.tiles import WORLD, area_of
from flighttap.rooms.view import Scope
from flighttap.wire.binary_v1 import BinaryV1
from flighttap.wire.json_v1 import record

__all__ = ["AREAS", "DETAILS", "FIELDS", "MOVING", "PLACES", "SCOPES", "Even", "in_binary", "truth"]

MOVING = ["4ca7b5", "~a1b2c3", "id:2", "id:3", "id:4"]
AREAS = [WORLD, area_of(0, 50, 1, 51), area_of(-3, 48, 8, 54), area_of(170, -10, -170, 10)]
PLACES = [(50.7, 0.5), (50.7, 4.0), (0.0, 179.0), (0.0, -179.0), (-60.0, 60.0), (None, None)]


class Even:
    """A filter: the speed is an even number of tenths."""

    id = "even"

    def matches(self, aircraft: Aircraft) -> bool:
        gs = aircraft.value("gs")
        return gs is not None and round(gs * 10) % 2 == 0


SCOPES = [Scope(area, where) for area in AREAS for where in (None, Even())]
DETAILS = [frozenset[str](), frozenset({"4ca7b5"}), frozenset({"3c6444", "~a1b2c3"}), frozenset({"4ca7b5", "~a1b2c3"})]
FIELDS = [None, None, frozenset({"lat", "lon", "gs"}), frozenset({"track", "flight"})]

IDENTITY = ("hex", "flight", "r", "t", "desc", "country", "ownOp", "squawk", "category", "type", "emergency", "by")


def in_binary(row: dict[str, Any]) -> dict[str, Any]:
    """What ``flighttap.v1.bin`` can tell of a record with an address: docs/protocol.md, in other words."""
    told: dict[str, Any] = {name: row[name] for name in IDENTITY if name in row}
    if "lat" in row and "lon" in row:
        told |= {"lat": row["lat"], "lon": row["lon"]}
    if row.get("on_ground"):
        told["on_ground"] = True
    for name in ("alt_baro", "alt_geom"):
        if name in row:
            told[name] = round(row[name] / 25) * 25
            break
    if "gs" in row:
        told["gs"] = row["gs"]
    if "track" in row:
        told["track"] = round(row["track"] / 360 * 65536) % 65536 / 65536 * 360
    if "baro_rate" in row:
        told["baro_rate"] = min(max(math.floor(row["baro_rate"] / 64 + 0.5), -128), 127) * 64
    return told


def truth(room: Room, wants: Wants, scope: Scope) -> dict[str, Any]:
    """The records of a watcher that is served like this, once all is told."""
    rows = {
        key: record(aircraft, 0.0, wants.fields) for key, aircraft in room.aircraft.items() if scope.wants(aircraft)
    }
    for key, row in rows.items():
        if wants.encoding == BinaryV1.subprotocol and "hex" in row and key not in scope.detail:
            rows[key] = in_binary(row)
        else:
            del row["seen"]
            row.pop("seen_pos", None)
    return rows
