"""WebSocket frames of the client's side (RFC 6455, 5.2): where they end, and plain text messages, many at a time."""

from __future__ import annotations

__all__ = ["HEADER_MOST", "frame_size", "texts"]

HEADER_MOST = 14
"""Bytes of the longest header."""

_TEXT = 0x81
_MASKED = 0x80
_IN_TWO = 0xFE
"""Second byte of a masked frame whose length follows in two bytes."""


def frame_size(head: bytes) -> int | None:
    """Bytes that a frame has, header and all; ``None`` where too little of its header is there to tell.

    :param head: at least its first ``HEADER_MOST`` bytes, or as much of it as there is.
    """
    if len(head) < 2:
        return None
    size = head[1] & 0x7F
    start = 2 if size < 126 else 4 if size == 126 else 10
    if len(head) < start:
        return None
    if start > 2:
        size = int.from_bytes(head[2:start], "big")
    return start + (4 if head[1] & _MASKED else 0) + size


def texts(data: bytes, at: int, limit: int) -> tuple[list[bytes], int]:
    """The text messages that stand in ``data`` from ``at`` on, each whole and in one masked, uncompressed frame.

    It stops before the first frame that is anything else: incomplete, longer than ``limit``, of a length not written
    the shortest way, not UTF-8, or against the protocol.

    :param limit: bytes of the longest payload to take.
    :returns: the payloads, unmasked; and where it stopped.
    """
    payloads: list[bytes] = []
    number = int.from_bytes
    end = len(data)
    while end - at > 5 and data[at] == _TEXT:
        size = data[at + 1]
        start = at + 6
        if size < _MASKED:
            break
        if size < _IN_TWO:
            size -= _MASKED
        elif size == _IN_TWO:
            size = data[at + 2] << 8 | data[at + 3]
            start = at + 8
            if size < 126:
                break
        else:
            break
        after = start + size
        if after > end or size > limit:
            break
        mask = (data[start - 4 : start] * (size // 4 + 1))[:size]
        payload = (number(data[start:after], "little") ^ number(mask, "little")).to_bytes(size, "little")
        if not payload.isascii():
            try:
                payload.decode()
            except UnicodeDecodeError:
                break
        payloads.append(payload)
        at = after
    return payloads, at
