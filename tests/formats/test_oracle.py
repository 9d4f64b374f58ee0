"""Every field of the Toulouse recording against what jet1090 made of it; each difference is named and counted.

The recording has two Heathrow aircraft on the ground and some noise in it: it
was put together from several receivers, none of which checked the replies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import cos, hypot, radians
from typing import Any

import pytest

from flighttap.aircraft.observation import Observation
from flighttap.formats.modes import ModesDecoder
from tests.formats.conftest import TOULOUSE

Pair = tuple[dict[str, Any], Observation | None]
Run = tuple[list[Pair], ModesDecoder]

POSITIONS = 13_465
SURFACE_POSITIONS = 1_983
HEATHROW = {"4067d6", "40792f"}  # met on the ground, 850 km from the receiver


def metres(one: dict[str, Any], other: dict[str, Any]) -> float:
    east = (one["lon"] - other["longitude"]) * cos(radians(one["lat"]))
    return hypot(one["lat"] - other["latitude"], east) * 111_195


def run(frames: list[dict[str, Any]], receiver: tuple[float, float] | None) -> Run:
    decoder = ModesDecoder(receiver)
    return [(frame, decoder.decode(bytes.fromhex(frame["frame"]), frame["timestamp"])) for frame in frames], decoder


@pytest.fixture(scope="module")
def decoded(toulouse: list[dict[str, Any]]) -> Run:
    return run(toulouse, TOULOUSE)


@pytest.fixture(scope="module")
def decoded_without_receiver(toulouse: list[dict[str, Any]]) -> Run:
    return run(toulouse, None)


def squitters(decoded: Run, bds: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for said, ours in decoded[0]:
        if said.get("bds") == bds:
            assert ours is not None
            yield said, ours.values


def replies(decoded: Run, df: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for said, ours in decoded[0]:
        if said["df"] == df and ours is not None:
            yield said, ours.values


def test_every_extended_squitter_is_read_and_nothing_is_malformed(decoded: Run) -> None:
    for said, ours in decoded[0]:
        if said["df"] == "17":
            assert ours is not None
            assert (ours.key, ours.at, ours.source) == (said["icao24"], said["timestamp"], "adsb_icao")
    stats = decoded[1].stats
    assert {reason: count for reason, count in stats.items() if count} == {
        "messages": 71_907,
        "unknown_address": 30,
        "doubtful": 2,
        "no_reference": 2,  # these and the next are at Heathrow
        "out_of_range": 8,
        "bad_callsign": 1,
    }


def test_the_replies_left_out_are_noise(decoded: Run) -> None:
    """All 32 are long replies, for the most part with addresses unheard for a quarter of an hour or never proven.

    What they say besides: downlink requests that nobody assigned, altitudes that no aircraft there had.
    """
    proven: dict[str, float] = {}
    ages: list[float] = []
    for said, ours in decoded[0]:
        if said["df"] == "17":
            proven[said["icao24"]] = said["timestamp"]
        elif ours is None:
            ages.append(said["timestamp"] - proven.get(said["icao24"], 0.0))
    assert len(ages) == 32
    doubted = [age for age in ages if age <= 60]
    assert len(doubted) == 2  # noise with the address of the one aircraft that is heard all the time
    assert sorted(ages)[2] > 75


def test_positions_are_the_oracles(decoded: Run) -> None:
    """The target was 13,300 of 13,465 within 10 m and none off by more than 500 m."""
    near, missing = 0, Counter[str]()
    for said, ours in decoded[0]:
        if "latitude" not in said:
            continue
        assert ours is not None
        if "lat" not in ours.values:
            missing[said["icao24"]] += 1
            continue
        assert metres(ours.values, said) < 10
        near += 1
    assert near == 13_455
    assert near + missing.total() == POSITIONS
    assert set(missing) == HEATHROW  # farther from the receiver than anything it can hear


def test_two_more_positions_than_the_oracle_has_continue_the_aircrafts_path(decoded: Run) -> None:
    """Each is the first airborne message after taxiing: placed by the last position on the ground."""
    last: dict[str, dict[str, Any]] = {}
    more = []
    for said, ours in decoded[0]:
        if ours is None or "lat" not in ours.values:
            continue
        if said["df"] == "17" and "latitude" not in said:
            more.append(metres(ours.values, last[ours.key]) / (said["timestamp"] - last[ours.key]["timestamp"]))
        last[ours.key] = {
            "latitude": ours.values["lat"],
            "longitude": ours.values["lon"],
            "timestamp": said["timestamp"],
        }
    assert len(more) == 2
    assert max(more) < 100  # metres a second


def test_without_a_receiver_only_surface_positions_without_reference_are_missing(
    decoded_without_receiver: Run,
) -> None:
    near, missing = 0, Counter[str]()
    for said, ours in decoded_without_receiver[0]:
        if "latitude" not in said:
            continue
        assert ours is not None
        if "lat" not in ours.values:
            missing[said["bds"]] += 1
            continue
        assert metres(ours.values, said) < 10
        near += 1
    assert near == 12_085
    # 1,374 on the ground before their aircraft had flown, and 6 in the air before the message of the other parity
    assert missing == {"06": 1_374, "05": 6}
    assert decoded_without_receiver[1].stats["no_reference"] == 1_374


def test_callsigns_are_the_oracles_but_for_one_that_is_not_text(decoded: Run) -> None:
    different = [
        (said["callsign"], ours) for said, ours in squitters(decoded, "08") if ours.get("callsign") != said["callsign"]
    ]
    assert different == [("#SXIV##", {"category": "C5"})]


def test_callsigns_in_replies_are_the_oracles_but_for_those_not_yet_repeated(decoded: Run) -> None:
    agreed, withheld, known = 0, [], set()
    for df in ("20", "21"):
        for said, ours in replies(decoded, df):
            if "bds20" not in said:
                assert "callsign" not in ours
            elif "callsign" in ours:
                assert ours["callsign"] == said["bds20"]["callsign"]
                agreed += 1
    for said, ours in decoded[0]:
        if ours is not None and "bds20" in said and "callsign" not in ours.values:
            withheld.append(said["icao24"])
            assert said["icao24"] not in known
        if "callsign" in said or "bds20" in said:
            known.add(said["icao24"])
    assert agreed == 1_879
    assert sorted(withheld) == ["400f99", "4067d6"]


def test_altitudes_are_the_oracles_but_for_how_none_is_told(decoded: Run) -> None:
    """From sea level down the oracle's squitters have no altitude; its replies have 0, where the field is empty, too.

    rs1090 0.7 has neither fault, see test_rs1090.py.
    """
    counts: Counter[str] = Counter()
    for said, ours in squitters(decoded, "05"):
        if ours.get("alt_baro") == said["altitude"]:
            counts["same"] += 1
        else:
            assert said["altitude"] is None
            assert -100 <= ours["alt_baro"] <= 0
            counts["sea level"] += 1
    for said, ours in replies(decoded, "20"):
        if ours.get("alt_baro") == said["altitude"]:
            counts["same in replies"] += 1
        else:
            assert said["altitude"] == 0
            if int(said["frame"][4:8], 16) & 0x1FFF:
                assert -100 <= ours["alt_baro"] < 0
                counts["below sea level"] += 1
            else:
                assert "alt_baro" not in ours
                counts["none"] += 1
    assert counts == {"same": 11_455, "sea level": 31, "same in replies": 22_293, "below sea level": 263, "none": 5}


def test_squawks_are_the_oracles(decoded: Run) -> None:
    count = 0
    for said, ours in replies(decoded, "21"):
        assert ours["squawk"] == said["squawk"]
        count += 1
    assert count == 18_446


def test_velocities_are_the_oracles_within_rounding(decoded: Run) -> None:
    """The oracle calls the source of the vertical rate the other way round: bit 36 set is barometric.

    (DO-260B 2.2.3.2.6.1.11; "The 1090 MHz Riddle", airborne velocity.)
    """
    count = 0
    for said, ours in squitters(decoded, "09"):
        assert abs(ours["gs"] - said["groundspeed"]) < 0.0501
        assert abs((ours["track"] - said["track"] + 180) % 360 - 180) <= 0.00501
        assert said["vrate_src"] == "GNSS"
        assert ours.get("baro_rate") == said["vertical_rate"]
        assert "geom_rate" not in ours
        assert ours["nac_v"] == said["NACv"]
        count += 1
    assert count == 11_450


def test_geometric_altitudes_differ_from_barometric_ones_by_what_the_oracle_says(decoded: Run) -> None:
    baro: dict[str, int] = {}
    checked = unknown = 0
    for said, ours in decoded[0]:
        if ours is None:
            continue
        if said.get("bds") == "09":
            if "alt_geom" in ours.values:
                assert ours.values["alt_geom"] - baro[ours.key] == said["geo_minus_baro"]
                checked += 1
            else:
                unknown += 1
        baro[ours.key] = ours.values.get("alt_baro", baro.get(ours.key))
    assert (checked, unknown) == (11_442, 8)  # 8: no altitude heard within the last second and a half


def test_surface_speeds_are_the_oracles_but_for_one_row_of_its_table(decoded: Run) -> None:
    """From 2 to 14.5 knots a step is half a knot (DO-260B table 2-15); the oracle took a quarter.

    rs1090 0.7 takes a half too, see test_rs1090.py.
    """
    counts: Counter[str] = Counter()
    for said, ours in squitters(decoded, "06"):
        assert ours["on_ground"] is True
        assert abs(ours["track"] - said["track"]) < 0.00501
        movement = int(said["frame"][8:12], 16) >> 4 & 0x7F
        expected = said["groundspeed"]
        if 13 <= movement <= 38:
            counts["half knots"] += 1
            expected = 2 + 2 * (expected - 2)
        assert abs(ours["gs"] - expected) < 0.0501
    assert counts == {"half knots": 1_278}
    assert sum(1 for _ in squitters(decoded, "06")) == SURFACE_POSITIONS


def test_selections_are_the_oracles_but_for_its_rounding_to_hundreds_of_feet(decoded: Run) -> None:
    for said, ours in squitters(decoded, "62"):
        assert ours["nav_altitude_mcp"] % 32 == 0
        assert round(ours["nav_altitude_mcp"] / 100) * 100 == said["selected_altitude"]
        assert ours["nav_qnh"] == said["barometric_setting"]
        assert ours["nac_p"] == said["NACp"]
        if "selected_heading" in said:
            assert abs(ours["nav_heading"] - said["selected_heading"]) < 0.00501
        else:
            assert "nav_heading" not in ours
        if "nav_modes" in ours:
            assert ("tcas" in ours["nav_modes"]) is said["tcas_operational"]
