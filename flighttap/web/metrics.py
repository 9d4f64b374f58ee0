"""``/metrics``: what the hub does, in Prometheus' text format.

Nothing is counted here: when somebody asks, the hub's plain numbers are read and
shaped into samples. docs/metrics.md lists every name, and a test holds it to this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from twisted.web.server import NOT_DONE_YET, Request

from flighttap import __version__
from flighttap.rooms.feed import STATES
from flighttap.web.answers import Node, send

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from flighttap.hub import Hub
    from flighttap.rooms.meter import Histogram
    from flighttap.rooms.room import Room
    from flighttap.web.operator import Door

__all__ = ["OTHERS", "HubCollector", "MetricsResource"]

OTHERS = "(others)"
"""The label of all rooms together that nobody declared and no feed fills: no room can have such a name."""
CLOSE_CODES = frozenset(
    {1000, 1001, 1002, 1003, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}
    | {4000, 4001, 4002, 4003, 4004, 4006, 4500, 4501, 4502, 4503, 4504, 4505, 4506}
)
"""Close codes that are told by their number; a peer may send any of thousands."""


class HubCollector(Collector):
    """The hub's numbers as Prometheus' families.

    :param capped: how many connections were turned away since their address had too many.
    """

    def __init__(self, hub: Hub, capped: Callable[[], int] = lambda: 0) -> None:
        self._hub = hub
        self._capped = capped

    def collect(self) -> Iterator[Metric]:
        """Every family, each time anew."""
        yield _gauge("flighttap_info", "Always 1; the version is a label.", {(__version__,): 1}, "version")
        yield _gauge("flighttap_ready", "1 while it lets people in, 0 while it starts or drains.", self._hub.ready)
        yield from self._connections()
        yield from self._rooms()
        yield from self._messages()
        yield from self._deliveries()
        yield from self._times()
        yield from self._feeds()

    def _connections(self) -> Iterator[Metric]:
        meter, census = self._hub.meter, self._hub.crowd.census()
        speaking = {(word,): count for word, count in sorted(census.speaking.items())}
        yield _gauge("flighttap_connections", "WebSocket connections, by what they speak.", speaking, "speaks")
        yield _counter("flighttap_connections_opened", "WebSocket connections opened.", meter.opened)
        closes: dict[tuple[str, ...], float] = {}
        for (by, code), count in meter.closes.items():
            key = by, str(code) if code in CLOSE_CODES else "other"
            closes[key] = closes.get(key, 0) + count
        yield _counter(
            "flighttap_closes", "WebSocket connections that ended, by who ended them and the code.",
            closes, "by", "code",
        )  # fmt: skip
        refused = {(str(status),): count for status, count in meter.refused.items()}
        yield _counter("flighttap_refused", "Requests for a room answered in HTTP, by status.", refused, "status")
        yield _counter(
            "flighttap_capped", "Connections turned away since their address had all it may have.", self._capped()
        )
        yield _gauge("flighttap_lagging", "Watchers whose socket is full.", census.lagging)
        yield _counter("flighttap_lags", "Times that a watcher's socket was full.", meter.lags)
        yield _gauge("flighttap_buffered_bytes", "Bytes that wait here for sockets to take them.", census.buffered)
        resumes = {("exact",): meter.resumed, ("snapshot",): meter.restarted}
        yield _counter(
            "flighttap_resumes", "Watchers that came back: exactly where they were, or with a snapshot.",
            resumes, "how",
        )  # fmt: skip

    def _rooms(self) -> Iterator[Metric]:
        hub = self._hub
        rooms = hub.rooms.values()
        yield _gauge("flighttap_rooms", "Rooms.", len(rooms))
        yield _gauge("flighttap_aircraft", "Flights in all rooms.", sum(len(room.aircraft) for room in rooms))
        fed = {name for feed in hub.feeds for name in feed.rooms}
        shares: dict[str, list[Room]] = {OTHERS: []}
        for room in rooms:
            named = room.declared or room.name in fed
            shares.setdefault(room.name if named else OTHERS, []).append(room)
        for name, text, of in _BY_ROOM:
            samples = {(label,): sum(of(room) for room in share) for label, share in shares.items()}
            yield _gauge(name, text, samples, "room")

    def _messages(self) -> Iterator[Metric]:
        meter = self._hub.meter
        yield _counter("flighttap_received_messages", "WebSocket messages read.", meter.received)
        yield _counter(
            "flighttap_published", "Flights and events taken from members and posts.",
            {(via,): count for via, count in meter.published.items()}, "via",
        )  # fmt: skip
        yield _counter(
            "flighttap_rejected", "Messages and posts that were not taken, by error code.",
            {(code,): count for code, count in meter.rejected.items()}, "code",
        )  # fmt: skip

    def _deliveries(self) -> Iterator[Metric]:
        meter = self._hub.meter
        yield _counter("flighttap_deliveries", "Times that a flush went to a watcher.", meter.deliveries)
        yield _counter("flighttap_catch_ups", "Watchers brought up to date one by one.", meter.caught_up)
        sent = {
            ("updates",): meter.lane_bytes,
            ("catch_ups",): meter.own_bytes,
            ("answers",): meter.answer_bytes,
            ("presence",): meter.presence_bytes,
        }
        yield _counter("flighttap_sent_bytes", "Bytes of WebSocket frames handed to sockets.", sent, "what")
        yield _counter("flighttap_changes", "Changes that lanes of version 1 were to tell.", meter.changes)
        yield _counter(
            "flighttap_conflated_changes", "Of these, those that a newer one replaced before.", meter.conflated
        )
        yield _counter(
            "flighttap_deflate_saved_bytes", "Bytes not sent since updates were deflated.", meter.deflate_saved
        )

    def _times(self) -> Iterator[Metric]:
        hub = self._hub
        yield _histogram(
            "flighttap_data_age_seconds", "From hearing a flight to handing it to sockets; the oldest of each flush.",
            hub.meter.age,
        )  # fmt: skip
        yield _histogram("flighttap_flush_seconds", "How long flushes take, sends included.", hub.meter.flush)
        yield _histogram("flighttap_reactor_delay_seconds", "How late timers are.", hub.pulse.delays)
        yield _gauge(
            "flighttap_reactor_delay_recent_max_seconds", "The longest delay of the last half to one minute.",
            hub.pulse.longest,
        )  # fmt: skip
        yield _gauge("flighttap_delayed_calls", "Timers that are set.", len(hub.clock.getDelayedCalls()))

    def _feeds(self) -> Iterator[Metric]:
        feeds = self._hub.feeds
        yield _gauge(
            "flighttap_feed_state", "1 for the state that a feed is in, 0 for the others.",
            {(feed.name, state): feed.state == state for feed in feeds for state in STATES}, "feed", "state",
        )  # fmt: skip
        yield _counter(
            "flighttap_feed_observations", "What a feed's decoder said.",
            {(feed.name,): feed.observations for feed in feeds}, "feed",
        )  # fmt: skip
        yield _counter(
            "flighttap_feed_bytes", "Bytes read from a feed.",
            {(feed.name,): feed.bytes_in for feed in feeds}, "feed",
        )  # fmt: skip
        decoded = {(feed.name, reason): count for feed in feeds for reason, count in feed.stats.items()}
        yield _counter("flighttap_feed_decoder", "A decoder's counts, by reason.", decoded, "feed", "reason")


_BY_ROOM: tuple[tuple[str, str, Callable[[Room], float]], ...] = (
    ("flighttap_room_aircraft", "Flights in a room.", lambda room: len(room.aircraft)),
    ("flighttap_room_members", "Connections in a room.", lambda room: room.members),
    ("flighttap_room_lanes", "Lanes of a room.", lambda room: len(room.lanes)),
    ("flighttap_room_observations_per_second", "What a room takes in.", lambda room: room.rate),
    ("flighttap_room_turned_away", "Flights that found no place in a room since it was made.", lambda r: r.turned_away),
)


class MetricsResource(Node):
    """``/metrics``, for those who may know how the server does.

    :param door: lets the operator in.
    """

    def __init__(self, hub: Hub, door: Door, capped: Callable[[], int]) -> None:
        super().__init__()
        self._door = door
        self.registry = CollectorRegistry()
        self.registry.register(HubCollector(hub, capped))
        ProcessCollector(registry=self.registry)

    def render_GET(self, request: Request) -> int:
        if not self._door.admits(request):
            return NOT_DONE_YET
        encode, content_type = choose_encoder(request.getHeader("accept") or "")
        request.setHeader(b"Cache-Control", b"no-store")
        return send(request, 200, content_type.encode("ascii"), encode(self.registry))


_Samples: TypeAlias = Mapping[Any, float]
"""Label values to the value."""


def _gauge(name: str, text: str, said: float | _Samples, *labels: str) -> Metric:
    """:param said: the value, or with labels a value for each of their values."""
    return _filled(GaugeMetricFamily(name, text, labels=labels), said)


def _counter(name: str, text: str, said: float | _Samples, *labels: str) -> Metric:
    return _filled(CounterMetricFamily(name, text, labels=labels), said)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, said: float | _Samples) -> Metric:
    for values, value in said.items() if isinstance(said, Mapping) else [((), said)]:
        family.add_metric(values, value)
    return family


def _histogram(name: str, text: str, said: Histogram) -> Metric:
    buckets, total = [], 0
    for bound, count in zip([*map(str, said.bounds), "+Inf"], said.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=said.sum)
