"""Where aircraft come from: dialled and listening TCP, recordings, a simulated sky.

:func:`make_feed` turns what a user configured into a Twisted service.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.application.internet import backoffPolicy
from twisted.application.service import Service
from twisted.internet.endpoints import HostnameEndpoint

from flighttap.feeds.replay import ReplayService
from flighttap.feeds.simulator import SimulatorService
from flighttap.feeds.sink import Sink
from flighttap.feeds.spec import Dial, FeedSpec, Listen, Replay
from flighttap.feeds.tcp import DialService, ListenService
from flighttap.formats import FORMATS

__all__ = ["jittered", "make_feed"]


def make_feed(spec: FeedSpec, sink: Sink, reactor: Any, retry_policy: Callable[[int], float] | None = None) -> Service:
    """The service that reads this feed; starting and stopping it owns everything.

    Starting one that listens raises :class:`~flighttap.errors.FeedError` where
    the port cannot be had. ``stopService`` gives a Deferred that fires when
    nothing of the feed is left.

    :param sink: the hub's side of it.
    :param reactor: gives time, timers and TCP.
    :param retry_policy: failures in a row to seconds of pause; grows to half a
        minute, with jitter, where none is given.
    """
    where = spec.where
    if isinstance(where, Dial | Listen | Replay):
        kind = FORMATS[spec.format]
        make_reader = partial(kind, spec.receiver)
        if isinstance(where, Dial):
            endpoint = HostnameEndpoint(reactor, where.host, where.port)
            policy = retry_policy or jittered()
            return DialService(sink, endpoint, make_reader, reactor, policy, where.silence)
        if isinstance(where, Listen):
            return ListenService(sink, reactor, make_reader, reactor, where)
        return ReplayService(sink, where.path, kind.timeline, make_reader, reactor, where.speed, where.loop)
    return SimulatorService(sink, reactor, where.aircraft, lambda: random.Random(where.seed), where.speed)  # noqa: S311 - guards nothing: a sky # nosec B311


def jittered(longest: float = 30.0) -> Callable[[int], float]:
    """Pauses that grow by half each time up to ``longest`` seconds, plus up to 2 s at random."""
    rng = random.SystemRandom()
    return backoffPolicy(1.0, longest, 1.5, lambda: rng.uniform(0.0, 2.0))
