from __future__ import annotations

import re

import pytest

from flighttap.formats.avr import AvrDecoder
from tests.formats import transmitter as tx
from tests.needs import need_data

ICAO = 0x4CA7B5
IDENT = tx.squitter(ICAO, tx.identification("RYR12AB"))
HEX = IDENT.hex().upper()


@pytest.mark.parametrize(
    ("line", "rssi"),
    [
        (f"*{HEX};", None),
        (f":{HEX};", None),
        (f"*{HEX.lower()};", None),
        (f"@0123456789AB{HEX};", None),
        (f"%0123456789AB{HEX};", None),
        (f"<0123456789AB80{HEX};", -6.0),
        (f"  *{HEX};\r\n", None),
        (f"*{HEX}\n", None),
    ],
)
def test_every_way_to_write_a_frame(line: str, rssi: float | None) -> None:
    decoder = AvrDecoder()
    (said,) = decoder.feed(line.encode(), 3.0)
    assert (said.key, said.at, said.values["callsign"], said.rssi) == ("4ca7b5", 3.0, "RYR12AB", rssi)
    assert decoder.stats["malformed"] == 0


def test_a_magic_timestamp_makes_a_source_of_mlat() -> None:
    (said,) = AvrDecoder().feed(tx.avr(IDENT, 0xFF004D4C4154), 0.0)
    assert said.source == "mlat"


@pytest.mark.parametrize(
    "line", ["*;", "*8D;", "8D4CA7B5;", f"*{HEX}00;", f"@{HEX};", f"*{HEX[:-1]}G;", "*8D4 40621D58C3;"]
)
def test_what_is_no_frame_is_malformed_and_the_next_line_is_read(line: str) -> None:
    decoder = AvrDecoder()
    assert len(decoder.feed(line.encode() + tx.avr(IDENT), 0.0)) == 1
    assert decoder.stats["malformed"] == 1


def test_a_line_without_its_end_costs_itself_only() -> None:
    decoder = AvrDecoder()
    assert len(decoder.feed(b"*8D4CA7B5" + tx.avr(IDENT) * 2, 0.0)) == 2
    assert decoder.stats["malformed"] == 1


def test_mode_ac_and_heartbeats_are_counted() -> None:
    decoder = AvrDecoder()
    assert decoder.feed(b"*0000;\n*1234;\n", 0.0) == []
    assert (decoder.stats["heartbeat"], decoder.stats["mode_ac"], decoder.stats["malformed"]) == (1, 1, 0)


def test_time_is_the_counter_where_there_is_one() -> None:
    stream = tx.avr(IDENT) + tx.avr(IDENT, 12_000_000) + tx.avr(IDENT) + tx.avr(IDENT, 18_000_000, 5)
    assert list(AvrDecoder.timeline([stream])) == [
        (None, tx.avr(IDENT)),
        (1.0, tx.avr(IDENT, 12_000_000)),
        (1.0, tx.avr(IDENT)),
        (1.5, tx.avr(IDENT, 18_000_000, 5)),
    ]


def test_the_rooftop_recording_says_what_dump1090_printed() -> None:
    """All 217 frames: address, altitude, squawk, callsign, velocity and ground or air.

    The recording has no time and is too long for its frames to have come at once: one a second places its aircraft.
    """
    printed = need_data("rooftop_217_decoded.txt").read_text().strip().split("\n\n")
    lines = need_data("rooftop_217.avr").read_bytes().splitlines(keepends=True)
    assert len(printed) == len(lines) == 217
    decoder = AvrDecoder()
    compared: dict[str, int] = {}
    placed = 0
    for second, (line, text) in enumerate(zip(lines, printed, strict=True)):
        (said,) = decoder.feed(line, float(second))
        placed += "lat" in said.values
        assert text.startswith(line.decode().strip())
        assert said.key == _printed(r"ICAO Address\s*: (\w+)", text)
        for name, value in _expected(text).items():
            assert said.values[name] == value, (name, text)
            compared[name] = compared.get(name, 0) + 1
    assert compared == {
        "alt_baro": 80,
        "squawk": 13,
        "callsign": 7,
        "category": 7,
        "on_ground": 24,
        "gs": 54,
        "geom_rate": 54,
    }
    stats = {name: count for name, count in decoder.stats.items() if count}
    assert stats == {"messages": 217}
    assert placed == 57  # of 59 position messages: the first, and one that has no partner in its latitude zone


def _printed(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def _expected(text: str) -> dict[str, object]:
    values: dict[str, object] = {}
    altitude = _printed(r"Altitude\s*: (-?\d+) feet", text)
    if altitude is not None:
        values["alt_baro"] = int(altitude)
    squawk = _printed(r"Squawk\s*: (\d+)", text)
    if squawk is not None:
        values["squawk"] = squawk.zfill(4)
    callsign = _printed(r"Identification : (\S+)", text)
    if callsign is not None:
        values["callsign"] = callsign
        values["category"] = "A0"
    if "Flight Status" in text:
        values["on_ground"] = "Airborne" not in text
    east, north = (_printed(rf"{axis} velocity\s*: (\d+)", text) for axis in ("EW", "NS"))
    if east is not None and north is not None:
        values["gs"] = round(((int(east) - 1) ** 2 + (int(north) - 1) ** 2) ** 0.5, 1)
        rate = _printed(r"Vertical rate\s*: (\d+)", text)
        assert rate is not None
        assert _printed(r"Vertical rate src\s*: (\d)", text) == "0"
        sign = -1 if _printed(r"Vertical rate sign\s*: (\d)", text) == "1" else 1
        values["geom_rate"] = sign * (int(rate) - 1) * 64
    return values
