"""How often an address may post: a bucket of permits for each, forgotten when it is full again."""

from __future__ import annotations

from flighttap.errors import RateLimited
from flighttap.web.hardening import address_key

__all__ = ["Rates"]

_SWEEP = 1024
"""Addresses remembered before the full buckets among them are looked for."""


class Rates:
    """Token buckets by address (see :func:`~flighttap.web.hardening.address_key`).

    :param rate: permits a second; 0 for no limit.
    :param burst: permits that a quiet address has.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = max(burst, 1.0)
        self._buckets: dict[str | None, tuple[float, float]] = {}
        self._sweep_at = _SWEEP

    def take(self, address: object, now: float) -> None:
        """Take one permit.

        :raises RateLimited: there is none yet.
        """
        if self._rate <= 0:
            return
        key = address_key(address)
        held = self._held(key, now)
        if held < 1:
            raise RateLimited("Too many posts: wait a moment.", round((1 - held) / self._rate * 1000) + 1)
        self._buckets[key] = (held - 1, now)
        if len(self._buckets) > self._sweep_at:
            self._buckets = {key: b for key, b in self._buckets.items() if self._held(key, now) < self._burst}
            self._sweep_at = max(_SWEEP, 2 * len(self._buckets))

    def _held(self, key: str | None, now: float) -> float:
        if key not in self._buckets:
            return self._burst
        held, at = self._buckets[key]
        return min(self._burst, held + (now - at) * self._rate)
