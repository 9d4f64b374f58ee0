"""Whom a message is about."""

from __future__ import annotations

from typing import Any

import pytest

from flighttap.aircraft.identity import has_address, key_field, key_of, parse_key
from flighttap.errors import BadField


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"hex": "4CA7B5"}, "4ca7b5"),
        ({"icao": " 4ca7b5 ", "flight": "X"}, "4ca7b5"),
        ({"hex": " 4CA7B5" + " " * 20}, "4ca7b5"),
        ({"icao24": "~A1B2C3"}, "~a1b2c3"),
        ({"flight": " ryr12ab "}, "flight:RYR12AB"),
        ({"callsign": "klm1", "id": 7}, "flight:KLM1"),
        ({"id": 7}, "id:7"),
        ({"id": "Drone 7"}, "id:Drone 7"),
        ({"lat": 1}, None),
    ],
)
def test_the_first_name_present_decides(said: dict[str, Any], key: str | None) -> None:
    assert key_of(said) == key


@pytest.mark.parametrize(
    "said",
    [{"hex": "xyz"}, {"hex": 1}, {"hex": "4ca7b50"}, {"hex": "4ca7b" + "0" * 20}, {"hex": None, "flight": "A"},
     {"flight": ""}, {"flight": 5}, {"flight": "A" * 17}, {"id": True}, {"id": 1.5}, {"id": ""}, {"id": []},
     {"id": 10**70}],
)  # fmt: skip
def test_a_malformed_name_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(BadField):
        key_of(said)


@pytest.mark.parametrize("text", ["4ca7b5", "~a1b2c3", "flight:KLM1", "id:x y"])
def test_keys_are_read_as_they_are_written(text: str) -> None:
    assert parse_key(text) == text
    assert key_field(text) == ("hex" if has_address(text) else "key")


@pytest.mark.parametrize("text", ["", "klm1", 7, None, "flight:", "id:"])
def test_what_is_no_key_is_refused(text: object) -> None:
    with pytest.raises(BadField):
        parse_key(text)
