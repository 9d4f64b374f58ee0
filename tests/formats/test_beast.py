from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flighttap.formats.beast import BeastDecoder
from flighttap.formats.modes import ModesDecoder
from tests.formats import transmitter as tx
from tests.formats.conftest import TOULOUSE
from tests.needs import need_data

ICAO = 0x4CA7B5
IDENT = tx.squitter(ICAO, tx.identification("RYR12AB"))
ESCAPED = tx.squitter(0x1A1A1A, tx.identification("RYR12AB"))


def keys(stream: bytes, decoder: BeastDecoder | None = None) -> list[str]:
    return [said.key for said in (decoder or BeastDecoder()).feed(stream, 0.0)]


def test_short_and_long_frames_with_their_signal_level() -> None:
    said = BeastDecoder().feed(tx.beast(tx.all_call(ICAO), level=255) + tx.beast(IDENT, level=128), 7.0)
    assert [(one.key, one.at, one.source, one.rssi) for one in said] == [
        ("4ca7b5", 7.0, "mode_s", 0.0),
        ("4ca7b5", 7.0, "adsb_icao", -6.0),
    ]


def test_a_level_of_zero_is_no_level() -> None:
    assert BeastDecoder().feed(tx.beast(IDENT, level=0), 0.0)[0].rssi is None


def test_doubled_escapes_everywhere() -> None:
    stream = tx.beast(ESCAPED, ticks=0x1A1A1A1A1A1A, level=0x1A)
    assert stream.count(b"\x1a\x1a") >= 10
    assert keys(stream * 3) == ["1a1a1a"] * 3


def test_an_escape_at_the_end_of_the_data_waits_for_its_twin() -> None:
    decoder = BeastDecoder()
    stream = tx.beast(ESCAPED)
    place = stream.index(b"\x1a\x1a") + 1
    assert keys(stream[:place], decoder) == []
    assert keys(stream[place:], decoder) == ["1a1a1a"]
    assert decoder.stats["resync"] == 0


def test_mode_ac_heartbeats_and_status_are_counted_apart() -> None:
    decoder = BeastDecoder()
    stream = (
        tx.beast(b"\x12\x00", 5) + b"\x1a1" + bytes(9) + tx.beast(bytes(14), kind=0x34) + tx.beast(bytes(14), kind=0x35)
    )
    assert keys(stream, decoder) == []
    counts = {name: decoder.stats[name] for name in ("mode_ac", "heartbeat", "status", "resync", "malformed")}
    assert counts == {"mode_ac": 1, "heartbeat": 1, "status": 2, "resync": 0, "malformed": 0}


def test_the_short_status_of_older_receivers_is_ended_by_the_next_message() -> None:
    decoder = BeastDecoder()
    assert keys(b"\x1a4" + bytes(9) + tx.beast(IDENT), decoder) == ["4ca7b5"]
    assert decoder.stats["resync"] == 0


@pytest.mark.parametrize(
    "between",
    [
        b"\x1a\xe3\x01\x02\x03\x1a\x1a\x05\x06\x07\x08",
        b"\x1a\xe40123abcd-89ab-4cde-8123-0123456789ab",
        b"\x1a\xe8\x1a\x32\x00\x00\x1a\x00\x00\x00",
        b"\x1aWO",
        b"\x1aP\x01\x02\x03",
    ],
    ids=["receiver id", "uuid", "replay clock", "ping wanted", "ping"],
)
def test_what_readsb_puts_between_messages_is_understood(between: bytes) -> None:
    decoder = BeastDecoder()
    assert keys(tx.beast(IDENT) + between + tx.beast(IDENT), decoder) == ["4ca7b5"] * 2
    assert (decoder.stats["resync"], decoder.stats["status"]) == (0, 1)


def test_magic_timestamps_make_a_source_of_mlat() -> None:
    frame = tx.squitter(ICAO, tx.airborne(50, 8, 0), 0x92)
    said = BeastDecoder().feed(tx.beast(frame, 0xFF004D4C4154) + tx.beast(frame, 0xFF004D4C4155), 0.0)
    assert [one.source for one in said] == ["mlat", "tisb_icao"]


@pytest.mark.parametrize(
    "garbage",
    [b"rubbish", b"\x1a\x99\x00\x01", b"\x1a\x1a\x1a\x1a", tx.beast(IDENT)[:15], b"\x1a3\x00\x1a7"],
    ids=["text", "unknown type", "escaped data", "cut message", "cut by an unknown type"],
)
def test_after_garbage_the_next_message_is_found_and_the_fault_counted_once(garbage: bytes) -> None:
    decoder = BeastDecoder()
    assert keys(tx.beast(IDENT) + garbage + tx.beast(IDENT) * 2, decoder) == ["4ca7b5"] * 3
    assert decoder.stats["resync"] == 1


def test_the_receivers_own_sample_is_read_to_the_last_byte() -> None:
    decoder = BeastDecoder()
    said = decoder.feed(need_data("receiver_sample.beast").read_bytes(), 0.0)
    assert len(said) == 229
    assert {name: count for name, count in decoder.stats.items() if count} == {"messages": 229, "unknown_address": 10}
    assert {one.key for one in said} == {"3981e4", "44ce69", "48520a"}
    assert all(one.rssi is not None and -50 < one.rssi <= 0 for one in said)


def test_toulouse_through_beast_loses_no_frame_and_says_what_its_frames_say(toulouse: list[dict[str, Any]]) -> None:
    plain = ModesDecoder(TOULOUSE)
    expected = [plain.decode(bytes.fromhex(frame["frame"]), frame["timestamp"]) for frame in toulouse]
    path = need_data("toulouse.beast")
    decoder = BeastDecoder(TOULOUSE)
    start = toulouse[0]["timestamp"] - 1.0  # the recording's clock is at 1 s with its first frame
    said = []
    frames = 0
    for time, piece in BeastDecoder.timeline(_read(path)):
        assert time is not None
        frames += 1
        assert abs(time + start - toulouse[frames - 1]["timestamp"]) < 1e-5
        said += decoder.feed(piece, time)
    assert frames == len(toulouse) == 71_939
    assert [(one.key, one.values) for one in said] == [(one.key, one.values) for one in expected if one is not None]
    assert (decoder.stats["resync"], decoder.stats["malformed"], decoder.stats["crc_failed"]) == (0, 0, 0)


def _read(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[place : place + 4096] for place in range(0, len(data), 4096)]


# The recording's time


def times(*messages: bytes) -> list[float | None]:
    return [time for time, _ in BeastDecoder.timeline([b"".join(messages)])]


def ticks(seconds: float) -> bytes:
    return tx.beast(IDENT, round(seconds * 12e6) % 2**48)


def test_time_is_the_counter_at_12_megahertz() -> None:
    assert times(ticks(100), ticks(100.5), ticks(160)) == [100.0, 100.5, 160.0]


def test_time_goes_on_when_the_counter_wraps() -> None:
    end = 2**48 / 12e6
    assert times(ticks(end - 1), ticks(end + 1)) == pytest.approx([end - 1, end + 1])


def test_time_stands_still_where_the_counter_restarts_or_leaps() -> None:
    assert times(ticks(5000), ticks(2), ticks(3), ticks(90000), ticks(90001)) == [5000, 5000, 5001, 5001, 5002]


def test_messages_out_of_order_do_not_turn_time_back_or_forward() -> None:
    assert times(ticks(100), ticks(99.9), ticks(100.2)) == pytest.approx([100, 100, 100.2])


def test_what_has_no_time_has_that_of_the_message_before() -> None:
    unstamped = (tx.beast(IDENT, stamp) for stamp in (0, 0xFF004D4C4154, 0xFFFFFFFFFFFF))
    assert times(*unstamped) == [None, None, None]
    assert times(ticks(5), b"\x1a1" + bytes(9), tx.beast(IDENT, 0xFF004D4C4154), ticks(6)) == [5, 5, 5, 6]


def gps(second: int, nanosecond: int = 0) -> bytes:
    return tx.beast(IDENT, second << 30 | nanosecond)


def test_once_a_status_says_gps_time_is_seconds_and_nanoseconds_of_the_day() -> None:
    status = tx.beast(b"\x10" + bytes(13), 1000 << 30, kind=0x34)
    assert times(status, gps(1000, 500_000_000), gps(1002)) == [1000, 1000.5, 1002]


def test_gps_time_goes_on_at_midnight() -> None:
    status = tx.beast(b"\x10" + bytes(13), 86399 << 30, kind=0x34)
    assert times(status, gps(0, 250_000_000)) == [86399, 86400.25]


def test_readsbs_replay_clock_replaces_the_counter() -> None:
    def clock(milliseconds: int) -> bytes:
        return b"\x1a\xe8" + milliseconds.to_bytes(8, "little")

    assert times(clock(10_000), ticks(7), clock(10_250), ticks(900)) == [10, 10, 10.25, 10.25]
