"""The filter language: the vectors that the page's twin passes too, and what holds of every filter."""

from __future__ import annotations

import json
import re
import string
import subprocess
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flighttap.aircraft.fields import BY_WIRE, FIELDS
from flighttap.aircraft.observation import SOURCES
from flighttap.aircraft.state import Aircraft, Cell
from flighttap.errors import BadField, QueryError
from flighttap.rooms.query import Query, parse
from flighttap.rooms.query_words import COLUMNS, FLAGS, MILITARY, nearest
from tests.needs import REPOSITORY, need_node

VECTORS: list[dict[str, Any]] = json.loads((REPOSITORY / "tests" / "data" / "query_vectors.json").read_text())
GOOD = [vector for vector in VECTORS if vector["error"] is None]
WRONG = [vector for vector in VECTORS if vector["error"] is not None]
DOCS = (REPOSITORY / "docs" / "query.md").read_text()


def aircraft_of(record: dict[str, Any]) -> Aircraft:
    """An aircraft of which a room knows what the record says; values of another type are not understood."""
    aircraft = Aircraft(record.get("hex") or record["key"], 1, 0.0)
    for wire, value in record.items():
        field = BY_WIRE.get(wire)
        if field is None:
            continue
        kinds = (int, float) if field.kind in (int, float) else (field.kind,)
        if value is None or type(value) in kinds:
            aircraft.cells[field.name] = Cell(field.name, value, 0, 0.0, 1)
    return aircraft


# ---- the vectors


def test_filters_of_the_vectors_read_look_and_pick_as_they_say() -> None:
    for vector in GOOD:
        query = parse(vector["query"])
        assert str(query) == vector["normal"]
        for each in (query, parse(query.normal)):
            for case in vector["cases"]:
                told = (each.normal, case["record"])
                assert each.matches_record(case["record"]) is case["match"], told
                assert each.matches(aircraft_of(case["record"])) is case["match"], told
        if "fields" in vector:
            assert sorted(FIELD_WIRES[name] for name in query.fields) == vector["fields"], query.normal


def test_wrong_filters_of_the_vectors_are_refused_as_they_say() -> None:
    for vector in WRONG:
        with pytest.raises(QueryError) as caught:
            parse(vector["query"])
        error = caught.value
        assert {"at": error.at, "message": str(error), "expected": error.expected} == vector["error"]


FIELD_WIRES = {field.name: field.wire for field in FIELDS}


def test_the_vectors_use_every_word_of_the_language_so_that_the_twin_has_them_too() -> None:
    said = {vector["query"].lower() for vector in GOOD}
    asked = {match for query in said for match in re.findall(r"(\w+) *(?:=|!=|<|>)", query)}
    assert set(COLUMNS) <= asked
    assert set(FLAGS) <= said
    assert {f"source={source}" for source in SOURCES} <= said
    for name in ("emergency", "nav_modes"):
        assert {f"{name}={word}" for word in COLUMNS[name].words} <= said
    (military,) = (vector for vector in GOOD if vector["query"] == "military")
    inside = {case["record"].get("hex") for case in military["cases"] if case["match"]}
    assert {end for block in MILITARY for end in block.split("..")} <= inside


def test_every_field_can_be_asked_for_by_its_wire_name_and_its_aliases() -> None:
    for field in FIELDS:
        names = {"source"} if field.name == "source" else {field.wire.lower(), *field.aliases}
        for name in names:
            assert field in COLUMNS[name].fields, name
    assert COLUMNS["type"].fields == (BY_WIRE["t"],)


# ---- the query as a value


def test_the_same_filter_however_it_is_written_has_one_id() -> None:
    ways = ["alt<10000 call=klm*,BAW2", "  ALT < 010000.0\n(Flight = KLM* , baw2)", "alt<10000 and flight=KLM**,BAW2"]
    first, *others = map(parse, ways)
    for other in others:
        assert other == first
        assert other.id == first.id
        assert hash(other) == hash(first)
    assert re.fullmatch(r"[0-9a-f]{16}", first.id)
    assert first.id == parse(first.normal).id != parse("alt<10001 flight=KLM*,BAW2").id
    assert parse("").id != first.id


def test_ids_stay_what_they_are_from_one_run_to_the_next() -> None:
    assert parse("alt<10000 gs>300").id == "86be757d2373fc6e"


def test_a_query_looks_at_nothing_but_its_fields() -> None:
    """What is not among them, or is cleared, cannot change the answer: a lane relies on it."""
    for vector in GOOD:
        query = parse(vector["query"])
        for case in vector["cases"]:
            aircraft = aircraft_of(case["record"])
            aircraft.cells = {name: cell for name, cell in aircraft.cells.items() if name in query.fields}
            aircraft.cells["spi"] = aircraft.cells.get("spi") or Cell("spi", None, 0, 0.0, 1)
            assert query.matches(aircraft) is case["match"], (query.normal, case["record"])


def test_an_error_is_the_peers_and_says_where() -> None:
    with pytest.raises(QueryError, match=r"^Column 5: ") as caught:
        parse("alt<x")
    assert isinstance(caught.value, BadField)
    assert (caught.value.code, caught.value.at) == ("bad_field", 4)


def test_suggestions_are_near() -> None:
    assert nearest("flihgt", COLUMNS) == "flight"
    assert nearest("altitud", COLUMNS) == "altitude"
    assert nearest("x", COLUMNS) is None
    assert nearest("q" * 25, COLUMNS) is None


def test_a_pattern_with_many_stars_does_not_take_long() -> None:
    """It would take longer than the universe if stars were tried in every combination."""
    assert parse(f"desc={'*a' * 200}*b").matches_record({"desc": "a" * 64}) is False
    assert parse("key=" + "*a?" * 150).matches_record({"key": "a" * 67}) is False


# ---- whatever it is fed

WORDS = [
    *(
        *COLUMNS,
        *FLAGS,
        "and",
        "or",
        "not",
        "within",
        "of",
        "30nm",
        "52.3",
        "1",
        "-2.5",
        "4ca7b5",
        "KLM*",
        "true",
        "mlat",
    ),
    *(
        ",",
        "(",
        ")",
        "=",
        "!=",
        "<",
        ">=",
        "..",
        "*",
        "?",
        '"',
        "\\",
        " ",
        " ",
        "ß",
        "\U0001f6e9",
        "\ud800",
        "\xa0",
        "\0",
    ),
]
SOUP = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3)), max_size=40).map("".join)
SPACED = st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)


def understood(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.text(alphabet=st.characters(), max_size=60), SOUP, SPACED))
def test_any_text_is_a_query_or_an_error_that_names_a_place_in_it(text: str) -> None:
    query = understood(text)
    if isinstance(query, QueryError):
        assert 0 <= query.at <= len(text)
        assert str(query).startswith(f"Column {query.at + 1}: ")
        assert str(query).endswith((".", "?"))
        assert len(str(query)) < 200
        assert set(str(query)) <= set(string.printable)
    else:
        assert parse(query.normal) == query
        assert query.matches_record({"hex": "4ca7b5"}) is query.matches(Aircraft("4ca7b5", 1, 0.0))


# ---- against a naive evaluator

Record = dict[str, Any]
Naive = Callable[[Record], bool]
Case = tuple[str, Naive]


def known(record: Record, *wires: str) -> Any:
    return next((record[wire] for wire in wires if record.get(wire) is not None), None)


NUMBERS = {"alt": ("alt_baro", "alt_geom"), "gs": ("gs",), "vs": ("baro_rate", "geom_rate"), "lat": ("lat",)}
TEXTS = {"flight": "flight", "call": "flight", "type": "t", "reg": "r", "squawk": "squawk"}
ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
FIGURES = st.integers(-3, 3)
LETTERS = st.text(alphabet='AbC-"\\ ', max_size=4)
PATTERNS = st.lists(st.sampled_from(["A", "b", "C", "-", " ", '"', "\\", "*", "*", "?"]), min_size=1, max_size=6)


@st.composite
def number_terms(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from(sorted(NUMBERS)))
    op = draw(st.sampled_from(sorted(ORDERS)))
    bound = draw(FIGURES)
    wires, order = NUMBERS[name], ORDERS[op]
    return f"{name}{op}{bound}", lambda record: (value := known(record, *wires)) is not None and order(value, bound)


@st.composite
def range_terms(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from(sorted(NUMBERS)))
    pairs = [sorted(pair) for pair in draw(st.lists(st.tuples(FIGURES, FIGURES), min_size=1, max_size=3))]
    inside = draw(st.booleans())
    text = ",".join(f"{low}..{high}" for low, high in pairs)
    wires = NUMBERS[name]

    def naive(record: Record) -> bool:
        value = known(record, *wires)
        return value is not None and any(low <= value <= high for low, high in pairs) is inside

    return f"{name}{'=' if inside else '!='}{text}", naive


def like(text: str, pattern: list[str]) -> bool:
    """Wildcards by trying everything."""
    if not pattern:
        return not text
    head, *rest = pattern
    if head == "*":
        return any(like(text[cut:], rest) for cut in range(len(text) + 1))
    return bool(text) and head in ("?", text[0]) and like(text[1:], rest)


@st.composite
def text_terms(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from(sorted(TEXTS)))
    patterns = draw(st.lists(PATTERNS, min_size=1, max_size=3))
    inside = draw(st.booleans())
    quoted = {'"': '"\\""', "\\": '"\\\\"', " ": '" "'}
    text = ",".join("".join(quoted.get(piece, piece) for piece in pattern) for pattern in patterns)
    wire = TEXTS[name]

    def naive(record: Record) -> bool:
        value = known(record, wire)
        capitals = [[piece.upper() for piece in pattern] for pattern in patterns]
        return value is not None and any(like(value.upper(), pattern) for pattern in capitals) is inside

    return f"{name}{'=' if inside else '!='}{text}", naive


def climbs(record: Record) -> bool:
    rate = known(record, "baro_rate", "geom_rate")
    return rate is not None and rate >= 250 and record.get("on_ground") is not True


FLAG_TERMS: list[Case] = [
    ("ground", lambda record: record.get("on_ground") is True),
    ("member", lambda record: record.get("type") == "member"),
    ("climbing", climbs),
    ("on_ground=false", lambda record: record.get("on_ground") is False),
    ("source=adsb", lambda record: (record.get("type") or "").startswith("adsb_")),
    ("gs=*", lambda record: record.get("gs") is not None),
]
TERMS = st.one_of(number_terms(), range_terms(), text_terms(), st.sampled_from(FLAG_TERMS))


def joined(parts: list[Case], word: str, combine: Callable[[Iterator[bool]], bool]) -> Case:
    text = word.join(f"({part})" if " " in part else part for part, _ in parts)
    return text, lambda record: combine(naive(record) for _, naive in parts)


def inverted(part: Case) -> Case:
    text, naive = part
    return f"not ({text})", lambda record: not naive(record)


CASES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(parts, " ", all)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(parts, " or ", any)),
        inner.map(inverted),
    ),
    max_leaves=8,
)
RECORDS = st.fixed_dictionaries(
    {"hex": st.just("4ca7b5")},
    optional={
        **dict.fromkeys(("alt_baro", "alt_geom", "gs", "lat"), st.one_of(st.none(), FIGURES)),
        **dict.fromkeys(("baro_rate", "geom_rate"), st.sampled_from([None, -1, 0, 2, 250, -250])),
        **dict.fromkeys(("flight", "t", "r", "squawk"), st.one_of(st.none(), LETTERS)),
        "on_ground": st.sampled_from([None, True, False]),
        "type": st.sampled_from([None, "member", "mlat", "adsb_icao"]),
    },
)


@settings(max_examples=200, deadline=None)
@given(CASES, st.lists(RECORDS, min_size=1, max_size=6))
def test_what_passes_is_what_a_naive_reading_lets_pass(case: Case, records: list[Record]) -> None:
    text, naive = case
    assume(len(text) <= 500)
    query = parse(text)
    again = parse(query.normal)
    for record in records:
        for each in (query, again):
            assert each.matches_record(record) is naive(record), (text, each.normal)
            assert each.matches(aircraft_of(record)) is naive(record), (text, each.normal)


# ---- against the page's twin

TWIN = """
import { parse } from "./flighttap/web/static/js/pure/query.js";
let input = "";
for await (const piece of process.stdin) input += piece;
const { texts, records } = JSON.parse(input);
console.log(JSON.stringify(texts.map((text) => {
  try {
    const filter = parse(text);
    return [filter.normal, [...filter.fields].sort(), records.map((record) => filter.matches(record))];
  } catch (error) {
    return [error.name, error.message, error.at, error.expected];
  }
})));
"""


def test_the_twin_in_the_page_says_the_same_of_filters_put_together_at_random() -> None:
    """Seeded, so that it is the same every time; terms are often whole so that some filters are right."""
    node = need_node()
    dice = Random(20)
    whole = [vector["query"] for vector in GOOD if len(vector["query"]) < 40]
    broken = [word for word in WORDS if word not in ("\ud800", "\0")]
    texts = [
        dice.choice(("", " ")).join(dice.choice(dice.choice((broken, whole, whole))) for _ in range(dice.randint(1, 6)))
        for _ in range(3000)
    ]
    records = [case["record"] for vector in dice.sample(GOOD, 12) for case in vector["cases"][:2]]
    expected: list[list[Any]] = []
    for text in texts:
        query = understood(text)
        if isinstance(query, QueryError):
            expected.append(["QueryError", str(query), query.at, query.expected])
        else:
            fields = sorted(FIELD_WIRES[name] for name in query.fields)
            expected.append([query.normal, fields, [query.matches_record(record) for record in records]])
    done = subprocess.run(
        [node, "--input-type=module", "-e", TWIN],
        input=json.dumps({"texts": texts, "records": records}),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for text, mine, twins in zip(texts, expected, json.loads(done.stdout), strict=True):
        assert mine == twins, text
    right = sum(len(each) == 3 for each in expected)
    assert 500 < right < 2500, "both kinds are tried"


# ---- the page for users


def rows(heading: str) -> list[list[str]]:
    section = DOCS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert table, heading
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in table]


def backquoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_every_filter_in_the_docs_is_one() -> None:
    for heading in ("Examples", "Comparisons", "Flags", "Circles"):
        for row in rows(heading):
            for text in backquoted(row[0]):
                assert isinstance(parse(text), Query)


def test_the_table_of_flags_is_the_flags() -> None:
    told = {backquoted(row[0])[0]: backquoted(row[1]) for row in rows("Flags")}
    assert set(told) == set(FLAGS)
    for name, means in told.items():
        if name != "military":
            assert means == [FLAGS[name]]
    assert set(re.findall(r"[0-9a-f]{6}\.\.[0-9a-f]{6}", DOCS)) >= set(MILITARY)


def test_the_table_of_names_is_the_names() -> None:
    told = {name: set(backquoted(row[0])) - {name} for row in rows("Names") for name in backquoted(row[0])[:1]}
    names: dict[str, set[str]] = {}
    for spoken, column in COLUMNS.items():
        names.setdefault(column.name, set()).add(spoken)
    assert told == {name: spoken - {name} for name, spoken in names.items()}


def test_the_error_in_the_docs_is_the_error() -> None:
    (shown,) = re.findall(r"^```json\n(.*?)\n```$", DOCS, re.MULTILINE | re.DOTALL)
    error = json.loads(shown)["error"]
    with pytest.raises(QueryError) as caught:
        parse("gs>300 altt<10000")
    assert (error["code"], error["message"]) == (caught.value.code, str(caught.value))
