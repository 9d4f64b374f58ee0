"""What the client's tests share."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

__all__ = ["PENDING", "result"]

PENDING = object()


def result(deferred: Deferred[Any]) -> Any:
    """What a Deferred has come to: its value, a failure's exception as a value, or :data:`PENDING`."""
    if not deferred.called:
        return PENDING
    got: list[Any] = []
    deferred.addCallbacks(got.append, lambda failure: got.append(failure.value))
    deferred.addCallback(lambda _: got[0])
    return got[0]
