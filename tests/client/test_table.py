"""The terminal's tables fit the window, show what matters first, and obey nobody."""

from __future__ import annotations

import re
from typing import Any

import pytest

from flighttap.client.replica import Replica
from flighttap.client.table import Look, clean, live_table, rooms_table
from flighttap.testing import snapshot


def drawn(
    *rows: dict[str, Any], width: int | None = 120, height: int = 20, now: float = 1000.0, **more: Any
) -> list[str]:
    replica = Replica()
    replica.apply(snapshot(1, *rows))
    replica.count = more.pop("count", None)
    told = {"state": "live", "why": "", "clock": "12:00:00Z", **more}
    look = Look(width, told.pop("colour", False))
    return live_table(replica, "demo", told["state"], told["why"], now, height, look, told["clock"])


def flight(number: int, **more: Any) -> dict[str, Any]:
    return {"hex": f"4ca{number:03x}", "flight": f"RYR{number:04d}", "lat": 52.0, "lon": 4.0, "alt_baro": 36000, **more}


def test_a_flight_is_one_line_under_its_titles():
    record = flight(1, gs=447.2, track=93.1, baro_rate=-960, squawk="1000", type="adsb_icao", seen=3.0)
    status, _, titles, line = drawn(record, count=2)
    assert status.startswith("flighttap demo  ● live  1 aircraft · 2 here")
    assert status.endswith("12:00:00Z")
    titles, line = (" ".join(text.split()) for text in (titles, line))
    assert titles == "Callsign Hex Alt ft kt Track ft/min Squawk Latitude Longitude Source Seen s"
    assert line == "RYR0001 4ca001 36,000 ↓ 447 093° -960 1000 52.0000 4.0000 ADS-B 3"


def test_members_flights_are_named_by_their_key():
    lines = drawn({"key": "id:7", "type": "member"}, {"key": "flight:AB1", "flight": "AB1"})
    assert [line.split()[0] for line in lines[3:]] == ["AB1", "id:7"]


@pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("height", [4, 5, 10, 30])
def test_whatever_the_window_nothing_is_wider_or_longer(width, height):
    rows = [
        flight(number, r="OO-ABC", t="A320", gs=1.0, track=1.0, baro_rate=1, squawk="1", type="mlat")
        for number in range(20)
    ]
    lines = drawn(*rows, {"hex": "~aaaaaa", "flight": "日本語の便名です"}, width=width, height=height)
    assert len(lines) <= height
    for line in lines:
        wide = sum(2 if each in "日本語の便名です" else 1 for each in line)
        assert wide <= width, line


def test_what_does_not_fit_is_counted_and_columns_give_way_in_order_of_use():
    rows = [flight(number, gs=1.0) for number in range(20)]
    lines = drawn(*rows, width=34, height=10)
    assert lines[2].split() == ["Callsign", "Alt", "ft", "kt", "Seen", "s"]
    assert lines[-1].strip() == "and 14 more: make the window ta…"
    assert len(lines) == 10


def test_columns_without_anything_to_show_are_left_out():
    titles = drawn({"hex": "aaaaaa"})[2]
    assert titles.split() == ["Callsign", "Hex", "Alt", "ft", "kt", "Seen", "s"]


def test_emergencies_come_first_and_then_callsigns_and_the_nameless_last():
    rows = [flight(1), flight(9, squawk="7700"), {"hex": "aaaaaa"}, flight(5, emergency="minfuel"), flight(2)]
    lines = drawn(*rows)
    assert [line.split()[0] for line in lines[3:]] == ["▌", "▌", "RYR0001", "RYR0002", "aaaaaa"]
    assert [line.split()[1] for line in lines[3:5]] == ["RYR0005", "RYR0009"]


def test_flights_not_heard_for_long_are_not_listed():
    heard = [
        flight(1, seen=29.0, seen_pos=61.0),
        flight(2, seen=50.0, seen_pos=59.0),
        flight(3, seen=31.0, seen_pos=61.0),
    ]
    lines = drawn(*heard)
    assert "2 aircraft · 1 with position" in lines[0]
    assert len(lines) == 5


@pytest.mark.parametrize("evil", ["\x1b[31mX", "\x9b31m", "a\rb", "a\nb", "\u202eabc", "\x07", "\u2028", "\x00"])
def test_nothing_that_a_terminal_obeys_gets_through(evil):
    rows = [
        {"hex": "aaaaaa", "flight": evil, "squawk": evil, "r": evil, "t": evil, "type": evil},
        {"key": f"id:{evil}"},
    ]
    text = "".join(drawn(*rows, colour=False))
    text += "".join(rooms_table([{"room": evil, "feeds": [{"name": evil, "state": evil}]}], Look(None, False)))
    assert clean(text) == text
    assert "�" in text


def test_without_colour_there_is_no_escape_and_with_it_each_is_closed():
    rows = [flight(1), flight(2, squawk="7600"), flight(3, seen=20.0), {"hex": "aaaaaa", "on_ground": True}]
    assert "\x1b" not in "".join(drawn(*rows, colour=False))
    for line in drawn(*rows, colour=True):
        opened = re.findall(r"\x1b\[([0-9;]+)m", line)
        assert [code != "0" for code in opened] == [True, False] * (len(opened) // 2)


def test_altitude_is_a_colour_on_a_tick():
    lines = drawn(flight(1), flight(2, alt_baro=900), flight(3, on_ground=True), colour=True)
    ticks = [re.match(r"\x1b\[38;5;(\d+)m▌", line)[1] for line in lines[3:]]
    assert ticks == ["74", "222", "245"]
    assert "ground" in lines[5]


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("waiting", "the connection was lost, in 4 s", "○ trying again: the connection was lost, in 4 s"),
        ("connecting", "", "○ connecting"),
        ("refused", "the room is full", "✗ refused: the room is full"),
    ],
)
def test_the_state_is_told_in_words(state, why, words):
    assert words in drawn(flight(1), state=state, why=why)[0]


def test_an_empty_room_says_so():
    assert drawn()[-1].strip() == "No aircraft in demo yet"


def test_rooms_are_aligned_and_say_what_feeds_them():
    feeds = [{"name": "demo", "state": "up"}, {"name": "roof", "state": "silent"}]
    demo = {"aircraft": 1204, "with_position": 7, "watchers": 3, "messages_per_s": 598.51, "simulated": True}
    rooms = [{"room": "demo", **demo, "feeds": feeds}, {"room": "a-longer-name"}]
    assert rooms_table(rooms, Look(None, False)) == [
        "Room           Aircraft  With position  Watchers  Messages/s  Feeds",
        "demo              1,204              7         3       598.5  demo up, roof silent (simulated)",
        "a-longer-name         0              0         0         0.0  -",
    ]
