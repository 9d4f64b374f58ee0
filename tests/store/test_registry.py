"""The register of aircraft: files of three kinds in, texts by address out, and nothing lost when it goes wrong."""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from flighttap.errors import ConfigError
from flighttap.store.registry import Imported, Registry, import_file
from tests.daemon import running

TAR1090 = (
    "4CA7B5;EI-DEF;B738;00;BOEING 737-800;2010;Ryanair;\n"
    "a835af;N628TS;GLF6;00;GULFSTREAM\t G650\x07;2015;;\n"
    "3c6444;;;00;;;\n"
    "not an address;X;Y;00;Z;;\n"
    "4ca7;X;Y;00;Z;;\n"
    "\n"
)
OPENSKY = (
    '"icao24","registration","manufacturericao","manufacturername","model","typecode","operator","owner"\n'
    '"484b57","PH-BXA","BOEING","Boeing","737-8K2, ""Zwaan""","B738","KLM","De Staat"\n'
    '"4ca7b5","EI-NEW","","","","","",""\n'
    '"","","","","","","",""\n'
)
OPENSKY_SINGLE = (
    "'icao24','timestamp','manufacturerName','model','operator','owner','registration','typecode'\n"
    "'484b57','2017-09-15','Boeing','737-8K2','','KLM','PH-BXA','B738'\n"
)


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return tmp_path / "somewhere" / "aircraft.sqlite"


def given(folder: Path, text: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def known(registry: Path, address: int) -> dict[str, str]:
    book = Registry(registry)
    try:
        return book.look_up(address)
    finally:
        book.close()


@pytest.mark.parametrize("packed", [False, True])
def test_tar1090s_file_is_understood_plain_and_gzipped(tmp_path: Path, registry: Path, packed: bool):
    source = given(tmp_path, gzip.compress(TAR1090.encode()) if packed else TAR1090)
    assert import_file(source, registry) == Imported(taken=3, skipped=3, known=3)
    assert known(registry, 0x4CA7B5) == {
        "registration": "EI-DEF", "type_code": "B738", "description": "BOEING 737-800", "operator": "Ryanair",
    }  # fmt: skip
    assert known(registry, 0xA835AF)["description"] == "GULFSTREAM G650"
    assert known(registry, 0x3C6444) == {}
    assert known(registry, 0x000001) == {}


@pytest.mark.parametrize(("text", "model"), [(OPENSKY, 'Boeing 737-8K2, "Zwaan"'), (OPENSKY_SINGLE, "Boeing 737-8K2")])
def test_openskys_files_of_both_kinds_are_understood(tmp_path: Path, registry: Path, text: str, model: str):
    import_file(given(tmp_path, text), registry)
    assert known(registry, 0x484B57) == {
        "registration": "PH-BXA", "type_code": "B738", "description": model, "operator": "KLM",
    }  # fmt: skip


def test_basestation_is_understood(tmp_path: Path, registry: Path):
    source = tmp_path / "BaseStation.sqb"
    with sqlite3.connect(source) as book:
        book.execute("CREATE TABLE Aircraft (AircraftID INTEGER PRIMARY KEY, ModeS, Registration, ICAOTypeCode, "
                     "Manufacturer, Type, RegisteredOwners)")  # fmt: skip
        book.execute("INSERT INTO Aircraft VALUES (1, '3C6444', 'D-AIBD', 'A319', 'Airbus', 'A319-112', 'Lufthansa')")
        book.execute("INSERT INTO Aircraft VALUES (2, NULL, 'D-AIBE', 'A319', NULL, NULL, NULL)")
    book.close()
    assert import_file(source, registry) == Imported(taken=1, skipped=1, known=1)
    assert known(registry, 0x3C6444) == {
        "registration": "D-AIBD", "type_code": "A319", "description": "Airbus A319-112", "operator": "Lufthansa",
    }  # fmt: skip


def test_a_later_import_wins_where_it_says_something(tmp_path: Path, registry: Path):
    import_file(given(tmp_path, TAR1090), registry)
    assert import_file(given(tmp_path, OPENSKY), registry).known == 4
    assert known(registry, 0x4CA7B5) == {
        "registration": "EI-NEW", "type_code": "B738", "description": "BOEING 737-800", "operator": "Ryanair",
    }  # fmt: skip


def test_texts_that_no_field_may_hold_are_cut_and_cleaned(tmp_path: Path, registry: Path):
    import_file(given(tmp_path, f"4ca7b5;{'R' * 99};<b>;00;{'d' * 99}\u202e;;\u0000 o\u2028p ;\n"), registry)
    assert known(registry, 0x4CA7B5) == {
        "registration": "R" * 16, "type_code": "<b>", "description": "d" * 64, "operator": "o p",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is none of the files that can be imported"),
        ("hex,reg\n4ca7b5,EI-DEF\n", "is none of the files that can be imported"),
        ("zzzzzz;;;;;;;\n", "holds no aircraft."),
        (gzip.compress(TAR1090.encode())[:40], "cannot be imported into"),
        (b"SQLite format 3\0 but not really", "cannot be imported into"),
    ],
)
def test_a_file_that_is_none_is_refused_and_the_register_stays(tmp_path: Path, registry: Path, text, sentence):
    import_file(given(tmp_path, TAR1090, "good"), registry)
    before = registry.read_bytes()
    with pytest.raises(ConfigError) as caught:
        import_file(given(tmp_path, text), registry)
    assert sentence in str(caught.value)
    assert registry.read_bytes() == before
    assert [path.name for path in registry.parent.iterdir()] == [registry.name]


def test_a_full_disk_leaves_the_register_as_it_was(tmp_path: Path, registry: Path, monkeypatch: pytest.MonkeyPatch):
    import_file(given(tmp_path, TAR1090, "good"), registry)
    before = registry.read_bytes()
    connect = sqlite3.connect

    def small(path, **more):
        book = connect(path, **more)
        book.execute("PRAGMA max_page_count = 8")
        return book

    monkeypatch.setattr(sqlite3, "connect", small)
    many = "".join(f"{address:06x};{'R' * 16};B738;00;{'d' * 64};;{'o' * 64};\n" for address in range(1, 3000))
    with pytest.raises(ConfigError, match="database or disk is full"):
        import_file(given(tmp_path, many), registry)
    assert registry.read_bytes() == before
    assert [path.name for path in registry.parent.iterdir()] == [registry.name]


def test_a_file_that_is_no_register_is_refused(tmp_path: Path):
    for path in (tmp_path / "missing", given(tmp_path, "text"), tmp_path):
        with pytest.raises(ConfigError, match="is no register of aircraft"):
            Registry(path)


@pytest.mark.slow
def test_what_was_imported_is_told_of_flights_until_somebody_says_otherwise(tmp_path: Path):
    registry = tmp_path / "aircraft.sqlite"
    command = [sys.executable, "-m", "flighttap", "aircraft", "import", f"--to={registry}", given(tmp_path, TAR1090)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"Imported 3 aircraft of {tmp_path / 'file'}; {registry} has 3 now. "
        "3 lines without an address were passed over.\n"
    )
    with running("--no-demo", f"--aircraft={registry}", cwd=tmp_path) as server:
        flights = [{"hex": "4ca7b5", "lat": 52.0, "lon": 4.0}, {"hex": "a835af", "r": "SAID", "country": "XX"}]
        url = f"{server.http}/api/v1/rooms/x/aircraft"
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(flights).encode(), headers), timeout=10).close()
        listed = server.get("/api/v1/rooms/x/aircraft")["aircraft"]
        one, other = sorted(listed, key=lambda record: record["hex"])
        assert (one["r"], one["t"], one["ownOp"], one["country"]) == ("EI-DEF", "B738", "Ryanair", "IE")
        assert (other["r"], other["t"], other["country"]) == ("SAID", "GLF6", "US")
