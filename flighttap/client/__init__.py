"""The client that programs import: watch a room, publish into one.

Both reconnect and resume by themselves and run on any Twisted reactor::

    from flighttap.client import publish, watch
"""

from __future__ import annotations

from flighttap.client.errors import ClientError, Disconnected, Gap, Inconsistent, QueueFull, Unreachable
from flighttap.client.link import Backoff
from flighttap.client.publisher import Ack, Publisher, publish
from flighttap.client.replica import Applied, Replica
from flighttap.client.watcher import Changes, Watcher, watch

__all__ = [
    "Ack",
    "Applied",
    "Backoff",
    "Changes",
    "ClientError",
    "Disconnected",
    "Gap",
    "Inconsistent",
    "Publisher",
    "QueueFull",
    "Replica",
    "Unreachable",
    "Watcher",
    "publish",
    "watch",
]
