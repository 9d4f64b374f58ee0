"""What can go wrong on the client's side of the wire.

::

    FlighttapError
    └── ClientError
        ├── Unreachable     nothing answered at the address, or no flighttap did
        ├── Disconnected    the client was stopped before the server had answered
        ├── QueueFull       too much is waiting to be sent already
        ├── Gap             the server's fault, cured by a resume: an update for a newer state than ours
        └── Inconsistent    the server's fault, cured by a new connection: a message that makes no sense

What a server refuses comes as the classes of :mod:`flighttap.errors`: a
:class:`~flighttap.errors.WireError` for a message, a
:class:`~flighttap.errors.Refused` for the connection.
"""

from __future__ import annotations

from flighttap.errors import FlighttapError

__all__ = ["ClientError", "Disconnected", "Gap", "Inconsistent", "QueueFull", "Unreachable"]


class ClientError(FlighttapError):
    """The root of this module; the text is a sentence for the user."""


class Unreachable(ClientError):
    """Nothing answered at the address, or what answered is no flighttap."""


class Disconnected(ClientError):
    """The client was stopped before the server had answered."""


class QueueFull(ClientError):
    """As much as may wait to be sent is waiting already; this one was not taken."""


class Gap(ClientError):
    """An update lays on a newer state than the one held: ask for what is missing with ``resume``.

    :param base: the state that the update changes.
    :param position: the state that is held, ``None`` before the first snapshot.
    """

    def __init__(self, base: int, position: int | None) -> None:
        super().__init__(f"An update of state {base} came, but state {position} is held.")
        self.base = base
        self.position = position


class Inconsistent(ClientError):
    """A message of the server makes no sense; what was held has been given up."""
