"""Every exception that flighttap raises on purpose, as one tree.

::

    FlighttapError
    ├── ConfigError          a mistyped option or file: one sentence that says what to do
    ├── FeedError            a feed that cannot be read
    ├── WireError            the peer's fault; answered with an error message, the connection stays
    │   ├── BadJson          bad_json        not JSON, or not UTF-8
    │   ├── NotObject        not_object      JSON, but not an object
    │   ├── TooDeep          too_deep        nested deeper than the limit
    │   ├── TooBig           too_big         longer than the limit
    │   ├── BadField         bad_field       a value of the wrong form or out of range
    │   │   └── QueryError   bad_field       a filter that cannot be read; carries ``at`` and ``expected``
    │   ├── BadOp            bad_op          an operation that does not exist or lacks something
    │   ├── Unauthorized     unauthorized    not without a token
    │   ├── Forbidden        forbidden       not allowed to do this here
    │   ├── RateLimited      rate_limited    too much, too fast; carries ``retry_ms``
    │   │   └── RoomBusy     rate_limited    too much from all together, so nobody's fault
    │   ├── RoomFull         room_full       the room holds as many flights as it may
    │   ├── TooManyFilters   too_many_filters  the room has as many filtered views or field sets in use as it may
    │   └── NotAvailable     not_available   part of the protocol that this server does not have
    └── Refused              the connection ends; carries a WebSocket close code
        ├── TokenExpired     4001            the token is good no more
        ├── TooFast          4006            was told to wait and went on
        ├── BadToken         4500            a token that is not good here
        ├── TooManyBad       4501            bad messages went on
        ├── NotAllowed       4502            may not be here, or did not say with what token in time
        ├── RoomLimit        4503            no more connections or rooms
        ├── RoomCrowded      4504            the room has all the watchers it may have
        └── UnknownRoom      4505            open rooms are off and this one is not declared

What the client library raises hangs on the same root: :mod:`flighttap.client.errors`.

A peer is told the code and a sentence of ours, never the text of an unexpected exception.
"""

from __future__ import annotations

__all__ = [
    "BadField",
    "BadJson",
    "BadOp",
    "BadToken",
    "ConfigError",
    "FeedError",
    "FlighttapError",
    "Forbidden",
    "NotAllowed",
    "NotAvailable",
    "NotObject",
    "QueryError",
    "RateLimited",
    "Refused",
    "RoomBusy",
    "RoomCrowded",
    "RoomFull",
    "RoomLimit",
    "TokenExpired",
    "TooBig",
    "TooDeep",
    "TooFast",
    "TooManyBad",
    "TooManyFilters",
    "Unauthorized",
    "UnknownRoom",
    "WireError",
]


class FlighttapError(Exception):
    """The root: catch this to catch everything raised here on purpose."""


class ConfigError(FlighttapError):
    """An option or a configuration file is wrong; the text is the whole sentence for the user."""


class FeedError(FlighttapError):
    """A feed cannot be read."""


class WireError(FlighttapError):
    """A peer sent something that cannot be taken; the text is a sentence for that peer."""

    code = "internal"


class BadJson(WireError):
    code = "bad_json"


class NotObject(WireError):
    code = "not_object"


class TooDeep(WireError):
    code = "too_deep"


class TooBig(WireError):
    code = "too_big"


class BadField(WireError):
    code = "bad_field"


class QueryError(BadField):
    """A filter that cannot be read; the sentence names the place, its columns counted from 1.

    :param at: the place, in characters from 0; at most the length of the filter.
    :param expected: what would have been right there, in a few words.
    """

    def __init__(self, message: str, at: int, expected: str) -> None:
        super().__init__(message)
        self.at = at
        self.expected = expected


class BadOp(WireError):
    code = "bad_op"


class Unauthorized(WireError):
    code = "unauthorized"


class Forbidden(WireError):
    code = "forbidden"


class RateLimited(WireError):
    """:param retry_ms: how long to wait before the next try, milliseconds."""

    code = "rate_limited"

    def __init__(self, message: str, retry_ms: int) -> None:
        super().__init__(message)
        self.retry_ms = retry_ms


class RoomBusy(RateLimited):
    """Too much is published into a room by all together; it is not counted against the one who is told."""


class RoomFull(WireError):
    code = "room_full"


class TooManyFilters(WireError):
    code = "too_many_filters"


class NotAvailable(WireError):
    code = "not_available"


class Refused(FlighttapError):
    """A connection that must end; the text goes into the close frame."""

    close_code = 4500


class TokenExpired(Refused):
    close_code = 4001


class BadToken(Refused):
    close_code = 4500


class TooFast(Refused):
    close_code = 4006


class TooManyBad(Refused):
    close_code = 4501


class NotAllowed(Refused):
    close_code = 4502


class RoomLimit(Refused):
    close_code = 4503


class RoomCrowded(Refused):
    close_code = 4504


class UnknownRoom(Refused):
    close_code = 4505
