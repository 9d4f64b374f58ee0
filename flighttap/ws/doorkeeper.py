"""Who stands at the door of a room that only a token opens, and waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flighttap.errors import RateLimited, Unauthorized, WireError
from flighttap.wire.json_v1 import message
from flighttap.wire.messages import error, read_object

if TYPE_CHECKING:
    from flighttap.ws.protocol import RoomProtocol

__all__ = ["Doorkeeper"]

_NEEDED = "This room needs a token."


class Doorkeeper:
    """What a connection of version 1 talks to until it is in the room: all that it may say is its token.

    It is told at once that one is needed, so that nobody has to wait for the end of the time to learn that.
    """

    def __init__(self, protocol: RoomProtocol) -> None:
        self._protocol = protocol
        self._id: object = None

    def opened(self) -> None:
        """Ask for the token."""
        self.problem(Unauthorized(_NEEDED))

    def message(self, payload: bytes) -> None:
        """Take the token.

        :raises WireError: it is something else.
        :raises Refused: it is not good, or not for this room.
        """
        self._id = None
        said = read_object(payload, self._protocol.factory.hub.limits)
        request_id = said.get("id")
        if isinstance(request_id, (str, int)):
            self._id = request_id
        if said.get("op") != "auth":
            raise Unauthorized(_NEEDED)
        self._protocol.take_control()
        self._protocol.take_token(said.get("token"))
        if self._id is not None:
            self._protocol.reply(message("ok", id=self._id, roles=self._protocol.standing.roles))

    def settle(self) -> None:
        """Nothing was put off."""

    def problem(self, problem: WireError) -> None:
        """Tell the peer, with the ``id`` of what it sent."""
        retry_ms = problem.retry_ms if isinstance(problem, RateLimited) else None
        self._protocol.reply(message("error", **error(problem.code, str(problem), self._id, retry_ms)))

    def drain(self, after_ms: int, spread_ms: int) -> None:
        """Say when to come back, and close."""
        self._protocol.reply(message("drain", after_ms=after_ms, spread_ms=spread_ms))
        self._protocol.close(4000, "drain: the server is stopping")
