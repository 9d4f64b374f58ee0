"""What a request for a room must look like, decided before the upgrade.

What is wrong here is answered in HTTP; what a person must be able to read in a
browser is decided after the upgrade, by a close code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flighttap.errors import BadField
from flighttap.rooms.pace import snapped
from flighttap.rooms.policy import valid_room_name
from flighttap.rooms.tiles import WORLD, Area, area_of
from flighttap.wire import ENCODINGS

__all__ = ["ECHO", "Admission", "BadRequest", "admit"]

ECHO = "/ws/echo"
"""The room of the echo for conformance tests: no address of a room can name it."""


class BadRequest(Exception):
    """The request is refused over HTTP.

    :param status: HTTP status.
    :param code: word for programs.
    :param retry_after: seconds after which another attempt may succeed; 0 where nothing is known of that.
    """

    def __init__(self, status: int, code: str, sentence: str, retry_after: float = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Admission:
    """What was asked for, checked.

    :param encoding: the subprotocol to speak; empty for tutorial mode.
    :param hz: tutorial mode: how often a flight from a feed may come, per second.
    :param area: tutorial mode: where flights from feeds are to be.
    :param snapshot: tutorial mode: begin with the newest of each flight.
    :param echo: tutorial mode: get one's own messages too.
    :param merged: tutorial mode: objects laid over what the room knows.
    :param session: tutorial mode: the session that this is another connection of; empty for a new one.
    :param address: where the caller is; empty for a UNIX socket.
    """

    room: str
    encoding: str = ""
    hz: float = 1.0
    area: Area = WORLD
    snapshot: bool = False
    echo: bool = True
    merged: bool = False
    session: str = ""
    address: str = ""


def admit(
    segments: Sequence[str], query: Mapping[str, Sequence[str]], protocols: Sequence[str], *, echo: bool = False
) -> Admission:
    """Check the address, the options and the subprotocols of a request.

    :param segments: the path below ``/ws``, percent-decoded once.
    :param query: option to its values.
    :param protocols: what ``Sec-WebSocket-Protocol`` offers.
    :param echo: whether there is an echo at ``/ws/echo``.
    :raises BadRequest: with the HTTP status to answer.
    """
    below = list(segments)
    if below and below[-1] == "":
        below.pop()
    if echo and below == ["echo"] and not query and not protocols:
        return Admission(ECHO)
    if len(below) != 2 or below[0] != "tracker" or not valid_room_name(below[1]):
        raise BadRequest(404, "not_found", "Rooms are at /ws/tracker/<room>/, named by letters, digits, - and _.")
    admission = Admission(below[1])
    if protocols:
        known = [protocol for protocol in protocols if protocol in ENCODINGS]
        if not known:
            offers = ", ".join(ENCODINGS)
            raise BadRequest(400, "bad_request", f"None of these subprotocols is spoken here; known are {offers}.")
        admission = replace(admission, encoding=known[0])
    for name, values in query.items():
        admission = _with_option(admission, name, values)
    return admission


def _with_option(admission: Admission, name: str, values: Sequence[str]) -> Admission:
    if name in _LATER:
        raise BadRequest(400, "not_available", f"This server does not have the option {name}.")
    read = _OPTIONS.get(name)
    if read is None:
        raise BadRequest(400, "bad_request", f"Unknown option; known are {', '.join(_OPTIONS)}.")
    if admission.encoding:
        raise BadRequest(400, "bad_request", f"{name} is for clients without a subprotocol; send a watch message.")
    try:
        (value,) = values
        return read(admission, value)
    except (ValueError, BadField):
        raise BadRequest(400, "bad_request", f"The option {name} has no such value.") from None


def _one_of(value: str, choices: Mapping[str, bool]) -> bool:
    if value not in choices:
        raise ValueError(value)
    return choices[value]


def _hz(admission: Admission, value: str) -> Admission:
    hz = float(value)
    if not 0 < hz < 1000:
        raise ValueError(value)
    return replace(admission, hz=snapped(hz))


def _bbox(admission: Admission, value: str) -> Admission:
    west, south, east, north = map(float, value.split(","))
    return replace(admission, area=area_of(west, south, east, north))


_SWITCH = {"0": False, "1": True}
_OPTIONS: dict[str, Callable[[Admission, str], Admission]] = {
    "snapshot": lambda admission, value: replace(admission, snapshot=_one_of(value, _SWITCH)),
    "hz": _hz,
    "bbox": _bbox,
    "echo": lambda admission, value: replace(admission, echo=_one_of(value, _SWITCH)),
    "data": lambda admission, value: replace(admission, merged=_one_of(value, {"sent": False, "merged": True})),
    "session": lambda admission, value: replace(admission, session=value),
}
_LATER = ("token",)
