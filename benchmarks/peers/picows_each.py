"""picows, a WebSocket library in Cython: ``send`` to each member of the room. Prints its port."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server  # type: ignore[import-not-found,import-untyped,unused-ignore]

rooms: defaultdict[bytes, set[WSTransport]] = defaultdict(set)


class Member(WSListener):
    """One connection."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.room = rooms[transport.request.path]
        self.room.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            data = b'{"data":' + frame.get_payload_as_bytes() + b"}"
            for member in self.room:
                member.send(WSMsgType.TEXT, data)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.room.discard(transport)


def listener(_: Any) -> Member:
    """One for each request."""
    return Member()


async def main() -> None:
    """Serve until killed."""
    server = await ws_create_server(listener, "127.0.0.1", 0, backlog=4096)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
