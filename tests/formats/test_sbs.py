from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from flighttap.formats.sbs import SbsDecoder
from tests.needs import need_data


def line(kind: str = "MSG,3", address: str = "4CA7B5", **fields: str) -> bytes:
    """One line; the fields after the dates by name."""
    names = ("callsign", "alt", "gs", "track", "lat", "lon", "rate", "squawk", "alert", "emergency", "spi", "ground")
    rest = ",".join(fields.get(name, "") for name in names)
    dates = fields.get("dates", "2024/06/06,10:00:00.000,2024/06/06,10:00:00.000")
    return f"{kind},1,1,{address},1,{dates},{rest}\r\n".encode()


def values(**fields: str) -> dict[str, Any]:
    (said,) = SbsDecoder().feed(line(**fields), 0.0)
    return said.values


@pytest.mark.parametrize(("kind", "source"), [(number, "other" if number <= 4 else "mode_s") for number in range(1, 9)])
def test_every_type_of_message_and_what_it_is_taken_for(kind: int, source: str) -> None:
    (said,) = SbsDecoder().feed(line(f"MSG,{kind}"), 5.0)
    assert (said.key, said.at, said.source) == ("4ca7b5", 5.0, source)


def test_every_field() -> None:
    found = values(
        callsign="RYR12AB ",
        alt="36000",
        gs="447.2",
        track="93.1",
        lat="52.37412",
        lon="-4.89541",
        rate="-64",
        squawk="7700",
        alert="0",
        emergency="-1",
        spi="1",
        ground="0",
    )
    assert found == {
        "callsign": "RYR12AB",
        "alt_baro": 36000,
        "gs": 447.2,
        "track": 93.1,
        "lat": 52.37412,
        "lon": -4.89541,
        "baro_rate": -64,
        "squawk": "7700",
        "alert": 0,
        "emergency": "general",
        "spi": 1,
        "on_ground": False,
    }


def test_empty_fields_say_nothing() -> None:
    assert values() == {}


@pytest.mark.parametrize(
    ("squawk", "flag", "word"),
    [("7500", "-1", "unlawful"), ("7600", "1", "nordo"), ("", "-1", "general"), ("7700", "0", "none")],
)
def test_the_word_for_an_emergency(squawk: str, flag: str, word: str) -> None:
    assert values(squawk=squawk, emergency=flag)["emergency"] == word


def test_readsbs_mark_for_a_geometric_altitude() -> None:
    assert values(alt="36000H") == {"alt_geom": 36000}


@pytest.mark.parametrize(("flag", "on_ground"), [("-1", True), ("1", True), ("0", False)])
def test_on_the_ground(flag: str, on_ground: bool) -> None:
    assert values(ground=flag) == {"on_ground": on_ground}


def test_a_surface_position_is_on_the_ground_whatever_its_flag() -> None:
    (said,) = SbsDecoder().feed(line("MSG,2", ground="0"), 0.0)
    assert said.values == {"on_ground": True}


def test_addresses_that_are_not_icaos_keep_their_mark() -> None:
    (said,) = SbsDecoder().feed(line(address="~4CA7B5"), 0.0)
    assert said.key == "~4ca7b5"


@pytest.mark.parametrize(
    "fields",
    [
        {"alt": "high"},
        {"alt": "999999"},
        {"gs": "-1"},
        {"gs": "nan"},
        {"track": "361"},
        {"rate": "inf"},
        {"squawk": "7800"},
        {"squawk": "12345"},
        {"callsign": "NINELONGS"},
        {"lat": "90.1", "lon": "0"},
    ],
)
def test_a_value_that_cannot_be_is_left_out_and_counted(fields: dict[str, str]) -> None:
    decoder = SbsDecoder()
    (said,) = decoder.feed(line(**fields), 0.0)
    assert said.values == {}
    assert decoder.stats["bad_value"] == 1


def test_a_position_of_zero_zero_is_none() -> None:
    decoder = SbsDecoder()
    (said,) = decoder.feed(line(lat="0.00000", lon="0.00000"), 0.0)
    assert said.values == {}
    assert decoder.stats["no_position"] == 1


@pytest.mark.parametrize(
    "text", [b"MSG,9,1,1,4CA7B5\n", b"MSG,3,1,1,4CA7B\n", b"HELLO\n", b"MSG\n", b"x" * 600 + b"\n"]
)
def test_other_lines_are_malformed(text: bytes) -> None:
    decoder = SbsDecoder()
    assert decoder.feed(text, 0.0) == []
    assert decoder.stats["malformed"] == 1


def test_a_line_too_long_is_malformed_however_it_is_cut() -> None:
    decoder = SbsDecoder()
    tail = line(callsign="RYR12AB").rjust(513)
    assert len(decoder.feed(tail, 0.0)) == 1
    assert decoder.feed(b"x", 0.0) == decoder.feed(tail[:-1], 0.0) == decoder.feed(tail[-1:], 0.0) == []
    assert decoder.stats["malformed"] == 1


def test_an_empty_line_is_a_heartbeat() -> None:
    decoder = SbsDecoder()
    assert decoder.feed(b"\r\n\n", 0.0) == []
    assert decoder.stats["heartbeat"] == 2


def test_the_kinetic_recording() -> None:
    """71 lines of a BaseStation; the odd values in them are the recording's own."""
    decoder = SbsDecoder()
    said = decoder.feed(need_data("kinetic_basestation.sbs").read_bytes(), 0.0)
    assert {name: count for name, count in decoder.stats.items() if count} == {
        "messages": 62,
        "ignored": 9,  # STA, SEL and CLK
        "no_position": 27,
        "bad_value": 12,  # ten squawks of 9999, two latitudes of 179 degrees
    }
    assert Counter(one.key for one in said) == {"405d0d": 49, "4ca2ad": 11, "405f32": 2}
    placed = [one.values for one in said if one.key == "4ca2ad" and "lat" in one.values]
    assert [(one["lat"], one["lon"], one["alt_baro"]) for one in placed] == [
        (51.20522, -0.43106, 15225),
        (51.20807, -0.42938, 15175),
    ]
    moving = [one.values for one in said if one.key == "4ca2ad" and "gs" in one.values]
    assert moving == [
        {"gs": 361.4, "track": 20.7, "baro_rate": -1728},
        {"gs": 359.6, "track": 20.9, "baro_rate": -1600},
    ]
    assert [one.values["callsign"] for one in said if one.key == "405f32" and one.values] == ["DHK975"]


def test_the_stratux_recording_with_a_counter_before_each_line() -> None:
    decoder = SbsDecoder()
    data = need_data("stratux_1061.sbslog").read_bytes()
    said = decoder.feed(data, 0.0)
    assert len(said) == 1060
    assert decoder.stats["malformed"] == 1  # its first line says when it was started
    fields = Counter(name for one in said for name in one.values)
    assert (fields["alt_baro"], fields["squawk"], fields["gs"]) == (723, 5, 1)
    stripped = b"".join(row.partition(b",")[2] for row in data.splitlines(keepends=True)[1:])
    assert SbsDecoder().feed(stripped, 0.0) == said
    times = [time for time, _ in SbsDecoder.timeline([data])]
    assert times[0] is None
    assert (times[1], times[-1]) == (1.970154010, 207.964672561)


# The recording's time


def times(*stamps: str) -> list[float | None]:
    lines = [line(dates=f"{stamp},{stamp}") for stamp in stamps]
    found = [time for time, _ in SbsDecoder.timeline(lines)]
    first = found[0]
    return [None if time is None or first is None else round(time - first, 3) for time in found]


def test_time_is_the_date_of_generation() -> None:
    assert times("2024/02/28,23:59:59.500", "2024/02/29,00:00:00.000", "2024/02/29,00:01:00.250") == [0, 0.5, 60.75]


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2024/02/29", "2024/03/01"),
        ("2023/02/28", "2023/03/01"),
        ("2024/12/31", "2025/01/01"),
        ("2024/04/30", "2024/05/01"),
    ],
)
def test_time_goes_on_at_the_end_of_a_month(last: str, first: str) -> None:
    assert times(f"{last},23:59:59.000", f"{first},00:00:00.000") == [0, 1]


def test_a_clock_set_back_or_far_ahead_stops_time_once() -> None:
    assert times(
        "2024/06/06,10:00:00",
        "2024/06/06,09:00:00",
        "2024/06/06,09:00:01",
        "2025/06/06,09:00:00",
        "2025/06/06,09:00:02",
    ) == [0, 0, 1, 1, 3]


def test_lines_without_a_date_have_no_time_of_their_own() -> None:
    dated = line(dates="2024/06/06,10:00:00.000,,")
    undated = line(dates=",,,")
    found = [time for time, _ in SbsDecoder.timeline([undated + dated + undated + b"\n"])]
    assert found[0] is None
    assert found[1] is not None
    assert found[1:] == [found[1]] * 3


@pytest.mark.parametrize("date", ["2024/06/06,10:00:nan", "2024/6/6,10:00:00", "9999999999/01/01,10:00:00", "now,then"])
def test_a_date_that_is_none_is_passed_over(date: str) -> None:
    assert next(iter(SbsDecoder.timeline([line(dates=f"{date},{date}")])))[0] is None


def test_a_counter_that_is_no_counter_is_passed_over() -> None:
    assert next(iter(SbsDecoder.timeline([b"9" * 400 + b"," + line(dates=",,,")])))[0] is None
