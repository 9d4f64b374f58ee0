"""What clients send: bytes in, checked objects out.

Everything here takes untrusted bytes and raises only
:class:`~flighttap.errors.WireError`, with sentences that are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from flighttap.aircraft.fields import understand
from flighttap.aircraft.identity import key_of
from flighttap.errors import BadJson, BadOp, NotObject, TooBig, TooDeep
from flighttap.rooms.policy import Limits

__all__ = [
    "Flight",
    "Publish",
    "decode",
    "encode",
    "error",
    "read_flight",
    "read_flights",
    "read_object",
    "read_publish",
]

encode = msgspec.json.Encoder().encode

decode = msgspec.json.Decoder().decode
_LIST = ord("[")
"""As a number it is found five times as fast."""


class Flight(msgspec.Struct, frozen=True, gc=False):
    """One object that a member sent.

    :param key: the flight that it names; ``None``: it is an event.
    :param values: the fields understood, by name.
    :param raw: the object's JSON as sent.
    """

    key: str | None
    values: dict[str, Any]
    raw: bytes


_NULL = msgspec.Raw(b"null")


class Publish(msgspec.Struct, frozen=True):
    """The parts of a publish operation that are forwarded as sent."""

    aircraft: list[msgspec.Raw] = []
    event: msgspec.Raw = _NULL


_publish = msgspec.json.Decoder(Publish, strict=True).decode
_many = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read_object(payload: bytes, limits: Limits) -> dict[str, Any]:
    """Decode one JSON object.

    :raises BadJson, NotObject, TooBig, TooDeep: what is wrong with it.
    """
    said = _decoded(payload, limits, decode)
    if not isinstance(said, dict):
        raise NotObject("A message must be a JSON object.")
    nested = _LIST in payload or payload.rfind(b"{") > 0
    if nested and payload.count(b"{") + payload.count(b"[") > limits.depth and _deeper(said, limits.depth):
        raise _too_deep(limits)
    return said


def read_flight(payload: bytes, limits: Limits) -> Flight:
    """Decode and check one object of flight data.

    :raises WireError: the object must be refused whole.
    """
    said = read_object(payload, limits)
    return Flight(key_of(said), understand(said), payload)


def read_publish(payload: bytes, limits: Limits) -> tuple[list[Flight], bytes | None]:
    """The flights and the event of a publish operation, each as sent.

    :raises WireError: any of them is wrong: all are refused.
    """
    try:
        publish = _publish(payload)
    except msgspec.DecodeError as problem:
        raise BadOp("publish takes a list of objects as aircraft, or an object as event.") from problem
    event = None if publish.event == _NULL else bytes(publish.event)
    if event is not None:
        read_object(event, limits)
    if event is None and not publish.aircraft:
        raise BadOp("publish needs aircraft or an event.")
    return _keyed(publish.aircraft, limits), event


def read_flights(payload: bytes, limits: Limits) -> list[Flight]:
    """One object or a list of objects, as posted.

    :raises WireError: any of them is wrong: all are refused.
    """
    if not payload.lstrip(b" \t\r\n").startswith(b"["):
        return [read_flight(payload, limits)]
    return [read_flight(bytes(raw), limits) for raw in _decoded(payload, limits, _many)]


def error(code: str, message: str, request_id: object = None, retry_ms: int | None = None) -> dict[str, Any]:
    """The body of an error message; ``id`` and ``retry_ms`` only where given."""
    body: dict[str, Any] = {} if request_id is None else {"id": request_id}
    body |= {"code": code, "message": message}
    return body if retry_ms is None else body | {"retry_ms": retry_ms}


def _keyed(raws: Sequence[msgspec.Raw], limits: Limits) -> list[Flight]:
    flights = [read_flight(bytes(raw), limits) for raw in raws]
    if any(flight.key is None for flight in flights):
        raise BadOp("Each of aircraft must name its flight by hex, flight or id.")
    return flights


def _decoded(payload: bytes, limits: Limits, decode: Callable[[bytes], Any]) -> Any:
    if len(payload) > limits.message:
        raise TooBig(f"A message may have {limits.message} bytes.")
    try:
        return decode(payload)
    except RecursionError as problem:
        raise _too_deep(limits) from problem
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise BadJson("This is not JSON in UTF-8.") from problem


def _too_deep(limits: Limits) -> TooDeep:
    return TooDeep(f"JSON may be nested {limits.depth} deep.")


def _deeper(value: Any, limit: int) -> bool:
    """Whether containers stand in more than ``limit`` levels, looked at level by level."""
    level = [value]
    for _ in range(limit):
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
