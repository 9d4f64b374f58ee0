"""``/api/v1/admin``: what the operator may see and do; everybody else is turned away at the door.

=============================  =================================================
``GET  …/``                    how the server does: :mod:`flighttap.web.status`
``GET  …/rooms/<room>``        a room, and each connection in it
``POST …/rooms/<room>/kick``   ``{"id": "c7"}``: close that member's connections with 4506
``POST …/rooms/<room>/close``  close all of them, and forget what members said in the room
``POST …/drain``               let nobody in any more, and send everybody away with 4000
=============================  =================================================
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import msgspec
from twisted.logger import Logger
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request

from flighttap.rooms.policy import valid_room_name
from flighttap.web.answers import Node, refuse, send_json
from flighttap.web.posts import body_of, refused
from flighttap.web.status import room_line, status

if TYPE_CHECKING:
    from flighttap.hub import Hub
    from flighttap.web.operator import Door

__all__ = ["AdminApi"]

MEMBERS_MOST = 1000
"""Connections of a room that are listed."""


class AdminApi(Node):
    """What is under ``/api/v1/admin``.

    :param door: lets the operator in.
    :param origins: further origins that may post.
    """

    _log = Logger()

    def __init__(self, hub: Hub, door: Door, origins: Collection[str]) -> None:
        super().__init__()
        self.hub = hub
        self.door = door
        self.origins = origins
        self.putChild(b"rooms", _Rooms(self))
        self.putChild(b"drain", _Act(self, self._drain))

    def getChild(self, path: bytes, request: Request) -> IResource:
        return self if path == b"" and not request.postpath else super().getChild(path, request)

    def render_GET(self, request: Request) -> int:
        return send_json(request, status(self.hub)) if self.door.admits(request) else NOT_DONE_YET

    def kick(self, name: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Close a member's connections.

        :returns: HTTP status, and what to answer.
        """
        public_id = said.get("id")
        if not isinstance(public_id, str):
            return 400, _error("bad_field", "Say whom: id must be a member's, such as c7.")
        gone = self.hub.crowd.send_away(name, public_id)
        if not gone:
            return 404, _error("not_found", "There is no such member in this room.")
        self._log.info(
            "the operator removed {member!r} from room {room!r}", member=public_id, room=name, event_id="admin.kicked"
        )
        return 200, {"closed": gone}

    def close(self, name: str, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Empty a room."""
        gone = self.hub.crowd.send_away(name)
        self.hub.clear(name)
        self._log.info(
            "the operator closed room {room!r}, {count} left", room=name, count=gone, event_id="admin.closed"
        )
        return 200, {"closed": gone}

    def _drain(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        gone = self.hub.crowd.drain()
        self._log.info("the operator drains the server, {count} leave", count=gone, event_id="admin.drained")
        return 200, {"closed": gone}


class _Rooms(Node):
    def __init__(self, admin: AdminApi) -> None:
        super().__init__()
        self._admin = admin

    def getChild(self, path: bytes, request: Request) -> IResource:
        name = path.decode("latin-1")
        return _Room(self._admin, name) if valid_room_name(name) else super().getChild(path, request)


class _Room(Node):
    def __init__(self, admin: AdminApi, name: str) -> None:
        super().__init__()
        self._admin = admin
        self._name = name
        self.putChild(b"kick", _Act(admin, lambda said: admin.kick(name, said), name))
        self.putChild(b"close", _Act(admin, lambda said: admin.close(name, said), name))

    def getChild(self, path: bytes, request: Request) -> IResource:
        return self if path == b"" and not request.postpath else super().getChild(path, request)

    def render_GET(self, request: Request) -> int:
        hub = self._admin.hub
        if not self._admin.door.admits(request):
            return NOT_DONE_YET
        room = hub.rooms.get(self._name)
        if room is None:
            return refuse(request, 404, "not_found", "There is no such room.")
        roster = hub.crowd.roster(self._name)
        return send_json(request, {**room_line(hub, room), "member_list": roster[:MEMBERS_MOST]})


class _Act(Node):
    """Something to do, by POST alone.

    :param room: which must be there.
    """

    def __init__(
        self,
        admin: AdminApi,
        act: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]],
        room: str | None = None,
    ) -> None:
        super().__init__()
        self._admin = admin
        self._act = act
        self._room = room

    def render_GET(self, request: Request) -> int:
        return refuse(request, 405, "method_not_allowed", "This is done by POST.", allow=["POST"])

    def render_POST(self, request: Request) -> int:
        if refused(request, self._admin.origins) or not self._admin.door.admits(request):
            return NOT_DONE_YET
        if self._room is not None and self._room not in self._admin.hub.rooms:
            return refuse(request, 404, "not_found", "There is no such room.")
        try:
            said = msgspec.json.decode(body_of(request) or b"{}", type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return refuse(request, 400, "not_object", "What is posted must be a JSON object.")
        code, answer = self._act(said)
        return send_json(request, answer, code)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
