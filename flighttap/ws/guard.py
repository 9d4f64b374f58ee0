"""What stands around every hook that Autobahn calls: nothing gets out of one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from flighttap.errors import Refused

if TYPE_CHECKING:
    from flighttap.ws.protocol import RoomProtocol

__all__ = ["guarded"]

P = ParamSpec("P")


def guarded(hook: Callable[Concatenate[RoomProtocol, P], None]) -> Callable[Concatenate[RoomProtocol, P], None]:
    """Let nothing out of a hook that Autobahn calls.

    A refusal closes with its code, a fault of ours is logged and closes with 1011.
    """

    @wraps(hook)
    def safe(self: RoomProtocol, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            hook(self, *args, **kwargs)
        except Refused as refused:
            self.close(refused.close_code, str(refused))
        except Exception:
            self._log.failure("{hook} failed", hook=hook.__name__, event_id="connection.fault")
            self.close(1011, "Something went wrong here.")

    return cast("Callable[Concatenate[RoomProtocol, P], None]", safe)
