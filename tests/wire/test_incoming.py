"""What clients send as frames: plain texts taken many at a time, and where frames end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.wire.incoming import HEADER_MOST, frame_size, texts
from tests.ws.support import masked

LIMIT = 70_000


@given(
    messages=st.lists(
        st.tuples(st.one_of(st.text(max_size=150), st.text("é€😀a", min_size=100)), st.binary(min_size=4, max_size=4))
    ),
    before=st.binary(max_size=3),
)
def test_texts_come_out_as_they_were_masked_from_wherever_they_begin(
    messages: list[tuple[str, bytes]], before: bytes
) -> None:
    data = before + b"".join(masked(text.encode(), mask=mask) for text, mask in messages)
    assert texts(data, len(before), LIMIT) == ([text.encode() for text, _ in messages], len(data))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 255, 256, 65535])
def test_a_text_of_any_length_is_taken_once_it_is_whole(size: int) -> None:
    frame = masked(b"x" * size, mask=b"\x01\x80\xff\x5a")
    assert texts(frame, 0, LIMIT) == ([b"x" * size], len(frame))
    for end in {*range(min(len(frame), 9)), len(frame) - 1}:
        assert texts(frame[:end], 0, LIMIT) == ([], 0)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(masked(b"{}", first=0x82), id="binary"),
        pytest.param(masked(b"{}", first=0x01), id="the beginning of a fragmented message"),
        pytest.param(masked(b"{}", first=0x80), id="a continuation"),
        pytest.param(masked(b"", first=0x89), id="ping"),
        pytest.param(masked(b"", first=0x88), id="close"),
        pytest.param(masked(b"{}", first=0xC1), id="compressed"),
        pytest.param(masked(b"{}", first=0x91), id="reserved bits"),
        pytest.param(masked(b"{}", first=0x83), id="reserved opcode"),
        pytest.param(b"\x81\x06{}....", id="not masked"),
        pytest.param(b"\x81\x7e\x00\x80" + b"." * 200, id="not masked, longer"),
        pytest.param(b"\x81\xfe\x00\x7d" + b"." * 200, id="a length in more bytes than it needs"),
        pytest.param(masked(b"." * 65536), id="a length in eight bytes"),
        pytest.param(masked(b"." * 1001), id="too long"),
        pytest.param(masked(b"\xc3\x28"), id="not UTF-8"),
        pytest.param(masked(b"\xed\xa0\x80"), id="a surrogate"),
        pytest.param(masked("é".encode()[:1]), id="cut within a character"),
    ],
)
def test_it_stops_before_whatever_is_anything_else(other: bytes) -> None:
    first = masked(b'{"id":1}')
    assert texts(first + other + first, 0, 1000) == ([b'{"id":1}'], len(first))


@given(st.integers(0, 2**63 - 1), st.booleans())
def test_the_size_of_a_frame_is_told_by_its_header_and_by_no_less(size: int, masked: bool) -> None:
    mask = 0x80 if masked else 0
    if size < 126:
        head = bytes((0x82, mask | size))
    elif size < 65536:
        head = bytes((0x82, mask | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x82, mask | 127)) + size.to_bytes(8, "big")
    assert frame_size(head + bytes(HEADER_MOST)) == frame_size(head) == len(head) + 4 * masked + size
    for end in range(len(head)):
        assert frame_size(head[:end]) is None
