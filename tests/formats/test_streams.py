"""What holds for every stream format: cut anywhere it decodes the same, and nothing makes it raise."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.aircraft.observation import Observation
from flighttap.formats import FORMATS
from tests.formats import transmitter as tx
from tests.needs import need_data

FRAMES = st.one_of(
    st.builds(tx.all_call, st.integers(1, 5), st.integers(0, 7)),
    st.builds(tx.squitter, st.integers(1, 5), st.integers(0, 2**56 - 1)),
    st.builds(tx.reply, st.sampled_from((4, 5)), st.integers(1, 5), st.integers(0, 8191)),
    st.binary(min_size=2, max_size=2),
    st.binary(min_size=7, max_size=7),
    st.binary(min_size=14, max_size=14),
)
# Bytes that matter to the format turn up more often than by chance.
BEAST_GARBAGE = st.lists(st.sampled_from(b"\x1a\x1a\x1a1234WPO\x00\xe3\xe4\xe8a-"), max_size=30).map(bytes)
AVR_GARBAGE = st.lists(st.sampled_from(b"*@%<:;;\n\r 0123456789abcdefABCDEFxyz\x00\xff"), max_size=90).map(bytes)

BEAST_MESSAGES = st.one_of(
    st.builds(tx.beast, FRAMES, st.integers(0, 2**48 - 1), st.integers(0, 255)),
    st.binary(min_size=8, max_size=8).map(lambda name: b"\x1a\xe3" + name.replace(b"\x1a", b"\x1a\x1a")),
    st.binary(min_size=8, max_size=8).map(lambda clock: b"\x1a\xe8" + clock),
    st.sampled_from((b"\x1aWO", b"\x1aP\x00\x1a\x1a\x02", b"\x1a\xe4" + b"0a1b2c3d-" * 4, b"\x1a1" + bytes(9))),
)
AVR_LINES = st.one_of(
    st.builds(tx.avr, FRAMES),
    st.builds(tx.avr, FRAMES, st.integers(0, 2**48 - 1)),
    st.builds(tx.avr, FRAMES, st.integers(0, 2**48 - 1), st.integers(0, 255)),
    st.just(b"*0000;\n"),
)
SBS_FIELDS = st.one_of(
    st.sampled_from(
        ("", "", "MSG", "ID", "AIR", "STA", "1", "3", "-1", "0", "4CA7B5", "~4ca7b5", "nan", "1e999", "9" * 400)
    ),
    st.integers(-1000, 100000).map(str),
    st.floats(-200, 200).map(str),
    st.text(string.printable, max_size=9),
)
SBS_LINES = st.one_of(
    st.lists(SBS_FIELDS, max_size=24).map(lambda fields: ",".join(fields).encode() + b"\r\n"),
    st.tuples(st.integers(1, 8), st.lists(SBS_FIELDS, min_size=12, max_size=12)).map(
        lambda line: (
            f"MSG,{line[0]},1,1,4CA7B5,1,2024/06/06,10:00:00.000,2024/06/06,10:00:00.000,".encode()
            + ",".join(line[1]).encode()
            + b"\n"
        )
    ),
    st.just(b"\r\n"),
    st.binary(max_size=600),
)

STREAMS = {
    "beast": st.lists(st.one_of(BEAST_MESSAGES, BEAST_GARBAGE, st.binary(max_size=40)), max_size=15).map(b"".join),
    "avr": st.lists(st.one_of(AVR_LINES, AVR_GARBAGE, st.binary(max_size=100)), max_size=15).map(b"".join),
    "sbs": st.lists(SBS_LINES, max_size=15).map(b"".join),
}
CUTS = st.lists(st.integers(0, 2000), max_size=12)


def chunks(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    """The stream cut at the places given, which are taken modulo its length."""
    places = sorted(cut % (len(stream) + 1) for cut in cuts)
    for start, end in zip((0, *places), (*places, len(stream)), strict=True):
        yield stream[start:end]


def decoded(name: str, pieces: Iterator[bytes]) -> tuple[list[Observation], dict[str, int]]:
    decoder = FORMATS[name]((50.0, 8.0))
    said = [observation for piece in pieces for observation in decoder.feed(piece, 1.0)]
    return said, decoder.stats


@given(st.data())
def check_chunking(name: str, data: st.DataObject) -> None:
    stream = data.draw(STREAMS[name])
    whole = decoded(name, iter([stream]))
    assert decoded(name, chunks(stream, data.draw(CUTS))) == whole
    assert decoded(name, (stream[place : place + 1] for place in range(len(stream)))) == whole


@given(st.data())
def check_timeline(name: str, data: st.DataObject) -> None:
    stream = data.draw(STREAMS[name])
    pieces = list(FORMATS[name].timeline(chunks(stream, data.draw(CUTS))))
    assert b"".join(piece for _, piece in pieces) == stream
    times = [time for time, _ in pieces if time is not None]
    assert times == sorted(times)
    assert [time for time, _ in pieces][len(pieces) - len(times) :] == times, "once told, time is always told"
    assert decoded(name, (piece for _, piece in pieces)) == decoded(name, iter([stream]))
    again = [time for time, _ in FORMATS[name].timeline([stream]) if time is not None]
    assert again[-1:] == times[-1:]


@given(st.data())
def check_bound(name: str, data: st.DataObject) -> None:
    decoder: Any = FORMATS[name]()
    unit = data.draw(st.binary(min_size=1, max_size=3).filter(lambda unit: b"\n" not in unit and b";" not in unit))
    for _ in range(20):
        decoder.feed(unit * 1000, 0.0)
    held = len(decoder._framer.buffer) - decoder._framer.used if name == "beast" else len(decoder._rest)
    assert held < 600


# pytest-twisted wraps a hypothesis test anew for each parameter and then fails, so the parameters are outside.


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_any_chunking_of_anything_decodes_the_same(name: str) -> None:
    check_chunking(name)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_timeline_is_the_recording_cut_at_messages_and_never_goes_back(name: str) -> None:
    check_timeline(name)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_bytes_are_kept_without_bound(name: str) -> None:
    check_bound(name)


@pytest.mark.parametrize(
    ("name", "file"),
    [("beast", "receiver_sample.beast"), ("avr", "rooftop_217.avr"), ("sbs", "kinetic_basestation.sbs")],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_recordings_decode_the_same_in_chunks_of_any_size(name: str, file: str, size: int) -> None:
    stream = need_data(file).read_bytes()
    pieces = (stream[place : place + size] for place in range(0, len(stream), size))
    assert decoded(name, pieces) == decoded(name, iter([stream]))
