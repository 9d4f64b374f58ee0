"""How often an address may post: a bucket for each, forgotten when it is full again."""

from __future__ import annotations

from flighttap.errors import RateLimited
from flighttap.rooms.bucket import Bucket
from flighttap.web.hardening import address_key

__all__ = ["Rates"]

_SWEEP = 1024
"""Addresses remembered before the full buckets among them are looked for."""


class Rates:
    """Token buckets by address (see :func:`~flighttap.web.hardening.address_key`).

    :param rate: tokens a second; 0 for no limit.
    :param burst: tokens that a quiet address has.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[str | None, Bucket] = {}
        self._sweep_at = _SWEEP

    def take(self, address: object, now: float) -> None:
        """Take one token.

        :raises RateLimited: there is none yet.
        """
        key = address_key(address)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate, self._burst, now)
        wait = bucket.wait(now)
        if wait > 0:
            raise RateLimited("Too many posts: wait a moment.", round(wait * 1000) + 1)
        bucket.take()
        if len(self._buckets) > self._sweep_at:
            self._buckets = {key: bucket for key, bucket in self._buckets.items() if not bucket.full(now)}
            self._sweep_at = max(_SWEEP, 2 * len(self._buckets))
