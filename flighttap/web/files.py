"""The page's files: read once at start into a fixed manifest, served from memory.

Each is compressed when it is first asked for: all of them at once would hold up the
start of a small machine for seconds, and most are cells of a map that nobody opens.

There is no path on disk in a request's way: what is not a key of the manifest is
not there. The files live under ``/static/<version>/``, where the version is a
hash of them all, so that a browser may keep each for ever; ``index.html`` is
given the version where it says ``/static/``, and modules import each other
relatively.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

import msgspec
from twisted.web.server import Request

from flighttap.errors import ConfigError
from flighttap.web.answers import HTML, NO_CACHE, Node, Representation, refuse, serve
from flighttap.web.ground import Ground

__all__ = ["Headers", "IndexResource", "OperatorResource", "PageFiles", "StaticResource"]

Headers = tuple[tuple[bytes, bytes], ...]

_FOREVER = b"public, max-age=31536000, immutable"
_NO_GROUND = b'<meta name="ground" content="">'
"""What stands in the page where the map is its own."""

_EMBED = re.compile(rb"[?&]embed(=|&|$)", re.IGNORECASE)
"""In the query of an address; Twisted's own reading of it leaves names without a value out."""

_PACK = 6
"""Gzip level: 9 takes twice the time and saves half a percent."""

_TYPES: dict[str, tuple[bytes, int]] = {
    ".html": (HTML, _PACK),
    ".js": (b"text/javascript; charset=utf-8", _PACK),
    ".mjs": (b"text/javascript; charset=utf-8", _PACK),
    ".css": (b"text/css; charset=utf-8", _PACK),
    ".svg": (b"image/svg+xml", _PACK),
    ".json": (b"application/json", _PACK),
    ".webmanifest": (b"application/manifest+json", _PACK),
    ".txt": (b"text/plain; charset=utf-8", _PACK),
    ".ico": (b"image/x-icon", 0),
    ".png": (b"image/png", 0),
    ".jpg": (b"image/jpeg", 0),
    ".webp": (b"image/webp", 0),
    ".woff2": (b"font/woff2", 0),
}
"""By the end of the name: content type and gzip level; other files are not served."""


class PageFiles:
    """What a folder held when it was read.

    :param contents: path inside the folder, ``/`` between its parts, to bytes.
    :param ground: told to the page, where the map is not its own.
    :ivar version: 16 hex digits that change with any name or byte.
    :ivar index: ``index.html``, its references pointing at this version; ``admin`` is ``admin.html``.
    """

    def __init__(self, contents: Mapping[str, bytes], ground: Ground | None = None) -> None:
        digest = hashlib.sha256()
        for path, body in sorted(contents.items()):
            digest.update(b"%d %d " % (len(path.encode()), len(body)) + path.encode() + body)
        self.version = digest.hexdigest()[:16]
        self.files: dict[bytes, Representation] = {}
        for path, body in contents.items():
            content_type, level = _TYPES[Path(path).suffix]
            tag = hashlib.sha256(body).hexdigest()[:16]
            self.files[path.encode()] = Representation(body, content_type, tag, level)
        here = b"/static/%s/" % self.version.encode("ascii")
        index = contents["index.html"].replace(b"/static/", here)
        if ground is not None:
            index = index.replace(_NO_GROUND, _told(ground))
        self.index = Representation(index, HTML, hashlib.sha256(index).hexdigest()[:16], _PACK)
        operators = contents.get("admin.html", b"").replace(b"/static/", here)
        self.admin = Representation(operators, HTML, hashlib.sha256(operators).hexdigest()[:16], _PACK)

    @classmethod
    def read(cls, folder: Path, ground: Ground | None = None) -> PageFiles:
        """Read every plain file of a kind we know; links and hidden files are passed over.

        :raises ConfigError: the folder has no ``index.html``: the installation is not whole.
        """
        contents = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.suffix in _TYPES
            and path.is_file()
            and not path.is_symlink()
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        }
        if "index.html" not in contents:
            raise ConfigError("The page's files are missing from this installation; install flighttap again.")
        return cls(contents, ground)


def _told(ground: Ground) -> bytes:
    """The element by which the page learns its ground."""
    said = msgspec.json.encode({"kind": ground.kind, "url": ground.url, "credit": ground.credit}).decode()
    return f'<meta name="ground" content="{escape(said)}">'.encode()


class StaticResource(Node):
    """``/static/<version>/<path>``: a look-up in the manifest and nothing else."""

    isLeaf = True

    def __init__(self, page: PageFiles) -> None:
        super().__init__()
        self._page = page

    def render_GET(self, request: Request) -> int:
        version, *path = request.postpath or [b""]
        file = self._page.files.get(b"/".join(path))
        if file is None or version != self._page.version.encode("ascii"):
            return refuse(request, 404, "not_found", "There is no such file.")
        return serve(request, file, _FOREVER)


class IndexResource(Node):
    """The page: the same bytes for every room.

    :param framed: the security headers of a page that is asked for with ``?embed``, to stand in a frame of somebody
        else's page: it has nothing that a deceived click could do.
    """

    def __init__(self, page: PageFiles, framed: Headers = ()) -> None:
        super().__init__()
        self._page = page
        self._framed = framed

    def render_GET(self, request: Request) -> int:
        if self._framed and _EMBED.search(request.uri):
            request.responseHeaders.removeHeader(b"x-frame-options")
            for header in self._framed:
                request.setHeader(*header)
        return serve(request, self._page.index, NO_CACHE)


class OperatorResource(Node):
    """The operator's page: the same bytes for everybody; what it shows it must ask for."""

    def __init__(self, page: PageFiles) -> None:
        super().__init__()
        self._page = page

    def render_GET(self, request: Request) -> int:
        return serve(request, self._page.admin, NO_CACHE)
