"""The tables in the docs are what the code has."""

from __future__ import annotations

import ast
import re

from twisted.internet.task import Clock

from benchmarks.__main__ import names as benchmark_names
from flighttap.aircraft.fields import FIELDS
from flighttap.errors import WireError
from flighttap.hub import Hub
from flighttap.rooms.policy import Limits
from flighttap.tap import Options
from flighttap.web.metrics import HubCollector
from tests.docs.support import (
    table_words,
)
from tests.needs import REPOSITORY


def test_the_table_of_options_is_the_options():
    options = Options()
    own = {name.rstrip("=") for name in options.longOpt} - {"help", "version"}
    assert {word.split()[0].removeprefix("--") for word in table_words("operating.md", "Options")} == own


def test_the_table_of_limits_is_the_limits():
    assert table_words("operating.md", "Limits") == set(Limits.NAMES)
    text = (REPOSITORY / "docs" / "operating.md").read_text()
    for names, values in re.findall(r"^\| (`[a-z_`, ]+`) \| ([0-9, .]+) \|", text, re.MULTILINE):
        told = [float(value) for value in values.split(",")]
        assert told == [getattr(Limits(), name) for name in re.findall(r"`(\w+)`", names)], names


def test_the_table_of_fields_is_the_fields():
    rows = re.findall(r"^\| `(\w+)` \| (\S*) ?\| [a-z/ ]+ \| (.*?) ?\|$", protocol_section("Fields"), re.MULTILINE)
    told = {name: (unit, set(re.findall(r"`(\w+)`", also))) for name, unit, also in rows}
    assert told == {field.wire: (field.unit, set(field.aliases) - {field.wire}) for field in FIELDS}


def test_the_table_of_error_codes_is_the_wire_errors():
    assert set(re.findall(r"^\| `(\w+)` \|", protocol_section("Errors"), re.MULTILINE)) == {
        error.code for error in WireError.__subclasses__()
    }


def test_the_table_of_metrics_is_the_metrics():
    clock = Clock()
    families = list(HubCollector(Hub(clock, Limits(), str, clock.seconds)).collect())
    suffix = {"counter": "_total"}
    text = (REPOSITORY / "docs" / "metrics.md").read_text()
    rows = re.findall(r"^\| `(flighttap_\w+)` \| (\w+) \| (.*?) ?\| .+ \|$", text, re.MULTILINE)
    told = [(name, kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows]
    assert told == [
        (family.name + suffix.get(family.type, ""), family.type, tuple(family._labelnames)) for family in families
    ]


def events_in_the_code() -> set[tuple[str, str]]:
    """The ``event_id`` and level of every call of a logger of ours; an empty id where it has none."""
    found = set()
    for module in (REPOSITORY / "flighttap").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_bytes(), str(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                logger = node.func.value
                name = logger.attr if isinstance(logger, ast.Attribute) else getattr(logger, "id", "")
                if name == "_log":
                    ids = [word.value.value for word in node.keywords if word.arg == "event_id"]  # type: ignore[attr-defined]
                    level = {"failure": "critical"}.get(node.func.attr, node.func.attr)
                    found.add((ids[0] if ids else f"{module.name}:{node.lineno}", level))
    return found


def test_the_table_of_events_is_what_the_code_logs():
    text = (REPOSITORY / "docs" / "logs.md").read_text()
    rows = re.findall(r"^\| `([a-z.]+)` \| ([a-z, ]+) \| .+ \|$", text, re.MULTILINE)
    assert len(set(rows)) == len(rows)
    assert {(event, level) for event, levels in rows for level in levels.split(", ")} == events_in_the_code()


def protocol_section(heading: str) -> str:
    text = (REPOSITORY / "docs" / "protocol.md").read_text()
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_tables_of_the_page_are_its_keys_and_the_names_in_its_addresses():
    scripts = REPOSITORY / "flighttap" / "web" / "static" / "js"
    pressed = re.findall(r"keys: \[(.*?)\]", (scripts / "ui" / "keys.js").read_text())
    keys = {key.upper() for keys in pressed for key in re.findall(r'"(.+?)"', keys)} - {"="}  # on one key with +
    assert {word.upper() for word in table_words("page.md", "Keys")} == {"ESC", *keys} - {"ESCAPE"}

    link = (scripts / "pure" / "link.js").read_text()
    read = {name.lower() for name in re.findall(r'^  \["(\w+)", "\w+"(?:, \[|\],$)', link, re.MULTILINE)}
    columns = link.partition("const COLUMN_NAMES")[2].partition("]);")[0]
    sources = link.partition("const SOURCES")[2].partition("]);")[0]
    read -= set(re.findall(r'\["(\w+)",', columns + sources))
    read |= set(re.findall(r'said\.(?:get|has)\("(\w+)"\)', link)) | {"key"}
    assert {word.lower() for word in table_words("page.md", "Addresses")} == read


def test_the_table_of_benchmarks_is_the_benchmarks():
    assert table_words("performance.md", "Run it again") - {"python -m benchmarks"} == set(benchmark_names()) - {
        "report"
    }
