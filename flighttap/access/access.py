"""The one question that the shells ask: may this caller do that here?

``Access`` turns what is known of a request and the token that came with it into
a :class:`Caller`; the caller answers for each role and room. Where no keys are
configured there are no tokens: who is on this machine may then publish and is
admin, everybody else may watch what is open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from twisted.logger import Logger

from flighttap.access.allowance import Allowance, Allowances
from flighttap.access.grant import EVERY_ROOM, Grant
from flighttap.errors import BadToken, Forbidden, Unauthorized
from flighttap.rooms.policy import ROLES, RoomRules, is_local, permitted

__all__ = ["Access", "Caller", "Facts", "Verify"]

Verify: TypeAlias = Callable[[str], Grant]
"""Gives what a token stands for, or raises :class:`~flighttap.errors.BadToken`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a request says of its caller, whatever it claims.

    :param local_address: our end of the connection.
    :param peer_address: whoever asks: the other end, or what a trusted proxy says of it.
    :param host: the ``Host`` header.
    :param headers: names of the request's headers, lower-case.
    """

    local_address: str = ""
    peer_address: str = ""
    host: str | None = None
    headers: frozenset[str] = frozenset()

    @property
    def local(self) -> bool:
        """Whether the caller is somebody on this very machine."""
        return is_local(
            local_address=self.local_address, peer_address=self.peer_address, host=self.host, headers=self.headers
        )


class Access:
    """Who may do what on one server.

    :param rules_of: gives the rules of the room of a name.
    :param open_publish: whether anybody may publish into rooms that do not say otherwise.
    :param verify: reads tokens; ``None`` where no keys are configured.
    """

    _log = Logger()

    def __init__(
        self, rules_of: Callable[[str], RoomRules], *, open_publish: bool = False, verify: Verify | None = None
    ) -> None:
        self.rules_of = rules_of
        self.open_publish = open_publish
        self._verify = verify
        self._allowances = Allowances()
        self._warned = False

    @property
    def has_keys(self) -> bool:
        """Whether there can be a good token at all."""
        return self._verify is not None

    def caller(self, facts: Facts, token: str | None = None) -> Caller:
        """Whoever asks.

        :raises BadToken: the token is not good.
        """
        return Caller(self, facts.local, None if token is None else self.grant(token))

    def grant(self, token: str) -> Grant:
        """What a token stands for.

        :raises BadToken: it is not good.
        """
        if self._verify is None:
            raise BadToken("This server takes no tokens.")
        return self._verify(token)

    def allowance(self, grant: Grant | None, now: float) -> Allowance | None:
        """What a token may publish; ``None`` where it has no limit of its own.

        :param now: seconds of the hub's clock.
        """
        return self._allowances.of(grant, now)

    def warn_of_query(self) -> None:
        """A token came in an address: say once that this is no good place for it."""
        if not self._warned:
            self._warned = True
            self._log.warn(
                "a token came in the address of a request, where histories and proxies' logs keep it: "
                "send it as Authorization: Bearer instead (said once)",
                event_id="auth.query",
            )


class Caller:
    """Somebody who asks for something, with whatever token came along.

    :ivar local: it is somebody on this very machine.
    :ivar grant: what the token gives; ``None`` without one.
    """

    __slots__ = ("_access", "grant", "local")

    def __init__(self, access: Access, local: bool, grant: Grant | None) -> None:
        self._access = access
        self.local = local
        self.grant = grant

    @property
    def takes_tokens(self) -> bool:
        """Whether there can be a good token at all."""
        return self._access.has_keys

    def allowance(self, now: float) -> Allowance | None:
        """What may be published with the caller's token; ``None`` where it has no limit of its own."""
        return self._access.allowance(self.grant, now)

    def may(self, role: str, room: str | None) -> bool:
        """Whether the caller may act in a role.

        :param role: ``watch``, ``publish`` or ``admin``.
        :param room: its name; ``None`` for what concerns the whole server.
        """
        held = () if self.grant is None else self.grant.held(room)
        if role == "admin":
            return "admin" in held or (self.local and not self._access.has_keys)
        if room is None:
            return role in held
        access = self._access
        return permitted(role, access.rules_of(room), held, local=self.local, open_publish=access.open_publish)

    def roles(self, room: str) -> tuple[str, ...]:
        """All that the caller may be in a room."""
        return tuple(role for role in ROLES if self.may(role, room))

    def enters(self, room: str) -> bool:
        """Whether the caller may connect to a room: to watch it, or with a token to publish into it."""
        return self.may("watch", room) or (self.grant is not None and self.may("publish", room))

    def helped(self, room: str) -> bool:
        """Whether the caller, who has no token, could connect to a room with one."""
        if self.grant is not None or not self.takes_tokens:
            return False
        return Caller(self._access, self.local, Grant("", "", frozenset(ROLES), (EVERY_ROOM,))).enters(room)

    def need(self, role: str, room: str | None) -> None:
        """Go on only if the caller may.

        :raises Unauthorized: not without a token.
        :raises Forbidden: not with this one, or nobody may.
        """
        if not self.may(role, room):
            what, where = _DOING[role], "here" if room is None else "in this room"
            if self.grant is None and self._access.has_keys:
                raise Unauthorized(f"{what} {where} needs a token.")
            raise Forbidden(f"{what} {where} is not open to you.")

    def renewed(self, token: str) -> Caller:
        """The same caller with another token.

        :raises BadToken: it is not good.
        """
        return Caller(self._access, self.local, self._access.grant(token))


_DOING = {"watch": "Watching", "publish": "Publishing", "admin": "Administering"}
