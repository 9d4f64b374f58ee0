"""The one table of fields, and what is understood of members' objects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.aircraft.fields import BY_NAME, BY_WIRE, FIELDS, Field, understand
from flighttap.errors import BadField

IGNORED = ("type", "rssi", "messages")


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
        ({"track": 359.999}, {"track": 0.0}),
        ({"alt": 900.9, "baro_rate": -64.9}, {"alt_baro": 900, "baro_rate": -64}),
        ({"alt_baro": "ground", "alt": 5}, {"on_ground": True}),
        ({"flight": 5, "squawk": True, "baro_rate": "ground", "nav_modes": None}, {}),
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


@given(st.sampled_from(FIELDS), st.data())
def test_a_number_is_rounded_to_the_nearest_of_its_decimals(field: Field, data: st.DataObject) -> None:
    if field.kind is float and field.wire not in IGNORED:
        number = data.draw(st.floats(field.low, field.high))
        (value,) = understand({field.wire: number}).values()
        assert value == round(value, field.decimals), "it prints with so many decimals"
        assert abs((value - number + 180) % 360 - 180 if field.angle else value - number) <= 0.5001 / 10**field.decimals
        assert understand({field.wire: value}).popitem()[1] == value


@given(
    st.lists(
        st.sampled_from([name for field in FIELDS if field.low <= 1 for name in (field.wire, *field.aliases)] + ["p"])
    )
)
def test_what_is_understood_of_a_name_depends_on_no_other_object_seen_before(names: list[str]) -> None:
    said = dict.fromkeys(names, 1)
    known = {name: understand({name: 1}) for name in said}
    merged = {}
    for name, values in known.items():
        field = next((field for field in FIELDS if name in (field.wire, *field.aliases)), None)
        if field is not None and (name == field.wire or field.wire not in said):
            merged |= values
    assert understand(said) == merged
    assert understand(said | {f"x{number}": 0 for number in range(100)}) == merged
