"""Which of what sources say is believed, field by field.

A better source owns a field until it has been silent on it for ``STALE``
seconds (readsb's track.c has the same rule); among equals the newest wins.
Members' values are taken as they come but rank below any fresh received one.
"""

from __future__ import annotations

from flighttap.aircraft.fields import IDENTITY
from flighttap.aircraft.observation import MEMBER_RANK, RANK, Observation
from flighttap.aircraft.plausible import Origin, PositionCheck
from flighttap.aircraft.state import Aircraft

__all__ = ["STALE", "TOUCH", "fuse"]

STALE = 15.0
"""Seconds for which a better source's silence is waited out."""
TOUCH = 15.0
"""Seconds after which an aircraft heard but unchanged is marked as changed all the same."""
SIGNAL_EVERY = 5.0
"""Seconds between two values of ``rssi`` and ``messages``."""


def fuse(
    aircraft: Aircraft,
    observation: Observation,
    now: float,
    seq: int,
    origin: Origin,
    shadowed: list[str] | None = None,
) -> bool:
    """Let an observation into the record of its aircraft.

    :param now: hub time, monotonic seconds.
    :param seq: the stamp for what changes.
    :param shadowed: takes the wire names of fields that a fresher received
        value keeps from changing.
    :returns: whether the record changed (or is due a touch) and so must be stamped.
    """
    rank = RANK[observation.source]
    values = observation.values
    cells = aircraft.cells
    changed = False
    if rank != MEMBER_RANK and "lat" in values and not _plausible(aircraft, observation, rank, now, origin):
        values = {name: value for name, value in values.items() if name not in ("lat", "lon", "nic", "rc")}
    for name, value in values.items():
        try:
            cell = cells[name]
        except KeyError:
            aircraft.learn(name, value, rank, now, seq)
            changed = True
            continue
        if rank != cell.rank:
            if rank > cell.rank and cell.value is not None and now - cell.heard <= STALE:
                if shadowed is not None:
                    shadowed.append(cell.wire)
                continue
            cell.rank = rank
        cell.heard = now
        if cell.value != value:
            cell.value = value
            cell.seq = seq
            changed = True
            if name in IDENTITY:
                aircraft.identity_seq = seq
    source = cells.get("source")
    if source is None:
        aircraft.learn("source", observation.source, rank, now, seq)
        changed = True
    elif rank <= source.rank or now - source.heard > STALE:
        source.heard = now
        if source.rank != rank:
            source.rank = rank
            source.value = observation.source
            source.seq = seq
            aircraft.identity_seq = seq
            changed = True
    aircraft.heard = now
    aircraft.messages += 1
    if changed or now - aircraft.changed_at > TOUCH:
        if now - aircraft.signal_at >= SIGNAL_EVERY:
            _put_signal(aircraft, observation, rank, now, seq)
        aircraft.changed_at = now
        return True
    return False


def _plausible(aircraft: Aircraft, observation: Observation, rank: int, now: float, origin: Origin) -> bool:
    values = observation.values
    lat, lon, at = values["lat"], values["lon"], observation.at
    check = aircraft.check
    if check is None:
        check = aircraft.check = PositionCheck()
    elif rank == check.rank and check.follows(lat, lon, at, now, origin):
        return True
    known = aircraft.cells.get("lat")
    if known is not None and known.rank < rank and known.value is not None and now - known.heard <= STALE:
        return True  # a better source owns the position: this one changes nothing, so nothing is to be judged
    if not check.accepts(lat, lon, aircraft.value("gs"), at, now, origin):
        return False
    check.rank = rank
    return True


def _put_signal(aircraft: Aircraft, observation: Observation, rank: int, now: float, seq: int) -> None:
    aircraft.signal_at = now
    signal: list[tuple[str, float]] = [("messages", aircraft.messages)]
    if observation.rssi is not None:
        signal.append(("rssi", round(observation.rssi, 1)))
    for name, value in signal:
        cell = aircraft.cells.get(name)
        if cell is None:
            aircraft.learn(name, value, rank, now, seq)
        elif cell.value != value:
            cell.value = value
            cell.rank = rank
            cell.seq = seq
