"""flighttap.v1.bin: what its rows and frames hold, and what survives the way through them."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.aircraft.fields import IDENTITY
from flighttap.aircraft.state import Aircraft, Cell
from flighttap.client.binary import unpacked
from flighttap.client.errors import Gap, Inconsistent
from flighttap.client.replica import Replica
from flighttap.wire import pieces
from flighttap.wire.binary_v1 import HEADER, ROW, BinaryV1, row
from flighttap.wire.frames import BINARY
from tests.rooms.peers import Binary, frames

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "binary_vectors.json").read_text())
SNAPSHOT = {"epoch": "e1", "seq": 9, "eseq": 0, "recovered": False, "covers": None, "filter": None, "now": 1000.0}
NOW = 100.0


def flight(key: str, age: float = 0.0, heard: float = 0.0, seq: int = 1, **values: Any) -> Aircraft:
    """An aircraft of which all was heard ``age`` seconds ago, and anything ``heard`` seconds ago."""
    aircraft = Aircraft(key, seq, NOW - heard)
    for name, value in values.items():
        aircraft.cells[name] = Cell(name, value, 0, NOW - age, seq)
    aircraft.identity_seq = seq if IDENTITY & values.keys() else 0
    return aircraft


def decoded(aircraft: Aircraft) -> dict[str, Any]:
    """A row as the client reads it."""
    binary = row(aircraft, NOW)
    header = HEADER.pack(1, 1, 0, 1, 0, 1, 0.0, 1, 1)
    (read,) = unpacked(header + binary)["rows"]
    return dict(read)


def sent(messages: Iterable[bytes]) -> list[Any]:
    """Frames as messages, the binary ones unpacked."""
    payloads = frames(b"".join(messages))
    return [unpacked(each) if isinstance(each, Binary) else json.loads(each) for each in payloads]


def taken(replica: Replica, messages: Iterable[bytes]) -> None:
    for each in frames(b"".join(messages)):
        if isinstance(each, Binary):
            replica.apply_binary(each)
        else:
            replica.apply(json.loads(each))


def update(
    codec: BinaryV1, full: Iterable[Aircraft] = (), changed: Iterable[Aircraft] = (), base: int = 9, **head: Any
) -> list[bytes]:
    head = {"base": base, "seq": base + 1, "now": 1001.0, **head}
    return codec.update(head, [], [], codec.full(full, NOW), codec.delta(changed, base, NOW))


# ---- layout


def test_docs_put_each_number_where_it_is() -> None:
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    letters = {"u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "f64": "d"}
    for name, layout in (("header", HEADER), ("row", ROW)):
        table = text.partition(f"\n| {name} | | |\n")[2].partition("\n\n")[0]
        told = re.findall(r"^\| (\d+) \| (\w+) \|", table, re.MULTILINE)
        form = "<" + "".join(letters[kind] for _, kind in told)
        assert layout.format.removesuffix("4x") == form
        assert [int(at) for at, _ in told] == [struct.calcsize(form[:end]) for end in range(1, len(form))]


def test_a_header_has_40_bytes_and_a_row_20_where_docs_say() -> None:
    assert (HEADER.size, ROW.size) == (40, 20)
    codec = BinaryV1()
    (frame,) = update(codec, changed=[flight("~4ca7b5", lat=-1.5, lon=179.25, alt_baro=-1000, gs=447.2, track=90.0,
                                             baro_rate=-640, age=1.5)])  # fmt: skip
    assert frame[0] == BINARY
    (data,) = frames(frame)
    assert len(data) == 60
    assert (data[0], data[1]) == (1, 1)
    assert struct.unpack_from("<H", data, 2) == (0,)
    assert struct.unpack_from("<I", data, 4) == (1,)
    assert struct.unpack_from("<QQ", data, 8) == (9, 10)
    assert struct.unpack_from("<d", data, 24) == (1001.0,)
    assert struct.unpack_from("<HH", data, 32) == (1, 1)
    assert data[36:40] == bytes(4)
    (first,) = struct.unpack_from("<I", data, 40)
    assert first == 0x4CA7B5 | 0b11111001 << 24
    assert struct.unpack_from("<ii", data, 44) == (1_792_500_000, -15_000_000)
    assert struct.unpack_from("<h", data, 52) == (-40,)
    assert struct.unpack_from("<HH", data, 54) == (4472, 16384)
    assert struct.unpack_from("<bB", data, 58) == (-10, 6)


@pytest.mark.parametrize(
    ("bit", "key", "values", "told"),
    [
        (0, "~4ca7b5", {}, {"hex": "~4ca7b5"}),
        (1, "4ca7b5", {"on_ground": True}, {"on_ground": True}),
        (3, "4ca7b5", {"lat": 0.0, "lon": 0.0}, {"lat": 0.0, "lon": 0.0}),
        (4, "4ca7b5", {"alt_baro": 0}, {"alt_baro": 0}),
        (5, "4ca7b5", {"gs": 0.0}, {"gs": 0.0}),
        (6, "4ca7b5", {"track": 0.0}, {"track": 0.0}),
        (7, "4ca7b5", {"baro_rate": 0}, {"baro_rate": 0}),
    ],
)
def test_each_flag_says_one_thing(bit: int, key: str, values: dict[str, Any], told: dict[str, Any]) -> None:
    aircraft = flight(key, **values)
    (first,) = struct.unpack_from("<I", row(aircraft, NOW))
    assert first >> 24 == 1 << bit
    assert decoded(aircraft) == {"hex": "4ca7b5", "age": 0.0} | told


def test_a_geometric_altitude_says_so_and_gives_way_to_a_barometric_one() -> None:
    (first,) = struct.unpack_from("<I", row(flight("4ca7b5", alt_geom=1000), NOW))
    assert first >> 24 == 0b00010100
    assert decoded(flight("4ca7b5", alt_geom=1000)) == {"hex": "4ca7b5", "age": 0.0, "alt_geom": 1000}
    assert decoded(flight("4ca7b5", alt_geom=1000, alt_baro=900)) == {"hex": "4ca7b5", "age": 0.0, "alt_baro": 900}


def test_a_geometric_rate_stands_in_for_a_barometric_one() -> None:
    assert decoded(flight("4ca7b5", geom_rate=640))["baro_rate"] == 640
    assert decoded(flight("4ca7b5", geom_rate=640, baro_rate=-64))["baro_rate"] == -64


def test_half_a_position_and_what_was_cleared_are_not_told() -> None:
    cleared = flight("4ca7b5", lat=None, lon=None, alt_baro=None, gs=None, track=None, baro_rate=None, on_ground=None)
    assert decoded(cleared) == {"hex": "4ca7b5", "age": 0.0}
    assert decoded(flight("4ca7b5", lat=1.0)) == {"hex": "4ca7b5", "age": 0.0}
    assert "on_ground" not in decoded(flight("4ca7b5", on_ground=False))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"alt_baro": 900_000}, {"alt_baro": 32767 * 25}),
        ({"alt_baro": -900_000}, {"alt_baro": -32768 * 25}),
        ({"gs": 7000.0}, {"gs": 6553.5}),
        ({"gs": -1.0}, {"gs": 0.0}),
        ({"baro_rate": 60_000}, {"baro_rate": 127 * 64}),
        ({"baro_rate": -60_000}, {"baro_rate": -128 * 64}),
        ({"track": 359.999}, {"track": 0.0}),
        ({"lat": -90.0, "lon": -180.0}, {"lat": -90.0, "lon": -180.0}),
        ({"lat": 90.0, "lon": 180.0}, {"lat": 90.0, "lon": 180.0}),
    ],
)
def test_what_does_not_fit_is_the_nearest_that_does(values: dict[str, Any], told: dict[str, Any]) -> None:
    assert decoded(flight("4ca7b5", **values)) == {"hex": "4ca7b5", "age": 0.0} | told


def test_the_age_is_the_positions_or_else_the_last_messages_and_ends_at_63_75() -> None:
    assert decoded(flight("4ca7b5", age=40.0, heard=1.0, lat=1.0, lon=1.0))["age"] == 40.0
    assert decoded(flight("4ca7b5", age=40.0, heard=1.1, gs=1.0))["age"] == 1.0
    assert decoded(flight("4ca7b5", heard=299.0))["age"] == 63.75
    assert decoded(flight("4ca7b5", heard=-1.0))["age"] == 0.0


@given(
    address=st.integers(0, 0xFFFFFF),
    other=st.booleans(),
    age=st.floats(0, 60),
    values=st.fixed_dictionaries(
        {},
        optional={
            "lat": st.floats(-90, 90).map(lambda x: round(x, 7)),
            "lon": st.floats(-180, 180).map(lambda x: round(x, 7)),
            "alt_baro": st.integers(-2000, 150000),
            "alt_geom": st.integers(-2000, 150000),
            "on_ground": st.booleans(),
            "gs": st.floats(0, 5000).map(lambda x: round(x, 1)),
            "track": st.floats(0, 360, exclude_max=True),
            "baro_rate": st.integers(-8192, 8128),
        },
    ),
)
def test_a_row_comes_back_within_half_a_step(address: int, other: bool, age: float, values: dict[str, Any]) -> None:
    key = f"{'~' if other else ''}{address:06x}"
    told = decoded(flight(key, age, age, **values))
    assert told.pop("hex") == key
    assert abs(told.pop("age") - age) <= 0.125 + 1e-9
    if "lat" in values and "lon" in values:
        assert (told.pop("lat"), told.pop("lon")) == (values["lat"], values["lon"])
    assert told.pop("on_ground", False) == values.get("on_ground", False)
    altitude = "alt_baro" if "alt_baro" in values else "alt_geom"
    for name, half in ((altitude, 12.5), ("gs", 0), ("baro_rate", 32)):
        assert (name in told) == (name in values)
        if name in told:
            assert abs(told.pop(name) - values[name]) <= half
    if "track" in values:
        off = told.pop("track") - values["track"]
        assert abs(math.remainder(off, 360)) <= 360 / 65536 / 2 + 1e-9
    assert told == {}


# ---- messages


def test_what_changes_by_motion_alone_is_one_binary_frame() -> None:
    codec = BinaryV1()
    moved = flight("4ca7b5", seq=10, gs=100.0)
    moved.cells["callsign"] = Cell("callsign", "KLM1", 0, NOW, 5)
    (message,) = sent(update(codec, changed=[moved]))
    assert message == {
        "t": "update", "base": 9, "seq": 10, "now": 1001.0, "more": False, "part": 1, "parts": 1,
        "rows": [{"hex": "4ca7b5", "gs": 100.0, "age": 0.0}],
    }  # fmt: skip


def test_identity_comes_first_as_json_when_it_changes_and_with_nothing_else() -> None:
    codec = BinaryV1()
    changed = flight("4ca7b5", seq=10, gs=100.0, callsign="KLM1", squawk=None, ias=90, lat=1.0, lon=2.0)
    text, binary = sent(update(codec, changed=[changed]))
    assert text == {
        "t": "update", "base": 9, "seq": 10, "now": 1001.0, "more": True,
        "aircraft": [{"hex": "4ca7b5", "flight": "KLM1", "squawk": None, "seen": 0.0}],
    }  # fmt: skip
    assert (binary["more"], binary["part"], binary["parts"], len(binary["rows"])) == (False, 2, 2, 1)


def test_a_flight_without_an_address_is_json_alone_with_all_its_fields() -> None:
    codec = BinaryV1()
    (message,) = sent(update(codec, full=[flight("id:7", gs=100.0, ias=90)]))
    assert message["full"] == [{"key": "id:7", "gs": 100.0, "ias": 90, "seen": 0.0}]
    assert "more" not in message
    (message,) = sent(update(codec, changed=[flight("id:7", seq=10, ias=91)]))
    assert message["aircraft"] == [{"key": "id:7", "ias": 91, "seen": 0.0}]


def test_what_leaves_and_what_is_covered_is_json() -> None:
    codec = BinaryV1()
    (message,) = sent(codec.update({"base": 9, "seq": 10, "now": 1.0}, ["4ca7b5"], ["~a1b2c3"], [], []))
    assert (message["removed"], message["out"]) == (["4ca7b5"], ["~a1b2c3"])
    (message,) = sent(update(codec, recovered=True))
    assert message["recovered"] is True
    text, binary = sent(update(codec, changed=[flight("4ca7b5", seq=10, gs=1.0)], covers=[0, 0, 1, 1]))
    assert (text["covers"], text["more"], binary["more"]) == ([0, 0, 1, 1], True, False)


def test_an_empty_snapshot_is_one_json_message() -> None:
    (message,) = sent(BinaryV1().snapshot(SNAPSHOT, []))
    assert (message["aircraft"], message["part"], message["parts"]) == ([], 1, 1)


def test_parts_are_bounded_numbered_across_both_kinds_and_taken_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PART", 200)
    codec = BinaryV1()
    flights = [flight(f"{number:06x}", gs=number / 10, callsign=f"KLM{number}") for number in range(50)]
    snapshot = codec.snapshot(SNAPSHOT, codec.full(flights, NOW))
    payloads = frames(b"".join(snapshot))
    kinds = [isinstance(each, Binary) for each in payloads]
    assert kinds == sorted(kinds)
    assert kinds.count(True) == 7  # eight rows of 20 bytes behind 40
    assert all(len(each) <= 200 for each in payloads if isinstance(each, Binary))
    messages = sent(snapshot)
    assert [message["part"] for message in messages] == list(range(1, len(messages) + 1))
    assert {message["parts"] for message in messages} == {len(messages)}
    assert [message["more"] for message in messages if "rows" in message] == [True] * 6 + [False]

    replica = Replica()
    taken(replica, snapshot[:-1])
    assert (replica.position, replica.aircraft) == (None, {})
    taken(replica, snapshot[-1:])
    assert replica.position == 9
    assert replica.aircraft["000031"] == {"hex": "000031", "flight": "KLM49", "gs": 4.9}

    changes = update(codec, changed=[flight(f"{number:06x}", seq=10, track=90.0) for number in range(50)])
    assert len(changes) == 7
    taken(replica, changes[:-1])
    assert (replica.position, "track" in replica.aircraft["000000"]) == (9, False)
    taken(replica, changes[-1:])
    assert replica.position == 10
    assert replica.aircraft["000031"] == {"hex": "000031", "flight": "KLM49", "track": 90.0}


def test_a_part_is_64_kib_at_the_most() -> None:
    codec = BinaryV1()
    flights = [flight(f"{number:06x}", seq=10, gs=1.0) for number in range(7000)]
    sizes = [len(each) for each in frames(b"".join(update(codec, changed=flights)))]
    assert sizes == [65520, 65520, 40 + 20 * (7000 - 2 * 3274)]


# ---- the replica


def watching() -> Replica:
    replica = Replica()
    codec = BinaryV1()
    aircraft = flight("4ca7b5", gs=100.0, lat=1.0, lon=2.0, age=2.0, heard=1.0)
    taken(replica, codec.snapshot(SNAPSHOT, codec.full([aircraft], NOW)))
    return replica


def test_a_replica_knows_how_old_a_position_is() -> None:
    replica = watching()
    assert (replica.age("4ca7b5", 1000.0), replica.position_age("4ca7b5", 1000.0)) == (1.0, 2.0)
    taken(replica, update(BinaryV1(), changed=[flight("4ca7b5", heard=0.5, gs=1.0)]))
    assert (replica.age("4ca7b5", 1001.0), replica.position_age("4ca7b5", 1001.0)) == (0.5, None)


def test_a_connection_cut_between_both_kinds_leaves_what_can_be_resumed_from() -> None:
    replica = watching()
    before = dict(replica.aircraft["4ca7b5"])
    said = update(BinaryV1(), changed=[flight("4ca7b5", seq=10, gs=1.0, squawk="7700")], covers=[0, 0, 10, 10])
    text, binary = frames(b"".join(said))
    taken(replica, said[:1])
    assert not isinstance(text, Binary)
    assert isinstance(binary, Binary)
    assert (replica.position, replica.covers, replica.aircraft["4ca7b5"]) == (9, None, before)
    assert replica.opening({})["seq"] == 9
    taken(replica, said)
    assert (replica.position, replica.covers) == (10, (0, 0, 10, 10))
    assert replica.aircraft["4ca7b5"] == {"hex": "4ca7b5", "squawk": "7700", "gs": 1.0}


def test_a_gap_changes_nothing() -> None:
    replica = watching()
    with pytest.raises(Gap):
        taken(replica, update(BinaryV1(), base=10, changed=[flight("4ca7b5", gs=1.0)]))
    assert (replica.position, replica.aircraft["4ca7b5"]["gs"]) == (9, 100.0)


def test_a_row_of_what_was_never_sent_is_inconsistent_and_changes_nothing() -> None:
    replica = watching()
    with pytest.raises(Inconsistent, match="3c6444"):
        taken(replica, update(BinaryV1(), changed=[flight("4ca7b5", gs=1.0), flight("3c6444", gs=1.0)]))
    assert replica.aircraft["4ca7b5"]["gs"] == 100.0
    assert replica.position is None


@pytest.mark.parametrize(
    "frame",
    [b"", HEADER.pack(1, 1, 0, 0, 0, 1, 0.0, 1, 1)[:-1], HEADER.pack(1, 1, 0, 1, 0, 1, 0.0, 1, 1) + bytes(19),
     HEADER.pack(1, 2, 0, 0, 0, 1, 0.0, 1, 1)],
    ids=["empty", "short", "count", "version"],
)  # fmt: skip
def test_what_is_no_frame_is_inconsistent(frame: bytes) -> None:
    replica = watching()
    with pytest.raises(Inconsistent):
        replica.apply_binary(frame)
    assert replica.position is None


def test_an_unknown_kind_of_frame_is_passed_over() -> None:
    replica = watching()
    assert not replica.apply_binary(HEADER.pack(9, 1, 0, 0, 0, 99, 0.0, 1, 1)).fresh
    assert replica.position == 9


# ---- vectors, which the page's decoder is held against too


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors_decode_and_are_what_the_server_makes(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["frame"])
    assert unpacked(frame) == vector["message"]
    given = vector["given"]
    rows = [row(flight(each["key"], each["age"], each["age"], **each["values"]), NOW) for each in given]
    assert frame[HEADER.size :] == b"".join(rows)
