"""What a server's codes mean, as sentences and as the exceptions that users catch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flighttap.errors import (
    BadField,
    BadJson,
    BadOp,
    BadToken,
    Forbidden,
    NotAllowed,
    NotAvailable,
    NotObject,
    RateLimited,
    Refused,
    RoomCrowded,
    RoomFull,
    RoomLimit,
    TooBig,
    TooDeep,
    TooManyBad,
    Unauthorized,
    UnknownRoom,
    WireError,
)

__all__ = ["close_meaning", "closed_for_good", "wire_error"]

_BY_CODE: dict[str, type[WireError]] = {
    each.code: each
    for each in (BadField, BadJson, BadOp, Forbidden, NotAvailable, NotObject, RoomFull, TooBig, TooDeep, Unauthorized)
}
_BY_CLOSE_CODE: dict[int, type[Refused]] = {
    each.close_code: each for each in (BadToken, TooManyBad, NotAllowed, RoomLimit, RoomCrowded, UnknownRoom)
}
_MEANINGS = {
    1001: "it is shutting down",
    1009: "a message was too big",
    1011: "something went wrong inside it",
    4000: "it is being restarted",
    4001: "the token has expired",
    4002: "too little was read for too long",
    4003: "a ping was not answered",
    4004: "it asked to begin anew",
    4006: "too much was sent, too fast",
    4500: "the token is wrong",
    4501: "too many bad messages were sent",
    4502: "this is not allowed here",
    4503: "there are too many connections or rooms",
    4504: "the room is full",
    4505: "there is no such room, and new ones are not opened here",
    4506: "an operator removed this client",
}


def close_meaning(code: int, reason: str | None) -> str:
    """A clause for a sentence, such as ``the room is full (4504 room_full)``."""
    told = f"{code} {reason}" if reason else str(code)
    meaning = _MEANINGS.get(code)
    return f"{meaning} ({told})" if meaning else f"no reason that this version knows ({told})"


def closed_for_good(code: int, reason: str | None) -> Refused | None:
    """The error for a close code after which another attempt is pointless: 4500 to 4999; else ``None``."""
    if not 4500 <= code <= 4999:
        return None
    error = _BY_CLOSE_CODE.get(code, Refused)(f"The server refused: {close_meaning(code, reason)}.")
    error.close_code = code
    return error


def wire_error(message: Mapping[str, Any]) -> WireError:
    """The exception for an error message of the server; its text is the server's sentence."""
    code = str(message.get("code", "internal"))
    text = str(message.get("message") or f"The server answered {code}.")
    if code == RateLimited.code:
        retry_ms = message.get("retry_ms", 1000)
        return RateLimited(text, retry_ms if isinstance(retry_ms, int) and 0 <= retry_ms <= 3_600_000 else 1000)
    error = _BY_CODE.get(code, WireError)(text)
    error.code = code
    return error
