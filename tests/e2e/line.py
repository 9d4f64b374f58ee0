"""A TCP proxy of our own that does to a connection what networks do: delay, stall, drip, cut, half-close.

``tc netem`` is missing in many kernels, and a proxy can fail one connection and leave the next alone.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any

__all__ = ["Line"]

RESET = struct.pack("ii", 1, 0)
"""``SO_LINGER`` on for no time: closing sends RST."""


class Line:
    """A way to a port of this machine; a context manager.

    :ivar port: connect here instead.
    :ivar delay: seconds by which whatever comes is passed on later, either way.
    :ivar piece: bytes that are passed on at a time; 0: all that came.
    """

    def __init__(self, to: int) -> None:
        self.delay = 0.0
        self.piece = 0
        self.port = 0
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Line:
        self._thread.start()
        self._server: Any = self._do(asyncio.start_server(self._joined, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cut()
        self._do(self._ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def stall(self) -> None:
        """Pass nothing on from now; what comes is kept as far as buffers reach."""
        self._soon(self._flowing.clear)

    def flow(self) -> None:
        """Pass on what waited, and what comes."""
        self._soon(self._flowing.set)

    def cut(self) -> None:
        """Reset every connection at both ends."""
        self._soon(self._reset)

    def end(self, towards: str) -> None:
        """Half-close: nothing more is said to ``client`` or ``server``, while the other way stays open."""
        self._soon(lambda: [pair[towards == "server"].write_eof() for pair in self._pairs])

    # ---- in the loop's thread

    async def _joined(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        ahead, server = await asyncio.open_connection("127.0.0.1", self._to)
        pair = client, server
        self._pairs.append(pair)
        await asyncio.gather(self._pump(reader, server), self._pump(ahead, client), return_exceptions=True)
        for writer in pair:
            writer.close()
        if pair in self._pairs:
            self._pairs.remove(pair)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await asyncio.sleep(self.delay)
            step = self.piece or len(data)
            for start in range(0, len(data), step):
                await self._flowing.wait()
                writer.write(data[start : start + step])
                await writer.drain()
        if not writer.is_closing():
            writer.write_eof()

    def _reset(self) -> None:
        pairs, self._pairs = self._pairs, []
        for writer in (writer for pair in pairs for writer in pair):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _ended(self) -> None:
        self._server.close()
        self._flowing.set()
        if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks, timeout=5)

    # ---- in the caller's thread

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _soon(self, call: Callable[[], object]) -> None:
        async def do() -> None:
            call()

        self._do(do())
