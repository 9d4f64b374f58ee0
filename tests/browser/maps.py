"""Somebody else's map server, on a port of its own: a tile, a style and an archive, and a note of who asked."""

from __future__ import annotations

import json
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["MapServer", "archive", "png"]


def png(red: int, green: int, blue: int, size: int = 256) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + bytes((red, green, blue)) * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def archive(tile: bytes) -> bytes:
    """A PMTiles archive, version 3, whose one tile is a PNG of the whole world."""
    directory = bytes([1, 0, 1]) + varint(len(tile)) + bytes([1])  # one entry: tile 0, run of 1, its length, offset 0
    metadata = b"{}"
    start = 127 + len(directory) + len(metadata)
    places = (127, len(directory), 127 + len(directory), len(metadata), start, 0, start, len(tile), 1, 1, 1)
    kinds = (1, 1, 1, 2, 0, 0)  # clustered; nothing compressed; PNG; zooms 0 to 0
    bounds = (-1800000000, -850000000, 1800000000, 850000000)
    head = b"PMTiles\x03" + struct.pack("<11Q6B4iB2i", *places, *kinds, *bounds, 0, 0, 0)
    assert len(head) == 127
    return head + directory + metadata + tile


def varint(number: int) -> bytes:
    """LEB128."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


class MapServer:
    """``/1/2/3.png``, ``/style.json``, whose tiles are the same, and nothing else.

    :ivar asked: path and ``Referer`` of every request.
    """

    def __init__(self, port: int, asked: list[tuple[str, str | None]]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked = asked

    @classmethod
    @contextmanager
    def running(cls, tile: bytes) -> Iterator[MapServer]:
        """Serve until the block ends."""
        asked: list[tuple[str, str | None]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers.get("Referer")))
                tiles = {"type": "raster", "tiles": ["/{z}/{x}/{y}.png"], "tileSize": 256}
                layer = {"id": "all", "type": "raster", "source": "all"}
                style = json.dumps({"version": 8, "sources": {"all": tiles}, "layers": [layer]}).encode()
                kind, body = ("image/png", tile) if ".png" in self.path else ("application/json", style)
                self.send_response(200)
                for name, value in (("Content-Type", kind), ("Access-Control-Allow-Origin", "*")):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield cls(server.server_address[1], asked)
        server.shutdown()
        server.server_close()
        thread.join(5)
