"""The map library as the page serves it: it starts under the page's policy, worker included, and asks nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flighttap.web.site import STATIC
from tests.browser.window import Window
from tests.daemon import Server

Open = Callable[..., Window]

# GeoJSON is cut into tiles by the worker: a painted fill proves that the worker runs.
_START = """
async ([library, style]) => {
  const base = document.querySelector('script[type="module"]').src.replace(/js\\/[^/]*$/, "");
  const { Map: GlMap, getVersion } = await import(`${base}vendor/${library}/maplibre-gl.mjs`);
  const box = document.createElement("div");
  box.style.cssText = "position:fixed;inset:0;z-index:9";
  document.body.append(box);
  const map = new GlMap({ container: box, style, center: [5, 52], zoom: 6, attributionControl: false,
                          canvasContextAttributes: { preserveDrawingBuffer: true } });
  await new Promise((done, failed) => { map.once("idle", done); map.once("error", (event) => failed(event.error)); });
  const gl = map.getCanvas().getContext("webgl2");
  const pixel = new Uint8Array(4);
  gl.readPixels(gl.drawingBufferWidth / 2, gl.drawingBufferHeight / 2, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return { version: getVersion(), pixel: [...pixel] };
}
"""

_SQUARE = [[[0, 48], [10, 48], [10, 56], [0, 56], [0, 48]]]
_STYLE: dict[str, Any] = {
    "version": 8,
    "sources": {"square": {"type": "geojson", "data": {"type": "Polygon", "coordinates": _SQUARE}}},
    "layers": [
        {"id": "sea", "type": "background", "paint": {"background-color": "#000000"}},
        {"id": "square", "type": "fill", "source": "square", "paint": {"fill-color": "#ff8000"}},
    ],
}


def test_the_map_library_starts_with_its_worker_from_this_server_alone(server: Server, window: Open):
    (library,) = (name for name in json.loads((STATIC / "vendor" / "manifest.json").read_text()) if "maplibre" in name)
    here = window()
    here.page.goto(server.page())
    result = here.page.evaluate(_START, [library, _STYLE])
    assert library == f"maplibre-gl-{result['version']}"
    assert result["pixel"] == [255, 128, 0, 255]
    assert [worker.url.partition("?")[0].rpartition("/")[2] for worker in here.page.workers][:1] == [
        "maplibre-gl-worker.mjs"
    ]
