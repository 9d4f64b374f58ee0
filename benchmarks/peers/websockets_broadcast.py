"""The websockets library with its ``broadcast``. Prints its port."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)


async def member(connection: ServerConnection) -> None:
    """Serve one connection."""
    assert connection.request is not None
    room = rooms[connection.request.path]
    room.add(connection)
    try:
        async for message in connection:
            broadcast(room, f'{{"data":{message!s}}}')
    finally:
        room.discard(connection)


async def main() -> None:
    """Serve until killed."""
    async with serve(member, "127.0.0.1", 0, compression=None, backlog=4096) as server:
        print("port", next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
