"""Navigation integrity: what a position's type code and supplements promise.

Source: RTCA DO-260B, 2.2.3.2.7.2.6 and table 2-69 (ICAO Doc 9871, table C-2);
version 0 after ED-102A/DO-260, where the type code alone says it.
"""

from __future__ import annotations

__all__ = ["containment"]

Containment = tuple[int, int]

_UNKNOWN: Containment = (0, 0)

# type code: (NIC, radius of containment in metres, rounded up)
_VERSION_0: dict[int, Containment] = {
    5: (11, 8),
    6: (10, 25),
    7: (8, 186),
    9: (11, 8),
    10: (10, 25),
    11: (8, 186),
    12: (7, 371),
    13: (6, 926),
    14: (5, 1852),
    15: (4, 3704),
    16: (1, 18520),
    17: (1, 37040),
    20: (11, 8),
    21: (10, 25),
}
_VERSION_1: dict[int, Containment] = _VERSION_0 | {16: (2, 14816)}

# (type code, NIC supplement A, and B airborne or C on the surface): what differs from the plain type code
_SUPPLEMENTED_1: dict[tuple[int, int], Containment] = {
    (7, 1): (9, 75),
    (11, 1): (9, 75),
    (13, 1): (6, 1112),
    (16, 1): (3, 7408),
}
_SUPPLEMENTED_2: dict[tuple[int, int, int], Containment] = {
    (7, 1, 0): (9, 75),
    (8, 1, 1): (7, 371),
    (8, 1, 0): (6, 556),
    (8, 0, 1): (6, 1112),
    (11, 1, 1): (9, 75),
    (13, 0, 1): (6, 556),
    (13, 1, 1): (6, 1112),
    (16, 1, 1): (3, 7408),
}


def containment(code: int, version: int, nic_a: int, nic_b_or_c: int) -> Containment:
    """NIC and the radius of containment, metres; (0, 0) when nothing is promised.

    :param code: the type code of the position message, 5-8, 9-18 or 20-22.
    :param version: the aircraft's ADS-B version; 0 until it says another one.
    :param nic_a: NIC supplement A of its operational status.
    :param nic_b_or_c: supplement B of an airborne position, or C of the
        surface operational status.
    """
    if version == 0:
        return _VERSION_0.get(code, _UNKNOWN)
    plain = _VERSION_1.get(code, _UNKNOWN)
    if version == 1:
        return _SUPPLEMENTED_1.get((code, nic_a), plain)
    return _SUPPLEMENTED_2.get((code, nic_a, nic_b_or_c), plain)
