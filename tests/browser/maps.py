"""Somebody else's map server, on a port of its own: a tile, a style and an archive, and a note of who asked."""

from __future__ import annotations

import json
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["MapServer", "archive", "png", "vectors"]


def png(red: int, green: int, blue: int, size: int = 256) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + bytes((red, green, blue)) * size) * size
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def vectors(layer: str) -> bytes:
    """A vector tile (MVT 2.1) with one layer, in which one polygon covers everything."""
    square = (9, 0, 0, 26, 8192, 0, 0, 8192, 8191, 0, 15)  # move to 0,0; line by 4096,0, by 0,4096, by -4096,0; close
    shape = b"\x18\x03" + field(4, b"".join(map(varint, square)))
    return field(3, b"\x78\x02" + field(1, layer.encode()) + field(2, shape) + b"\x28" + varint(4096))


def field(number: int, body: bytes) -> bytes:
    """A length-delimited field of a protocol buffer."""
    return bytes([number << 3 | 2]) + varint(len(body)) + body


def archive(tile: bytes, kind: int = 2) -> bytes:
    """A PMTiles archive, version 3, with one tile of the whole world.

    :param kind: 2 for PNG, 1 for vectors.
    """
    directory = bytes([1, 0, 1]) + varint(len(tile)) + bytes([1])  # one entry: tile 0, run of 1, its length, offset 0
    metadata = b"{}"
    start = 127 + len(directory) + len(metadata)
    places = (127, len(directory), 127 + len(directory), len(metadata), start, 0, start, len(tile), 1, 1, 1)
    kinds = (1, 1, 1, kind, 0, 0)  # clustered; nothing compressed; zooms 0 to 0
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
