"""Frames: whom they are attributed to, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.aircraft.fields import BY_NAME
from flighttap.formats.modes import ModesDecoder
from tests.formats import transmitter as tx

ICAO = 0x4CA7B5
IDENT = tx.squitter(ICAO, tx.identification("RYR12AB"))


def test_a_squitter_with_a_wrong_bit_is_refused_whether_its_aircraft_is_known_or_not() -> None:
    decoder = ModesDecoder()
    bad = bytes([*IDENT[:7], IDENT[7] ^ 0x10, *IDENT[8:]])
    assert decoder.decode(bad, 0.0) is None
    assert decoder.decode(IDENT, 0.0) is not None
    assert decoder.decode(bad, 0.0) is None
    assert decoder.stats["crc_failed"] == 2


@given(st.integers(0, 111))
def test_no_single_wrong_bit_gets_through(bit: int) -> None:
    decoder = ModesDecoder()
    assert decoder.decode(IDENT, 0.0) is not None
    assert decoder.decode((int.from_bytes(IDENT) ^ 1 << bit).to_bytes(14), 0.0) is None


@pytest.mark.parametrize("df", [0, 4, 5, 16, 20, 21])
def test_a_reply_is_believed_only_from_an_address_proven_in_the_last_minute(df: int) -> None:
    decoder = ModesDecoder()
    if df in (0, 16):
        frame = tx.air_to_air(df, ICAO, 10000)
    else:
        code = tx.identity_13("1000") if df in (5, 21) else tx.altitude_13(10000)
        frame = tx.reply(df, ICAO, code, mb=bytes(7) if df >= 20 else None)
    assert decoder.decode(frame, 0.0) is None
    assert decoder.decode(tx.all_call(ICAO), 1.0) is not None
    said = decoder.decode(frame, 60.0)
    assert said is not None
    assert (said.key, said.source) == ("4ca7b5", "mode_s")
    assert said.values["squawk" if df in (5, 21) else "alt_baro"] == ("1000" if df in (5, 21) else 10000)
    assert said.values["on_ground"] is False
    assert decoder.decode(frame, 61.5) is None, "a reply does not prove the address that it is attributed by"
    assert decoder.stats["unknown_address"] == 2


def test_an_all_call_reply_to_an_interrogator_counts_for_known_aircraft_only() -> None:
    decoder = ModesDecoder()
    asked = tx.all_call(ICAO, interrogator=0x3C)
    assert decoder.decode(asked, 0.0) is None
    assert decoder.stats["unknown_address"] == 1
    decoder.decode(IDENT, 0.0)
    said = decoder.decode(asked, 1.0)
    assert said is not None
    assert said.values == {"on_ground": False}


def test_an_all_call_reply_with_more_than_an_interrogator_code_in_its_parity_is_refused() -> None:
    decoder = ModesDecoder()
    decoder.decode(IDENT, 0.0)
    assert decoder.decode(tx.all_call(ICAO, interrogator=0x80), 0.0) is None
    assert decoder.stats["crc_failed"] == 1


@pytest.mark.parametrize(("capability", "values"), [(4, {"on_ground": True}), (5, {"on_ground": False}), (6, {})])
def test_capability_4_is_on_the_ground_and_5_airborne(capability: int, values: dict[str, bool]) -> None:
    said = ModesDecoder().decode(tx.all_call(ICAO, capability), 0.0)
    assert said is not None
    assert said.values == values


@pytest.mark.parametrize(
    ("status", "values"),
    [
        (0, {"on_ground": False, "alert": 0, "spi": 0}),
        (1, {"on_ground": True, "alert": 0, "spi": 0}),
        (2, {"on_ground": False, "alert": 1, "spi": 0}),
        (3, {"on_ground": True, "alert": 1, "spi": 0}),
        (4, {"alert": 1, "spi": 1}),
        (5, {"alert": 0, "spi": 1}),
    ],
)
def test_flight_status(status: int, values: dict[str, object]) -> None:
    decoder = ModesDecoder()
    decoder.decode(IDENT, 0.0)
    said = decoder.decode(tx.reply(4, ICAO, 0, status), 0.0)
    assert said is not None
    assert said.values == values


@pytest.mark.parametrize(("status", "wish"), [(6, 0), (7, 0), (0, 8), (0, 15)])
@pytest.mark.parametrize("df", [4, 5])
def test_fields_that_nobody_uses_give_noise_away(df: int, status: int, wish: int) -> None:
    decoder = ModesDecoder()
    decoder.decode(IDENT, 0.0)
    assert decoder.decode(tx.reply(df, ICAO, tx.altitude_13(1000), status, wish), 0.0) is None
    assert decoder.stats["doubtful"] == 1


def test_an_altitude_that_cannot_be_is_taken_when_it_is_said_again() -> None:
    decoder = ModesDecoder()
    decoder.decode(tx.squitter(ICAO, tx.airborne(50, 8, 0, 10000)), 0.0)
    other = tx.reply(4, ICAO, tx.altitude_13(30000))
    assert decoder.decode(other, 1.0) is None
    said = decoder.decode(other, 2.0)
    assert said is not None
    assert said.values["alt_baro"] == 30000


def test_noise_does_not_change_a_squawk_but_a_crew_does() -> None:
    decoder = ModesDecoder()
    decoder.decode(IDENT, 0.0)

    def squawk(code: str) -> object:
        said = decoder.decode(tx.reply(5, ICAO, tx.identity_13(code)), 1.0)
        return said and said.values["squawk"]

    assert squawk("1000") == "1000"
    assert squawk("7500") is None
    assert squawk("1000") == "1000"
    assert squawk("7600") is None
    assert squawk("7600") == "7600"


def test_an_address_of_zero_is_nobody() -> None:
    decoder = ModesDecoder()
    assert decoder.decode(tx.squitter(0, tx.identification("NOBODY")), 0.0) is None
    assert decoder.decode(tx.all_call(0), 0.0) is None
    assert decoder.decode(bytes(7), 0.0) is None
    assert decoder.decode(bytes(14), 0.0) is None
    assert decoder.stats["messages"] == 0


def test_a_length_that_is_not_the_formats_is_malformed() -> None:
    decoder = ModesDecoder()
    for frame in (b"", b"\x8d", IDENT[:7], IDENT + b"\x00", tx.all_call(ICAO) + bytes(7)):
        assert decoder.decode(frame, 0.0) is None
    assert decoder.stats["malformed"] == 5


def test_formats_that_are_not_read_are_counted() -> None:
    decoder = ModesDecoder()
    for df in (1, 2, 3, 6, 7, 8, 9, 10, 12, 13, 14, 15):
        assert decoder.decode(bytes([df << 3]) + bytes(6), 0.0) is None
    for df in (19, 22, 23, 24, 31):
        assert decoder.decode(bytes([df << 3]) + bytes(13), 0.0) is None
    assert decoder.stats["unknown_df"] == 17


def test_signal_strength_is_passed_on() -> None:
    decoder = ModesDecoder()
    for _ in range(2):
        said = decoder.decode(IDENT, 0.0, -12.5)
        assert said is not None
        assert said.rssi == -12.5


CALLSIGN = bytes.fromhex("20") + tx.identification("KLM60B").to_bytes(7)[1:]


def test_a_callsign_in_a_reply_counts_when_it_is_said_again() -> None:
    decoder = ModesDecoder()
    decoder.decode(tx.all_call(ICAO), 0.0)
    frame = tx.reply(20, ICAO, tx.altitude_13(20000), mb=CALLSIGN)
    first, second = decoder.decode(frame, 1.0), decoder.decode(frame, 2.0)
    assert first is not None
    assert second is not None
    assert "callsign" not in first.values
    assert second.values["callsign"] == "KLM60B"


def test_a_callsign_in_a_reply_counts_when_the_squitter_said_it() -> None:
    decoder = ModesDecoder()
    decoder.decode(tx.squitter(ICAO, tx.identification("KLM60B")), 0.0)
    said = decoder.decode(tx.reply(21, ICAO, tx.identity_13("1000"), mb=CALLSIGN), 1.0)
    assert said is not None
    assert said.values["callsign"] == "KLM60B"


# TIS-B, ADS-R and non-transponder devices: DF18


@pytest.mark.parametrize(
    ("control", "imf", "key", "source"),
    [
        (0, 0, "4ca7b5", "adsb_icao_nt"),
        (1, 0, "~4ca7b5", "adsb_other"),
        (2, 0, "4ca7b5", "tisb_icao"),
        (2, 1, "~4ca7b5", "tisb_trackfile"),
        (3, 0, "4ca7b5", "tisb_icao"),
        (3, 1, "~4ca7b5", "tisb_trackfile"),
        (5, 0, "~4ca7b5", "tisb_other"),
        (6, 0, "4ca7b5", "adsr_icao"),
        (6, 1, "~4ca7b5", "adsr_other"),
    ],
)
def test_who_sent_a_df18_and_how_it_was_learned(control: int, imf: int, key: str, source: str) -> None:
    me = imf << 55 if control == 3 else tx.velocity(1, tx.over_ground(100, 0), imf=imf)
    decoder = ModesDecoder()
    for _ in range(2):
        said = decoder.decode(tx.squitter(ICAO, me, 0x90 + control), 0.0)
        assert said is not None
        assert (said.key, said.source) == (key, source)


@pytest.mark.parametrize("control", [4, 7])
def test_management_messages_are_about_no_aircraft(control: int) -> None:
    decoder = ModesDecoder()
    assert decoder.decode(tx.squitter(ICAO, 0, 0x90 + control), 0.0) is None
    assert decoder.stats["unused"] == 1


@pytest.mark.parametrize(
    "me",
    [
        tx.airborne(50.0, 8.0, 0, last=1),
        tx.surface(50.0, 8.0, 0, imf=1),
        tx.velocity(1, tx.over_ground(100, 0), imf=1),
        tx.packed((28, 5), (1, 3), (0, 47), (1, 1)),
        tx.packed((29, 5), (1, 2), (0, 43), (1, 1), (0, 5)),
        tx.packed((31, 5), (0, 50), (1, 1)),
    ],
)
def test_the_imf_bit_is_found_in_every_kind_of_message(me: int) -> None:
    said = ModesDecoder().decode(tx.squitter(ICAO, me, 0x96), 0.0)
    assert said is not None
    assert said.key == "~4ca7b5"


def test_the_imf_bit_is_not_read_as_a_promise_of_integrity() -> None:
    """In a rebroadcast it stands where NIC supplement B stands in what aircraft send themselves."""
    decoder = ModesDecoder()
    decoder.decode(tx.squitter(ICAO, tx.packed((31, 5), (0, 35), (2, 3), (0, 12), (1, 1)), 0x96), 0.0)
    said = decoder.decode(tx.squitter(ICAO, tx.airborne(50.0, 8.0, 0, code=13, last=1), 0x96), 0.5)
    assert said is not None
    assert (said.values["nic"], said.values["rc"]) == (6, 926)


def test_a_rebroadcast_identification_is_of_whoever_was_heard_last_under_that_number() -> None:
    decoder = ModesDecoder()
    ident = tx.squitter(ICAO, tx.identification("N123AB"), 0x96)
    said = decoder.decode(ident, 0.0)
    assert said is not None
    assert said.source == "adsr_icao"
    decoder.decode(tx.squitter(ICAO, tx.velocity(1, tx.over_ground(1, 1), imf=1), 0x96), 1.0)
    said = decoder.decode(ident, 2.0)
    assert said is not None
    assert (said.key, said.source) == ("~4ca7b5", "adsr_other")


def test_frames_made_up_by_multilateration_say_so_and_prove_no_address() -> None:
    decoder = ModesDecoder()
    for at in (0.0, 1.0):
        said = decoder.decode(tx.squitter(ICAO, tx.airborne(50.0, 8.0, int(at)), 0x92), at, mlat=True)
        assert said is not None
        assert (said.key, said.source) == ("4ca7b5", "mlat")
    assert said.values["lat"] == pytest.approx(50.0, abs=0.0001)
    assert decoder.decode(tx.reply(4, ICAO, tx.altitude_13(1000)), 2.0) is None


def test_positions_learned_differently_are_not_paired() -> None:
    decoder = ModesDecoder()
    decoder.decode(tx.squitter(ICAO, tx.airborne(50.0, 8.0, 0)), 0.0)
    said = decoder.decode(tx.squitter(ICAO, tx.airborne(50.0, 8.0, 1), 0x92), 0.5)
    assert said is not None
    assert "lat" not in said.values


# Memory


def test_memory_of_aircraft_is_bounded() -> None:
    decoder = ModesDecoder()
    for icao in range(1, 25_001):
        assert decoder.decode(tx.closed(bytes([0x5D]) + icao.to_bytes(3)), icao / 1000) is not None
    assert len(decoder._tracks) <= 20_000
    assert decoder.decode(tx.reply(4, 25_000, tx.altitude_13(1000)), 26.0) is not None


def test_aircraft_long_unheard_are_forgotten() -> None:
    decoder = ModesDecoder()
    for icao in range(1, 101):
        decoder.decode(tx.squitter(icao, tx.identification("OLD")), 0.0)
    decoder.decode(IDENT, 1000.0)
    assert len(decoder._tracks) == len(decoder.heads) == 1


def test_a_recording_that_starts_again_starts_afresh() -> None:
    decoder = ModesDecoder()
    decoder.decode(tx.squitter(ICAO, tx.airborne(50.0, 8.0, 0)), 5000.0)
    decoder.decode(tx.squitter(ICAO, tx.airborne(50.0, 8.0, 1)), 5000.5)
    decoder.decode(tx.squitter(ICAO, tx.airborne(10.0, 100.0, 0)), 1.0)
    said = decoder.decode(tx.squitter(ICAO, tx.airborne(10.0, 100.0, 1)), 1.5)
    assert said is not None
    assert (said.values["lat"], said.values["lon"]) == pytest.approx((10.0, 100.0), abs=0.0002)
    assert decoder.stats["implausible"] == 0


@given(st.lists(st.one_of(st.binary(min_size=7, max_size=7), st.binary(min_size=14, max_size=14), st.binary())))
def test_any_bytes_are_taken_without_a_word(frames: list[bytes]) -> None:
    decoder = ModesDecoder((50.0, 8.0))
    for at, frame in enumerate(frames):
        decoder.decode(frame, float(at))


@given(
    st.lists(st.tuples(st.integers(0, 2**56 - 1), st.sampled_from((0x8D, 0x8C, 0x90, 0x91, 0x92, 0x96))), max_size=20)
)
def test_any_message_behind_a_good_parity_yields_values_of_the_fields_kind_and_range(
    messages: list[tuple[int, int]],
) -> None:
    decoder = ModesDecoder((50.0, 8.0))
    for at, (me, first) in enumerate(messages):
        said = decoder.decode(tx.squitter(ICAO, me, first), at / 4)
        assert said is not None
        for name, value in said.values.items():
            field = BY_NAME[name]
            assert type(value) is field.kind, name
            if field.kind in (int, float):
                assert field.low <= value <= field.high, (name, value)
                assert not field.angle or value < 360
                assert round(value, field.decimals) == value, (name, value)
