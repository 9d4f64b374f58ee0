"""What becomes of Autobahn's own log lines.

It warns of each peer that breaks the protocol, in words that may be the peer's: whoever likes could fill the log, and
write into it. What a peer did wrong is told to that peer; only what went wrong here is logged.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

__all__ = ["QUIET", "Quiet"]


class Quiet:
    """Stands in for a protocol's logger: errors go on to Twisted's log, all below is dropped unformatted."""

    def __init__(self, log: Logger) -> None:
        self.error, self.critical, self.failure = log.error, log.critical, log.failure

    def _drop(self, *said: Any, **fields: Any) -> None:
        """Nothing."""

    trace = debug = info = warn = _drop


QUIET = Quiet(Logger(namespace="flighttap.ws.autobahn"))
