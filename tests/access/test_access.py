"""What a caller may do, from where it is and what its token gives."""

from __future__ import annotations

import pytest

from flighttap.access.access import Access, Facts
from flighttap.access.grant import Grant
from flighttap.errors import BadToken, Forbidden, Unauthorized
from flighttap.rooms.policy import RoomRules

NAMES = ("club", "Club", "club-a", "club-")
HERE = Facts("127.0.0.1", "127.0.0.1", "localhost:8000")
THERE = Facts("192.0.2.1", "192.0.2.9", "hub.example")
RULES = {"club": RoomRules("token", "members"), "radio": RoomRules("nobody"), "open": RoomRules()}

ALL = "watch publish admin"
GRANTS = {
    "club": Grant("ana", "1", frozenset({"watch"}), ("club",)),
    "all": Grant("ben", "2", frozenset({"watch", "publish", "admin"}), ("*",)),
    "some": Grant("cas", "3", frozenset({"publish", "admin"}), ("c*", "open")),
}


def access(*, keys: bool = True) -> Access:
    def verify(token: str) -> Grant:
        if token not in GRANTS:
            raise BadToken("no")
        return GRANTS[token]

    return Access(RULES.__getitem__, verify=verify if keys else None)


@pytest.mark.parametrize(
    ("facts", "keys", "token", "expected"),
    [
        (HERE, False, None, {"open": "watch publish admin", "radio": "watch admin", "club": "admin", None: "admin"}),
        (THERE, False, None, {"open": "watch", "radio": "watch", "club": "", None: ""}),
        (HERE, True, None, {"open": "watch publish", "radio": "watch", "club": "", None: ""}),
        (THERE, True, None, {"open": "watch", "radio": "watch", "club": "", None: ""}),
        (THERE, True, "club", {"open": "watch", "radio": "watch", "club": "watch", None: ""}),
        (THERE, True, "some", {"open": ALL, "radio": "watch", "club": ALL, None: ""}),
        (THERE, True, "all", {"open": ALL, "radio": "watch admin", "club": ALL}),
    ],
)
def test_roles_by_place_room_and_token(
    facts: Facts, keys: bool, token: str | None, expected: dict[str | None, str]
) -> None:
    caller = access(keys=keys).caller(facts, token)
    for room, roles in expected.items():
        if room is None:
            assert caller.may("admin", None) is (roles == "admin")
        else:
            assert caller.roles(room) == tuple(roles.split()), room
            assert caller.may("admin", room) is ("admin" in roles)


def test_admin_of_the_whole_server_is_only_who_is_admin_of_every_room() -> None:
    hub = access()
    assert hub.caller(THERE, "all").may("admin", None)
    assert not hub.caller(THERE, "some").may("admin", None)


def test_a_caller_is_told_whether_a_token_would_help() -> None:
    with pytest.raises(Unauthorized, match="needs a token"):
        access().caller(THERE).need("watch", "club")
    with pytest.raises(Forbidden):
        access().caller(THERE, "club").need("publish", "club")
    with pytest.raises(Forbidden):
        access(keys=False).caller(THERE).need("publish", "open")
    access().caller(THERE, "club").need("watch", "club")


def test_without_keys_there_is_no_good_token() -> None:
    with pytest.raises(BadToken, match="takes no tokens"):
        access(keys=False).caller(HERE, "club")


def test_another_token_takes_the_place_of_the_first() -> None:
    caller = access().caller(THERE, "all").renewed("club")
    assert caller.roles("club") == ("watch",)
    with pytest.raises(BadToken):
        caller.renewed("forged")


@pytest.mark.parametrize(
    ("pattern", "rooms"),
    [
        ("club", {"club"}),
        ("club-*", {"club-a", "club-"}),
        ("?lub", {"club", "Club"}),
        ("*", {"club", "Club", "club-a", "club-"}),
    ],
)
def test_patterns_of_rooms_are_case_sensitive_and_whole(pattern: str, rooms: set[str]) -> None:
    grant = Grant("", "", frozenset({"watch"}), (pattern,))
    assert {name for name in NAMES if grant.held(name)} == rooms
