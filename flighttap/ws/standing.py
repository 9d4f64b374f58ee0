"""Who a connection belongs to, and what that lets it do in its room."""

from __future__ import annotations

from collections.abc import Iterable

from flighttap.access.access import Caller
from flighttap.errors import BadOp, NotAllowed, NotAvailable

__all__ = ["Standing"]


class Standing:
    """What a caller may do in one room.

    :ivar roles: what it may be there.
    :ivar expires: until when its token is good, Unix seconds; ``None``: for ever, or there is none.
    :ivar limited: whether its token has a limit of its own on what is published.
    :ivar takes_tokens: whether another token could make it somebody else.
    """

    __slots__ = ("_caller", "_room", "expires", "limited", "roles", "takes_tokens")

    def __init__(self, caller: Caller, room: str) -> None:
        self._caller = caller
        self._room = room
        self.roles = caller.roles(room)
        grant = caller.grant
        self.expires = None if grant is None else grant.expires
        self.limited = grant is not None and grant.limited
        self.takes_tokens = caller.takes_tokens

    def enter(self, *, can_say_token: bool) -> bool:
        """Ask to be let into the room; false where a token has to be said first.

        :param can_say_token: whether the peer speaks a protocol in which it can.
        :raises NotAllowed: it may not be there.
        """
        caller, room = self._caller, self._room
        if caller.enters(room):
            return True
        if caller.grant is not None:
            raise NotAllowed("This token is not for this room.")
        if not caller.helped(room):
            raise NotAllowed("This room is closed to watchers.")
        if not can_say_token:
            raise NotAllowed("This room needs a token.")
        return False

    def renewed(self, token: object) -> Standing:
        """The same caller with another token.

        :raises NotAvailable, BadOp: there is no use for it.
        :raises BadToken: it is not good.
        :raises NotAllowed: it takes away what the caller is here for.
        """
        if not self.takes_tokens:
            raise NotAvailable("This server takes no tokens.")
        if not isinstance(token, str):
            raise BadOp("auth needs a token, as text.")
        renewed = Standing(self._caller.renewed(token), self._room)
        if "watch" in self.roles and "watch" not in renewed.roles:
            raise NotAllowed("This token is not for this room.")
        return renewed

    def need(self, role: str) -> None:
        """Go on only in this role.

        :raises Unauthorized, Forbidden: the caller may not act in it.
        """
        if role not in self.roles:
            self._caller.need(role, self._room)

    def take_message(self, now: float) -> bool:
        """Count a message that is published; whether the token has a rate to count it by.

        :raises RateLimited: it is not taken.
        """
        allowance = self._caller.allowance(now) if self.limited else None
        return allowance is not None and allowance.take_message(now)

    def take_flights(self, keys: Iterable[str | None], now: float) -> None:
        """Count flights that are published, where the token limits how many.

        :raises RoomFull: they are not taken.
        """
        allowance = self._caller.allowance(now) if self.limited else None
        if allowance is not None:
            allowance.take_flights(self._room, keys, now)

    def removed(self, key: str, now: float) -> None:
        """A flight was taken out of the room again."""
        allowance = self._caller.allowance(now) if self.limited else None
        if allowance is not None:
            allowance.gone(self._room, key)
