"""What an address may have at once, and how much it may do over time."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from flighttap.errors import RateLimited
from flighttap.rooms.bucket import Bucket

__all__ = ["ConnectionCap", "Rates", "address_key"]

_SWEEP = 1024
"""Addresses remembered before the full buckets among them are looked for."""


def address_key(address: object) -> str | None:
    """What counts as one address: an IPv4 address, an IPv6 /64; ``None`` where there is none (UNIX sockets)."""
    host = getattr(address, "host", None)
    if not isinstance(host, str):
        return None
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return host


class ConnectionCap:
    """Counts the connections of each address.

    :param limit: at most so many for one address; 0 for no limit.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.counts: dict[str, int] = {}

    def enter(self, key: str | None) -> bool:
        """Count a new connection, unless its address has all it may have."""
        if key is None:
            return True
        count = self.counts.get(key, 0)
        if 0 < self.limit <= count:
            return False
        self.counts[key] = count + 1
        return True

    def leave(self, key: str | None) -> None:
        """Count a connection down that :meth:`enter` had counted."""
        if key is None:
            return
        self.counts[key] -= 1
        if not self.counts[key]:
            del self.counts[key]


class Rates:
    """Token buckets by address (see :func:`address_key`), each forgotten when it is full again.

    :param rate: tokens a second; 0 for no limit.
    :param burst: tokens that a quiet address has.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[str | None, Bucket] = {}
        self._sweep_at = _SWEEP

    def of(self, address: object, now: float) -> Bucket:
        """The bucket of an address."""
        key = address_key(address)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._sweep_at:
                self._buckets = {key: bucket for key, bucket in self._buckets.items() if not bucket.full(now)}
                self._sweep_at = max(_SWEEP, 2 * len(self._buckets))
            bucket = self._buckets[key] = Bucket(self._rate, self._burst, now)
        return bucket

    def take(self, address: object, now: float) -> None:
        """Take one token.

        :raises RateLimited: there is none yet.
        """
        bucket = self.of(address, now)
        wait = bucket.wait(now)
        if wait > 0:
            raise RateLimited("Too many requests: wait a moment.", round(wait * 1000) + 1)
        bucket.take()
