"""The one table of fields, and what is understood of members' objects."""

from __future__ import annotations

from typing import Any

import pytest

from flighttap.aircraft.fields import BY_NAME, BY_WIRE, FIELDS, understand
from flighttap.errors import BadField


def test_names_wire_names_ids_and_aliases_are_each_used_once() -> None:
    assert len(BY_NAME) == len(BY_WIRE) == len(FIELDS) == len({field.wire_id for field in FIELDS})
    spoken = [name for field in FIELDS for name in (field.wire, *field.aliases)]
    assert len(spoken) == len(set(spoken))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.wire)
def test_a_field_has_the_range_that_its_kind_needs(field: Any) -> None:
    if field.kind in (int, float):
        assert field.low < field.high
        assert field.unit or field.decimals >= 0
    elif field.kind in (str, list):
        assert field.high > 0


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ({"altitude": 900, "speed": 100.04, "heading": -0.0}, {"alt_baro": 900, "gs": 100.0, "track": 0.0}),
        ({"alt": 1, "alt_baro": 2}, {"alt_baro": 2}),
        ({"alt_baro": "ground"}, {"on_ground": True}),
        ({"track": 360}, {"track": 0.0}),
        ({"lat": 52.123456789}, {"lat": 52.1234568}),
        ({"alt": "high", "gs": None, "lat": True, "on_ground": 1, "nav_modes": "x"}, {}),
        ({"colour": "red", "type": "adsb_icao", "messages": 5}, {}),
        ({"flight": " KLM1 ", "nav_modes": ["vnav"]}, {"callsign": "KLM1", "nav_modes": ["vnav"]}),
    ],
)
def test_known_names_of_the_right_type_are_understood(said: dict[str, Any], values: dict[str, Any]) -> None:
    assert understand(said) == values


@pytest.mark.parametrize(
    "said",
    [{"lat": 91}, {"lon": -180.1}, {"alt": 10**30}, {"gs": -1}, {"squawk": "12345"}, {"nav_modes": ["x"] * 9},
     {"nav_modes": [1]}, {"r": "x" * 17}],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_with_its_name(said: dict[str, Any]) -> None:
    (name,) = said
    with pytest.raises(BadField, match=name):
        understand(said)
