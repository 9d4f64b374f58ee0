"""How the server does, as JSON for the operator's page and ``flighttap top``: counts since the start, and what is now.

Rates are the reader's to work out, from two answers and the seconds between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flighttap import __version__

if TYPE_CHECKING:
    from flighttap.hub import Hub
    from flighttap.rooms.meter import Histogram
    from flighttap.rooms.room import Room

__all__ = ["ROOMS_MOST", "room_line", "state_of", "status"]

ROOMS_MOST = 500
"""Rooms that are told of, those with the most connections and flights."""


def state_of(hub: Hub) -> str:
    """``starting``, ``ready`` or ``draining``."""
    return "draining" if hub.crowd.stopping else "ready" if hub.ready else "starting"


def status(hub: Hub) -> dict[str, Any]:
    """All of it, JSON-ready."""
    meter, census = hub.meter, hub.crowd.census()
    closes: dict[str, int] = {}
    for (_, code), count in sorted(meter.closes.items(), key=lambda item: item[0][1]):
        closes[str(code)] = closes.get(str(code), 0) + count
    rooms = sorted(hub.rooms.values(), key=lambda room: (-room.members, -len(room.aircraft), room.name))
    return {
        "version": __version__,
        "state": state_of(hub),
        "uptime_s": round(hub.uptime, 3),
        "aircraft": sum(len(room.aircraft) for room in rooms),
        "connections": census.speaking,
        "lagging": census.lagging,
        "buffered_bytes": census.buffered,
        "reactor_delay_s": round(hub.pulse.longest, 4),
        "totals": {
            "opened": meter.opened,
            "closes": closes,
            "received": meter.received,
            "published": sum(meter.published.values()),
            "rejected": dict(meter.rejected),
            "observations": sum(feed.observations for feed in hub.feeds),
            "deliveries": meter.deliveries,
            "catch_ups": meter.caught_up,
            "sent_bytes": meter.lane_bytes + meter.own_bytes + meter.answer_bytes + meter.presence_bytes,
            "changes": meter.changes,
            "conflated": meter.conflated,
            "deflate_saved_bytes": meter.deflate_saved,
            "lags": meter.lags,
            "resumed": meter.resumed,
            "restarted": meter.restarted,
        },
        "data_age": _histogram(meter.age),
        "flush": _histogram(meter.flush),
        "feeds": [{**feed.describe(), "rooms": list(feed.rooms)} for feed in hub.feeds],
        "rooms": len(rooms),
        "room_list": [room_line(hub, room) for room in rooms[:ROOMS_MOST]],
    }


def room_line(hub: Hub, room: Room) -> dict[str, Any]:
    """One room in the list."""
    return {
        "room": room.name,
        "members": room.members,
        "aircraft": len(room.aircraft),
        "observations_per_s": round(room.rate, 1),
        "lanes": len(room.lanes),
        "turned_away": room.turned_away,
        "declared": room.declared,
        "feeds": [feed.name for feed in hub.feeds if room.name in feed.rooms],
    }


def _histogram(said: Histogram) -> dict[str, Any]:
    """Seconds: ``counts`` has one more, for what is above the last bound."""
    return {"bounds": list(said.bounds), "counts": list(said.counts)}
