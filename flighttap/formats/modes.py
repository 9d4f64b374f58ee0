"""Mode S and ADS-B frames in, observations out: the decoder under every receiver format.

Extended squitters (DF17, DF18) and all-call replies (DF11) prove themselves by
their parity. The other replies carry their sender's address only folded into
the parity, so anything at all yields *some* address there: such a frame is
believed only if that address was proven within the last minute, and if what it
says fits what the aircraft said before or is said twice.

Nothing raises; what cannot be used is counted in :attr:`ModesDecoder.stats`:

==================  ==========================================================
``messages``        frames that yielded an observation
``crc_failed``      DF11, DF17 or DF18 with wrong parity
``unknown_address`` a reply whose address nobody proved lately
``doubtful``        a reply whose fields are not in use, or that contradicts
                    what its aircraft said and is not repeated
``unknown_df``      a downlink format that is not read
``malformed``       not 7 or 14 bytes, or not the length its format has
``unused``          a good frame about no aircraft, such as TIS-B management
``no_reference``    a surface position with nothing to place it by
``implausible``     a position the aircraft cannot have reached
``out_of_range``    a first position beyond 300 nautical miles of the receiver
``bad_callsign``    an identification with something that is no character
==================  ==========================================================

Source: ICAO Annex 10 volume IV, chapter 3; ICAO Doc 9871; RTCA DO-260B;
"The 1090 MHz Riddle" (Sun), part "Mode S".
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct, error

from flighttap.aircraft.observation import Observation
from flighttap.formats.adsb import READERS, Values, text
from flighttap.formats.altitude import AC13, ID13
from flighttap.formats.crc import LONG, SHORT, parity
from flighttap.formats.track import Track

__all__ = ["FRAME", "ModesDecoder"]

FRAME = Struct(">I7BHB")
"""A long frame: head (DF, CA, address), the seven bytes of its message, and its parity in two parts."""
_unpack: Callable[[bytes], tuple[int, ...]] = FRAME.unpack
_L4, _L5, _L6, _L7, _L8, _L9, _L10 = LONG[4:]

_PROVEN = 60.0
"""Seconds for which a proven address lets replies be attributed to it."""

_FORGET = 900.0
_SWEEP = 60.0
_TRACKS_MAX = 20_000
_CALLSIGN_REPEATED = 600.0

_STATS = (
    "messages",
    "crc_failed",
    "unknown_address",
    "unknown_df",
    "malformed",
    "unused",
    "no_reference",
    "implausible",
    "out_of_range",
    "bad_callsign",
    "doubtful",
)

# Kinds of transmitter that share a 24-bit number without being the same: each has tracks of its own.
_DIRECT, _OTHER, _TISB, _TISB_OTHER, _ADSR, _ADSR_OTHER, _MLAT, _MLAT_OTHER = range(8)

# DF18 control field (DO-260B table 2-11): kind and source, for an ICAO address and for another one.
_CONTROL: dict[int, tuple[tuple[int, str], tuple[int, str]]] = {
    0: ((_DIRECT, "adsb_icao_nt"), (_DIRECT, "adsb_icao_nt")),
    1: ((_OTHER, "adsb_other"), (_OTHER, "adsb_other")),
    2: ((_TISB, "tisb_icao"), (_TISB_OTHER, "tisb_trackfile")),
    5: ((_TISB_OTHER, "tisb_other"), (_TISB_OTHER, "tisb_other")),
    6: ((_ADSR, "adsr_icao"), (_ADSR_OTHER, "adsr_other")),
}
_COARSE = 3
_NOT_ICAO = (_OTHER, _TISB_OTHER, _ADSR_OTHER, _MLAT_OTHER)

# Flight status of a reply (3.1.2.6.5.1): on the ground, alert, special position identification. 6 and 7 are not used.
_FLIGHT_STATUS: tuple[Values | None, ...] = (
    {"on_ground": False, "alert": 0, "spi": 0},
    {"on_ground": True, "alert": 0, "spi": 0},
    {"on_ground": False, "alert": 1, "spi": 0},
    {"on_ground": True, "alert": 1, "spi": 0},
    {"alert": 1, "spi": 1},
    {"alert": 0, "spi": 1},
    None,
    None,
)
# Downlink request (3.1.2.6.5.2): nothing sends 8 to 15.
_UNASSIGNED_REQUEST = tuple(8 <= request <= 15 for request in range(32))

# Where a rebroadcast says "not an ICAO address" (IMF, DO-260B 2.2.17.2): byte of the ME field and bit, by type code.
_IMF: dict[int, tuple[int, int]] = (
    dict.fromkeys(range(5, 9), (2, 0x08))
    | dict.fromkeys((*range(9, 19), 20, 21, 22), (0, 0x01))
    | {19: (1, 0x80), 28: (6, 0x01), 29: (6, 0x20), 31: (6, 0x01)}
)


Known = tuple[Track, int, str]
"""A sender: its track, its head's share of the parity, the source that it is."""


class ModesDecoder:
    """Decodes the frames of one receiver, one at a time, in the order they came.

    :param receiver: latitude and longitude of the antenna in degrees. It places
        aircraft that are first met on the ground, and bounds first positions.
    :ivar heads: the first four bytes of an extended squitter to its known sender.
    """

    def __init__(self, receiver: tuple[float, float] | None = None) -> None:
        self.stats: dict[str, int] = dict.fromkeys(_STATS, 0)
        self._receiver = receiver
        self.heads: dict[int, Known] = {}
        self._tracks: dict[int, Track] = {}
        self._swept = 0.0
        self._replies: tuple[Callable[[bytes, float, float | None], Observation | None], ...] = tuple(
            {
                0: self._air_to_air,
                4: self._altitude_reply,
                5: self._identity_reply,
                11: self._all_call,
                16: self._air_to_air,
                20: self._altitude_reply,
                21: self._identity_reply,
            }.get(df, self._unknown)
            for df in range(32)
        )

    def decode(self, frame: bytes, at: float, rssi: float | None = None, mlat: bool = False) -> Observation | None:
        """What one frame says, or ``None`` when it says nothing that can be believed.

        :param frame: 7 or 14 bytes, the parity included.
        :param at: feed time in seconds; the only clock used here.
        :param rssi: signal strength in dBFS, passed on.
        :param mlat: the frame was not received but made up by a multilateration
            server: its source is ``mlat`` and it proves no address.
        """
        try:
            head, a, b, c, d, e, f, g, high, low = _unpack(frame)
        except error:
            return self._short(frame, at, rssi)
        if not mlat:
            known = self.heads.get(head)
            if known is not None:
                return self.follow(known, a, b, c, d, e, f, g, high << 8 | low, at, rssi)
        df = head >> 27
        if df == 17 or df == 18:
            return self._squitter(frame, df, at, rssi, mlat)
        if df < 16:
            self.stats["malformed"] += 1
            return None
        return self._replies[df](frame, at, rssi)

    def follow(
        self, known: Known, a: int, b: int, c: int, d: int, e: int, f: int, g: int, parity: int,
        at: float, rssi: float | None,
    ) -> Observation | None:  # fmt: skip
        """What an extended squitter of a known sender says: its seven bytes and its parity.

        :param known: from :attr:`heads`.
        """
        track, share, source = known
        if share ^ _L4[a] ^ _L5[b] ^ _L6[c] ^ _L7[d] ^ _L8[e] ^ _L9[f] ^ _L10[g] != parity:
            self.stats["crc_failed"] += 1
            return None
        track.clean = at
        self.stats["messages"] += 1
        return Observation(track.key, at, source, READERS[a >> 3](track, at, a, b, c, d, e, f, g), rssi)

    def _short(self, frame: bytes, at: float, rssi: float | None) -> Observation | None:
        if len(frame) != 7 or frame[0] & 0x80:
            self.stats["malformed"] += 1
            return None
        return self._replies[frame[0] >> 3](frame, at, rssi)

    def _unknown(self, frame: bytes, at: float, rssi: float | None) -> Observation | None:
        self.stats["unknown_df"] += 1
        return None

    # Extended squitters that the fast path above does not know yet

    def _squitter(self, frame: bytes, df: int, at: float, rssi: float | None, mlat: bool) -> Observation | None:
        if parity(frame[:11]) != int.from_bytes(frame[11:]):
            self.stats["crc_failed"] += 1
            return None
        address = int.from_bytes(frame[1:4])
        control = frame[0] & 7 if df == 18 else 0
        code = frame[4] >> 3
        if address == 0 or (control != _COARSE and control not in _CONTROL):
            self.stats["unused"] += 1
            return None
        me = bytearray(frame[4:11])
        other = False
        if control == _COARSE:
            other = bool(me[0] & 0x80)
            kind, source = _CONTROL[2][other]
        elif df == 17:
            kind, source = _DIRECT, "adsb_icao"
        else:
            place = _IMF.get(code) if control in (2, 6) else None
            if place is not None:
                byte, bit = place
                other = bool(me[byte] & bit)
                me[byte] &= ~bit
            elif control in (2, 6):
                other = self._is_other(control, address)
            kind, source = _CONTROL[control][other]
        if mlat:
            kind = _MLAT if kind in (_DIRECT, _TISB, _ADSR) else _MLAT_OTHER
            source = "mlat"
        track = self._track(kind, address, at)
        track.heard = at
        if kind in (_DIRECT, _TISB, _ADSR):
            self._track(_DIRECT, address, at).clean = at
        if control in (0, 1, 5) and not mlat:
            head = int.from_bytes(frame[:4])
            self.heads[head] = (track, parity(frame[:4] + bytes(7)), source)
            track.heads.append(head)
        self.stats["messages"] += 1
        values = {} if control == _COARSE else READERS[code](track, at, *me)
        return Observation(track.key, at, source, values, rssi)

    def _is_other(self, control: int, address: int) -> bool:
        """For a rebroadcast whose type has no IMF bit: what the sender was when last heard."""
        (icao, _), (other, _) = _CONTROL[control]
        track = self._tracks.get(other << 24 | address)
        twin = self._tracks.get(icao << 24 | address)
        return track is not None and (twin is None or twin.last() < track.last())

    # Replies

    def _all_call(self, frame: bytes, at: float, rssi: float | None) -> Observation | None:
        """DF11. The parity is overlaid with the interrogator's 7-bit code, 0 when nobody asked (3.1.2.3.3.2)."""
        syndrome = parity(frame[:4]) ^ int.from_bytes(frame[4:])
        address = int.from_bytes(frame[1:4])
        if address == 0 or syndrome >= 0x80:
            self.stats["crc_failed"] += 1
            return None
        track = self._track(_DIRECT, address, at) if syndrome == 0 else self._proven(address, at)
        if track is None:
            return None
        track.clean = at
        capability = frame[0] & 7
        return self._said(track, at, {"on_ground": capability == 4} if capability in (4, 5) else {}, rssi)

    def _air_to_air(self, frame: bytes, at: float, rssi: float | None) -> Observation | None:
        """DF0, DF16: vertical status and altitude for other aircraft's collision avoidance."""
        track = self._sender(frame, at)
        if track is None:
            return None
        values: Values = {"on_ground": bool(frame[0] & 4)}
        alt = AC13[(frame[2] & 0x1F) << 8 | frame[3]]
        if alt is not None:
            if not track.credible_altitude(alt, at):
                return self._doubted()
            values["alt_baro"] = alt
        return self._said(track, at, values, rssi)

    def _altitude_reply(self, frame: bytes, at: float, rssi: float | None) -> Observation | None:
        """DF4, DF20."""
        track = self._sender(frame, at)
        if track is None:
            return None
        status = _FLIGHT_STATUS[frame[0] & 7]
        alt = AC13[(frame[2] & 0x1F) << 8 | frame[3]]
        if (
            status is None
            or _UNASSIGNED_REQUEST[frame[1] >> 3]
            or not (alt is None or track.credible_altitude(alt, at))
        ):
            return self._doubted()
        values = dict(status)
        if alt is not None:
            values["alt_baro"] = alt
        if len(frame) == 14:
            self._comm_b(frame, track, at, values)
        return self._said(track, at, values, rssi)

    def _identity_reply(self, frame: bytes, at: float, rssi: float | None) -> Observation | None:
        """DF5, DF21."""
        track = self._sender(frame, at)
        if track is None:
            return None
        status = _FLIGHT_STATUS[frame[0] & 7]
        squawk = ID13[(frame[2] & 0x1F) << 8 | frame[3]]
        if status is None or _UNASSIGNED_REQUEST[frame[1] >> 3] or not track.credible_squawk(squawk):
            return self._doubted()
        values = dict(status)
        values["squawk"] = squawk
        if len(frame) == 14:
            self._comm_b(frame, track, at, values)
        return self._said(track, at, values, rssi)

    def _said(self, track: Track, at: float, values: Values, rssi: float | None) -> Observation:
        track.heard = at
        self.stats["messages"] += 1
        return Observation(track.key, at, "mode_s", values, rssi)

    def _doubted(self) -> Observation | None:
        self.stats["doubtful"] += 1
        return None

    def _comm_b(self, frame: bytes, track: Track, at: float, values: Values) -> None:
        """The callsign, if this is register 2,0.

        A reply does not say which register it carries. Eight good characters
        behind 0x20 may be chance, so a callsign counts when the aircraft said
        the very same one before, here or by ADS-B.
        """
        if frame[4] != 0x20:
            return
        callsign = text(*frame[5:11])
        if not callsign or " " in callsign:
            return
        said = track.callsign_said
        if said is not None and said[0] == callsign and at - said[1] <= _CALLSIGN_REPEATED:
            values["callsign"] = callsign
        track.callsign_said = (callsign, at)

    def _sender(self, frame: bytes, at: float) -> Track | None:
        """The aircraft whose address is folded into a reply's parity, if it was proven lately."""
        tables = SHORT if len(frame) == 7 else LONG
        address = int.from_bytes(frame[-3:])
        for table, byte in zip(tables, frame, strict=False):
            address ^= table[byte]
        return self._proven(address, at)

    # Who is there

    def _proven(self, address: int, at: float) -> Track | None:
        track = self._tracks.get(address)
        if track is not None and abs(at - track.clean) <= _PROVEN:
            return track
        self.stats["unknown_address"] += 1
        return None

    def _track(self, kind: int, address: int, at: float) -> Track:
        number = kind << 24 | address
        track = self._tracks.get(number)
        if track is None:
            self._make_room(at)
            name = f"{address:06x}"
            track = Track(f"~{name}" if kind in _NOT_ICAO else name, self._receiver, self.stats)
            self._tracks[number] = track
        return track

    def _make_room(self, at: float) -> None:
        """Before a new track: forget those long unheard, and the longest unheard if there are too many."""
        if abs(at - self._swept) >= _SWEEP:
            self._swept = at
            self._forget([number for number, track in self._tracks.items() if abs(at - track.last()) > _FORGET])
        if len(self._tracks) >= _TRACKS_MAX:
            longest = sorted(self._tracks, key=lambda number: self._tracks[number].last())
            self._forget(longest[: _TRACKS_MAX // 4])

    def _forget(self, numbers: list[int]) -> None:
        for number in numbers:
            for head in self._tracks.pop(number).heads:
                del self.heads[head]
