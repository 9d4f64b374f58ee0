"""What an address says by itself, against an independent decoder's tables."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from flighttap.aircraft.origin import BLOCKS, country_of, of_address, registration_of

rs1090 = pytest.importorskip("rs1090", reason="rs1090 is not here: pip install -e '.[test]'")

NAMES = {"BY": "Belarus", "DE": "Germany", "IE": "Ireland", "LV": "Latvia", "NZ": "New Zealand", "US": "United States"}


def test_blocks_do_not_overlap_and_each_state_has_one():
    assert all(one[1] < other[0] for one, other in pairwise(BLOCKS))
    assert len({country for _, _, country in BLOCKS}) == len(BLOCKS) == 188


@pytest.mark.parametrize(
    ("address", "country"),
    [
        (0x4CA7B5, "IE"), (0x3FFFFF, "DE"), (0x400000, "GB"), (0x502C00, "LV"), (0x502FFF, "LV"), (0x503000, None),
        (0x000000, None), (0xFFFFFF, None), (0xA00000, "US"), (0xAFFFFF, "US"), (0xB00000, None), (0x4D2ABC, "MT"),
    ],
)  # fmt: skip
def test_the_block_tells_the_state(address, country):
    assert country_of(address) == country


def test_every_block_is_where_an_independent_decoder_has_it():
    names: dict[str, set[str]] = {}
    for first, last, country in BLOCKS:
        for address in (first, (first + last) // 2, last):
            names.setdefault(country, set()).add(rs1090.aircraft_information(f"{address:06x}")["country"])
    assert names.pop("MT") == {"Malta", "Unknown"}  # a block of 4,096 by now; rs1090 0.7 has the older, smaller one
    assert all(len(said) == 1 for said in names.values()), names
    told = {said.pop() for said in names.values()}
    assert len(told) == len(names)
    assert not {name for name in told if name == "Unknown" or name.startswith("Unassigned")}
    assert (
        NAMES.items()
        <= {country: rs1090.aircraft_information(f"{first:06x}")["country"] for first, _, country in BLOCKS}.items()
    )


@pytest.mark.parametrize(
    ("address", "registration"),
    [
        (0xA00000, None), (0xA00001, "N1"), (0xA00002, "N1A"), (0xA00003, "N1AA"), (0xA0001B, "N1B"),
        (0xA0025A, "N10"), (0xA00725, "N10000"), (0xA061D9, "N12345"), (0xA835AF, "N628TS"), (0xADF7C7, "N99999"),
        (0xADF7C8, None), (0x4CA7B5, None),
    ],
)  # fmt: skip
def test_an_american_address_is_a_registration(address, registration):
    assert registration_of(address) == registration


def test_american_registrations_are_an_independent_decoders():
    addresses = random.Random(47).sample(range(0xA00001, 0xADF7C8), 5000)
    for address in addresses:
        assert rs1090.aircraft_information(f"{address:06x}")["registration"] == registration_of(address)


def test_nothing_is_said_of_an_address_that_is_nobodys():
    assert of_address(0xFFFFFF) == {}
    assert of_address(0x4CA7B5) == {"country": "IE"}
    assert of_address(0xA835AF) == {"country": "US", "registration": "N628TS"}
