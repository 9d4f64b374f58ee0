"""What a 24-bit address says by itself: the state that gave it, and for the United States the registration.

ICAO gives each state one block (Annex 10, volume III, table 9-1); a state numbers its aircraft inside as it likes. The
United States count through their registrations, so that the address is the registration.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

__all__ = ["BLOCKS", "country_of", "of_address", "registration_of"]

_BY_SIZE: dict[int, str] = {
    0x100000: "RU 100000 US a00000",
    0x40000: (
        "IT 300000 ES 340000 FR 380000 DE 3c0000 GB 400000 CN 780000 AU 7c0000 IN 800000 JP 840000 CA c00000 AR e00000 "
        "BR e40000"
    ),
    0x8000: (
        "ZA 008000 EG 010000 LY 018000 MA 020000 TN 028000 DZ 0a0000 MX 0d0000 VE 0d8000 AT 440000 BE 448000 BG 450000 "
        "DK 458000 FI 460000 GR 468000 HU 470000 NO 478000 NL 480000 PL 488000 PT 490000 CZ 498000 RO 4a0000 SE 4a8000 "
        "CH 4b0000 TR 4b8000 RS 4c0000 UA 508000 SA 710000 KR 718000 KP 720000 IQ 728000 IR 730000 IL 738000 JO 740000 "
        "LB 748000 MY 750000 PH 758000 PK 760000 SG 768000 LK 770000 SY 778000 TH 880000 VN 888000 ID 8a0000 NZ c80000"
    ),
    0x1000: (
        "MZ 006000 BI 032000 CM 034000 CG 036000 CI 038000 GA 03e000 ET 040000 GQ 042000 GH 044000 GN 046000 KE 04c000 "
        "LR 050000 MG 054000 MW 058000 ML 05c000 NE 062000 NG 064000 UG 068000 CF 06c000 RW 06e000 SN 070000 SO 078000 "
        "SD 07c000 TZ 080000 TD 084000 TG 088000 ZM 08a000 CD 08c000 AO 090000 GM 09a000 BF 09c000 BS 0a8000 CO 0ac000 "
        "CR 0ae000 CU 0b0000 SV 0b2000 GT 0b4000 GY 0b6000 HT 0b8000 HN 0ba000 JM 0be000 NI 0c0000 PA 0c2000 DO 0c4000 "
        "TT 0c6000 SR 0c8000 IE 4ca000 IS 4cc000 MT 4d2000 AF 700000 BD 702000 MM 704000 KW 706000 LA 708000 NP 70a000 "
        "KH 70e000 YE 890000 BH 894000 AE 896000 PG 898000 FJ c88000 CL e80000 EC e84000 PY e88000 PE e8c000 UY e90000 "
        "BO e94000"
    ),
    0x400: (
        "ZW 004000 BW 030000 KM 035000 GW 048000 LS 04a000 MV 05a000 MR 05e000 MU 060000 QA 06a000 SC 074000 SL 076000 "
        "SZ 07a000 BJ 094000 CV 096000 DJ 098000 ST 09e000 BB 0aa000 BZ 0ab000 VC 0bc000 AG 0ca000 GD 0cc000 NA 201000 "
        "ER 202000 CY 4c8000 LU 4d0000 MC 4d4000 SM 500000 AL 501000 HR 501c00 LV 502c00 LT 503c00 MD 504c00 SK 505c00 "
        "SI 506c00 UZ 507c00 BY 510000 EE 511000 MK 512000 BA 513000 GE 514000 TJ 515000 ME 516000 AM 600000 AZ 600800 "
        "KG 601000 TM 601800 BT 680000 FM 681000 MN 682000 KZ 683000 PW 684000 OM 70c000 BN 895000 SB 897000 TW 899000 "
        "MH 900000 CK 901000 WS 902000 NR c8a000 LC c8c000 TO c8d000 KI c8e000 VU c90000"
    ),
}


def _blocks() -> list[tuple[int, int, str]]:
    blocks = []
    for size, said in _BY_SIZE.items():
        words = said.split()
        for country, first in zip(words[::2], words[1::2], strict=True):
            blocks.append((int(first, 16), int(first, 16) + size - 1, country))
    return sorted(blocks)


BLOCKS: list[tuple[int, int, str]] = _blocks()
"""First and last address of each state's block and its ISO 3166 code, in order."""

_FIRSTS = [first for first, _, _ in BLOCKS]
_FIRST_US, _LAST_US = 0xA00001, 0xADF7C7
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_ENDINGS = 1 + len(_LETTERS) * (1 + len(_LETTERS))
"""After up to three digits: nothing, a letter or two. I and O are left out."""
_SPANS = (101711, 10111, 951, 35)
"""Registrations that begin with the same one, two, three and four digits."""


def of_address(address: int) -> dict[str, Any]:
    """Field name to value: what the number alone says of an aircraft."""
    said = {"country": country_of(address), "registration": registration_of(address)}
    return {name: value for name, value in said.items() if value is not None}


def country_of(address: int) -> str | None:
    """The ISO 3166 code of the state whose block holds a 24-bit address; ``None`` where it is nobody's."""
    at = bisect_right(_FIRSTS, address) - 1
    if at < 0 or address > BLOCKS[at][1]:
        return None
    return BLOCKS[at][2]


def registration_of(address: int) -> str | None:
    """The registration that an address of the United States stands for; ``None`` for others.

    14 CFR 47.15: ``N``, a digit from 1, up to four more digits of which the last one or two may be letters, five
    characters at the most. The addresses from a00001 count through them, letters before digits.
    """
    if not _FIRST_US <= address <= _LAST_US:
        return None
    digit, rest = divmod(address - _FIRST_US, _SPANS[0])
    text = f"N{digit + 1}"
    for span in _SPANS[1:]:
        if rest < _ENDINGS:
            return text + _ending(rest)
        digit, rest = divmod(rest - _ENDINGS, span)
        text += str(digit)
    return text if rest == 0 else text + (_LETTERS + "0123456789")[rest - 1]


def _ending(number: int) -> str:
    """Nothing, A, AA, AB … AZ, B, BA …"""
    if number == 0:
        return ""
    first, second = divmod(number - 1, 1 + len(_LETTERS))
    return _LETTERS[first] + (_LETTERS[second - 1] if second else "")
