"""``flighttap top``: how a server does, drawn anew every second; once, where nobody would see it change."""

from __future__ import annotations

import shutil
import time
from typing import Any, TextIO

import msgspec
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import deferLater

from flighttap.client.address import Address
from flighttap.client.console import HIDE, SHOW
from flighttap.client.errors import Unreachable
from flighttap.client.overview import overview
from flighttap.client.rooms import ask
from flighttap.client.table import Look

__all__ = ["Top"]

EVERY = 1.0
"""Seconds between two looks."""


class Top:
    """Asks, draws, and asks again, until it is stopped.

    :param out: where it draws.
    :param live: keep the terminal and draw anew; else one plain table.
    :param token: an operator's, where the server wants one.
    """

    def __init__(
        self,
        address: Address,
        out: TextIO,
        reactor: Any,
        *,
        live: bool,
        colour: bool = True,
        token: str | None = None,
    ) -> None:
        self._address = address
        self._out = out
        self._reactor = reactor
        self._live = live
        self._colour = colour
        self._token = token
        self._before: dict[str, Any] | None = None
        self._asked_at = 0.0
        self._open = False
        self._stopped = False
        self._running: Deferred[int] | None = None

    def run(self) -> Deferred[int]:
        """Begin; fires with the exit status, or fails when the first question is not answered."""
        self._running = Deferred.fromCoroutine(self._look())
        return self._running

    def stop(self) -> Deferred[Any]:
        """Give the terminal back."""
        self._leave()
        self._stopped = True
        if self._running is not None:
            self._running.cancel()
        return succeed(None)

    async def _look(self) -> int:
        try:
            self._draw(await self._ask())
            while self._live:
                await deferLater(self._reactor, EVERY)
                try:
                    self._draw(await self._ask())
                except Unreachable as error:
                    self._before = None
                    self._write(f"\x1b[H{error}\x1b[K\r\n")
        except Exception:
            if not self._stopped:  # else it was told to stop in the middle of a question
                raise
        finally:
            self._leave()
        return 0

    async def _ask(self) -> dict[str, Any]:
        text = await ask(self._address, "admin", self._reactor, self._token)
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Unreachable(f"{self._address.netloc} answered what no flighttap does.") from error

    def _draw(self, said: dict[str, Any]) -> None:
        at = self._reactor.seconds()
        size = shutil.get_terminal_size()
        look = Look(size.columns, self._colour) if self._live else Look(None, False)
        lines = overview(
            said,
            self._before,
            at - self._asked_at,
            self._address.netloc,
            look,
            size.lines if self._live else None,
            time.strftime("%H:%M:%SZ", time.gmtime()) if self._live else "",
        )
        self._before, self._asked_at = said, at
        if not self._live:
            self._write("\n".join(lines) + "\n")
            return
        if not self._open:
            self._open = True
            self._write(HIDE)
        text = "\r\n".join(f"{line}\x1b[K" for line in lines)
        self._write(f"\x1b[H{text}\x1b[J")

    def _leave(self) -> None:
        if self._open:
            self._open = False
            self._write(SHOW)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
