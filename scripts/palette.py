"""Small PNG files: 256 colours, chosen and looked up in the browser that took the picture, written here."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

__all__ = ["reduced"]

# The most frequent colour first, then each that is far enough from all chosen before, as many as there is room for;
# every other colour becomes the nearest of those. Flat surfaces keep their exact colours so.
_REDUCE = """
async (png) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data[at] << 16 | data[at + 1] << 8 | data[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const far = (one, other) => {
    const [r, g, b] = [16, 8, 0].map((shift) => (one >> shift & 255) - (other >> shift & 255));
    return 2 * r * r + 4 * g * g + 3 * b * b;
  };
  const colours = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one));
  let palette = colours;
  for (let apart = 16; palette.length > 256; apart *= 1.1) {
    palette = [];
    for (const colour of colours) {
      if (palette.every((known) => far(known, colour) >= apart)) palette.push(colour);
      if (palette.length > 256) break;
    }
  }
  const nearest = new Map();
  for (const colour of colours) {
    let [best, least] = [0, Infinity];
    palette.forEach((known, at) => {
      const away = far(known, colour);
      if (away < least) [best, least] = [at, away];
    });
    nearest.set(colour, best);
  }
  let pixels = "";
  for (let at = 0; at < data.length; at += 4) {
    pixels += String.fromCharCode(nearest.get(data[at] << 16 | data[at + 1] << 8 | data[at + 2]));
  }
  return { width, height, palette, pixels: btoa(pixels) };
}
"""


def reduced(page: Any, png: bytes) -> bytes:
    """The same picture with at most 256 colours.

    :param page: an empty page of a browser.
    """
    found = page.evaluate(_REDUCE, base64.b64encode(png).decode())
    wide, high = found["width"], found["height"]
    pixels = base64.b64decode(found["pixels"])
    rows = b"".join(b"\0" + pixels[at : at + wide] for at in range(0, wide * high, wide))
    palette = b"".join(colour.to_bytes(3, "big") for colour in found["palette"])
    head = struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0)  # eight bits a pixel, by palette (PNG, section 11.2.2)
    parts = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
