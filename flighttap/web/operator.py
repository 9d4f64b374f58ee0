"""The door of what is for the server's operator: its numbers, and the means to steer it."""

from __future__ import annotations

from twisted.web.server import Request

from flighttap.access.access import Access
from flighttap.access.requests import caller_of
from flighttap.errors import Refused, WireError
from flighttap.web.answers import refuse

__all__ = ["Door"]

_STATUS = {"unauthorized": 401, "forbidden": 403}


class Door:
    """Lets in who has the role ``admin`` on the whole server.

    :param access: says what a caller may do.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def admits(self, request: Request) -> bool:
        """Whether whoever asks is an operator; who is not has been answered."""
        try:
            caller_of(self._access, request).need("admin", None)
        except Refused as fault:
            refuse(request, 401, "unauthorized", str(fault))
            return False
        except WireError as fault:
            refuse(request, _STATUS[fault.code], fault.code, str(fault))
            return False
        return True
