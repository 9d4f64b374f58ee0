"""The register of aircraft: registration, type and operator by 24-bit address, in one SQLite file.

Nothing comes with flighttap: an operator imports what he may use, from one of three kinds of file, and what is imported
later wins over what was there. The server only reads.
"""

from __future__ import annotations

import csv
import gzip
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flighttap.aircraft.fields import BY_NAME
from flighttap.errors import ConfigError

__all__ = ["NAMES", "Imported", "Registry", "import_file"]

NAMES = ("registration", "type_code", "description", "operator")
"""The fields of an aircraft that the register knows, as :mod:`flighttap.aircraft.fields` calls them."""

_TABLE = "CREATE TABLE aircraft (address INTEGER PRIMARY KEY, {})".format(", ".join(f"{name} TEXT" for name in NAMES))
_FIND = f"SELECT {', '.join(NAMES)} FROM aircraft WHERE address = ?"  # noqa: S608 - our own names # nosec B608
_PUT = (
    f"INSERT INTO aircraft VALUES (?, {', '.join('?' * len(NAMES))}) ON CONFLICT (address) DO UPDATE SET "  # noqa: S608 - as above # nosec B608
    + ", ".join(f"{name} = coalesce(excluded.{name}, {name})" for name in NAMES)
)
_SQLITE = b"SQLite format 3\0"
_GZIP = b"\x1f\x8b"

Row = tuple[int, str | None, str | None, str | None, str | None]


class Registry:
    """Looks aircraft up.

    :param path: a file that :func:`import_file` made.
    :raises ConfigError: there is no such file, or it is not one of ours.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            self._file.execute(_FIND, (0,))
        except sqlite3.Error as error:
            raise ConfigError(
                f"{path} is no register of aircraft ({error}): make one with python -m flighttap aircraft import FILE."
            ) from None

    def look_up(self, address: int) -> dict[str, Any]:
        """What is known of an address, field name to text; empty where nothing is."""
        row = self._file.execute(_FIND, (address,)).fetchone()
        return {} if row is None else {name: value for name, value in zip(NAMES, row, strict=True) if value}

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file.

    :param taken: aircraft taken over.
    :param skipped: lines or rows without a 24-bit address.
    :param known: aircraft in the register now.
    """

    taken: int
    skipped: int
    known: int


def import_file(source: Path, registry: Path) -> Imported:
    """Add a file to a register, which is made where it is not there and is replaced in one step at the end.

    Understood are tar1090-db's ``aircraft.csv`` and OpenSky's ``aircraft-database*.csv``, both gzipped or not, and
    Kinetic's ``BaseStation.sqb``; which it is shows in its first bytes.

    :raises ConfigError: the file cannot be read, is none of these or holds no aircraft, or the register cannot be
        written; one sentence. The register is then as it was.
    """
    unfinished = registry.with_name(registry.name + ".new")
    try:
        registry.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as new:
            new.execute("PRAGMA journal_mode = OFF")
            _begin(new, registry)
            imported = _fill(new, source)
        unfinished.replace(registry)
    except (OSError, EOFError, sqlite3.Error) as error:
        raise ConfigError(f"{source} cannot be imported into {registry}: {_why(error)}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return imported


def _begin(new: sqlite3.Connection, registry: Path) -> None:
    """Start from what the register holds already."""
    if registry.exists():
        Registry(registry).close()
        with closing(sqlite3.connect(f"{registry.resolve().as_uri()}?mode=ro", uri=True)) as old:
            old.backup(new)
    else:
        new.execute(_TABLE)


def _fill(new: sqlite3.Connection, source: Path) -> Imported:
    taken = skipped = 0
    with new:
        for said in _read(source):
            row = _row(said)
            if row is None:
                skipped += 1
            else:
                new.execute(_PUT, row)
                taken += 1
    if not taken:
        raise ConfigError(f"{source} holds no aircraft.")
    (known,) = new.execute("SELECT count(*) FROM aircraft").fetchone()
    return Imported(taken, skipped, known)


def _read(source: Path) -> Iterable[Mapping[str, Any]]:
    """Rows of a file, each by the names ``address`` and :data:`NAMES`."""
    with source.open("rb") as opened:
        begin = opened.read(len(_SQLITE))
    if begin == _SQLITE:
        return _basestation(source)
    return _table(source, gzip.open if begin.startswith(_GZIP) else open)


def _table(source: Path, opener: Callable[..., Any]) -> Iterator[Mapping[str, Any]]:
    with opener(source, "rt", encoding="utf-8", errors="replace", newline="") as text:
        first = text.readline().lstrip("\ufeff")
        names = next(csv.reader([first.replace("'", '"')]), [])
        if "icao24" in names:
            yield from _opensky(text, names, "'" if first.startswith("'") else '"')
        elif first.count(";") >= 6:
            yield from _semicolons([first])
            yield from _semicolons(text)
        else:
            raise ConfigError(
                f"{source} is none of the files that can be imported: tar1090-db's aircraft.csv, OpenSky's "
                "aircraft-database csv, BaseStation.sqb."
            )


def _semicolons(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """tar1090-db: address, registration, type, flags, description, year, operator."""
    for line in lines:
        cells = [*line.rstrip("\r\n").split(";"), "", "", "", "", "", ""]
        yield dict(
            zip(("address", "registration", "type_code", "", "description", "", "operator"), cells, strict=False)
        )


def _opensky(lines: Iterable[str], names: list[str], quote: str) -> Iterator[Mapping[str, Any]]:
    """OpenSky's metadata, whose columns have changed over the years but for their names."""
    for row in csv.DictReader(lines, names, quotechar=quote, restval="", strict=False):
        maker = row.get("manufacturerName", row.get("manufacturername"))
        yield {
            "address": row["icao24"],
            "registration": row.get("registration"),
            "type_code": row.get("typecode"),
            "description": " ".join(filter(None, (maker, row.get("model")))),
            "operator": row.get("operator") or row.get("owner"),
        }


def _basestation(source: Path) -> Iterator[Mapping[str, Any]]:
    columns = "ModeS, Registration, ICAOTypeCode, Manufacturer, Type, RegisteredOwners"
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as book:
        book.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for address, registration, type_code, maker, model, owner in book.execute(f"SELECT {columns} FROM Aircraft"):  # noqa: S608 - named here # nosec B608
            yield {
                "address": address,
                "registration": registration,
                "type_code": type_code,
                "description": " ".join(str(word) for word in (maker, model) if word),
                "operator": owner,
            }


def _row(said: Mapping[str, Any]) -> Row | None:
    """The row of a table for what a file says; ``None`` where it names no address."""
    text = str(said["address"] or "").strip().strip("\"'")
    try:
        address = int(text, 16) if len(text) == 6 else 0
    except ValueError:
        return None
    if not 0 < address <= 0xFFFFFF:
        return None
    return address, *(_clean(said.get(name), int(BY_NAME[name].high)) for name in NAMES)  # type: ignore[return-value]


def _clean(value: object, longest: int) -> str | None:
    """A text as it may be shown: printable, single-spaced, no longer than its field; ``None`` for none."""
    words = "".join(letter if letter.isprintable() else " " for letter in str(value or "")).split()
    return " ".join(words)[:longest].strip() or None


def _why(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).rstrip(".")
