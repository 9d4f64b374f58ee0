"""What lies under the aircraft where an operator wants more than the map that comes with the page.

One source, told apart by its form: a tile address with ``{z}``, ``{x}`` and ``{y}``, a PMTiles archive as a file or an
address that ends in ``.pmtiles``, or else the address of a MapLibre style. Browsers may then ask exactly the origins
that the source names, and nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flighttap.errors import ConfigError

__all__ = ["ARCHIVE", "Ground", "read_ground"]

ARCHIVE = "/map.pmtiles"
"""Where a PMTiles file of ours is served."""

_HEADER = b"PMTiles\x03"
"""The first bytes of an archive (PMTiles specification, version 3, section 3)."""

_PLACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Ground:
    """One source of maps.

    :param kind: ``tiles``, ``style`` or ``pmtiles``.
    :param url: for the browser, absolute or a path of ours.
    :param credit: who made it, as text for the map's foot.
    :param origins: ``scheme://host`` or ``scheme://host:port`` each, which browsers may ask.
    :param file: the archive that we serve.
    """

    kind: str
    url: str
    credit: str = ""
    origins: tuple[str, ...] = ()
    file: Path | None = None


def read_ground(source: str, credit: str | None = None, origins: Iterable[str] = ()) -> Ground:
    """Tell what a source is.

    :param credit: the host's name where nothing is said.
    :param origins: further ones that a style's own tiles, fonts and pictures come from.
    :raises ConfigError: it is none, or its file is no archive; the text is one sentence.
    """
    if not re.match(r"[a-z]+://", source, re.IGNORECASE):
        return Ground("pmtiles", ARCHIVE, credit or "", file=_archive(source))
    own = _origin(source)
    allowed = tuple(dict.fromkeys([own, *(_origin(origin, whole=True) for origin in origins)]))
    credit = urlsplit(source).hostname or "" if credit is None else credit
    names = _PLACES.findall(source)
    if names:
        if sorted(names) != ["x", "y", "z"]:
            raise ConfigError(
                f"The map {source!r} must name {{z}}, {{x}} and {{y}} in braces, once each, and nothing else."
            )
        return Ground("tiles", source, credit, allowed)
    kind = "pmtiles" if urlsplit(source).path.endswith(".pmtiles") else "style"
    return Ground(kind, source, credit, allowed)


def _origin(url: str, whole: bool = False) -> str:
    """The origin of an address, as a Content-Security-Policy names it.

    :param whole: the address must be an origin and nothing more.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]*:[0-9a-f:]+", host):
        raise ConfigError(f"The map {url!r} must be a file or an address that begins with https:// or http://.")
    if "@" in parts.netloc or re.search(r"[\x00-\x20\x7f-\uffff]", url):
        raise ConfigError(f"The map {url!r} must hold no spaces, user names or characters outside ASCII.")
    if whole and (parts.path not in ("", "/") or parts.query or parts.fragment):
        raise ConfigError(f"The map's origin {url!r} must end with its host or port, as in https://fonts.example.org.")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")


def _archive(text: str) -> Path:
    path = Path(text).absolute()
    try:
        with path.open("rb") as file:
            start = file.read(len(_HEADER))
    except OSError as error:
        raise ConfigError(f"The map {text} cannot be read: {error.strerror}.") from None
    if start != _HEADER:
        raise ConfigError(f"The map {text} is no PMTiles archive of version 3.")
    return path
