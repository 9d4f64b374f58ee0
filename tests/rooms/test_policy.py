"""Who may publish, from where pages may come, and how limits are set."""

from __future__ import annotations

from typing import Any

import pytest

from flighttap.errors import ConfigError
from flighttap.rooms.policy import (
    Limits,
    RoomRules,
    is_local,
    is_loopback,
    normal_origin,
    origin_allowed,
    permitted,
    valid_room_name,
)

LOCAL: dict[str, Any] = {
    "local_address": "127.0.0.1", "peer_address": "127.0.0.1", "host": "localhost:8000", "headers": ["host", "upgrade"],
}  # fmt: skip


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_this_machine_is_local_to_itself(host: str) -> None:
    assert is_local(**LOCAL | {"host": host})


@pytest.mark.parametrize(
    "changed",
    [
        {"local_address": "0.0.0.0"},  # noqa: S104
        {"local_address": "192.168.1.2"},
        {"peer_address": "192.168.1.2"},
        {"host": None},
        {"host": "example.com"},
        {"host": "127.0.0.1.example.com"},
        {"host": "localhost.example.com:80"},
        {"host": "127.0.0.2"},
        {"headers": ["host", "x-forwarded-for"]},
        {"headers": ["forwarded"]},
        {"headers": ["via"]},
        {"headers": ["x-real-ip"]},
    ],
)
def test_anything_less_is_not_local(changed: dict[str, Any]) -> None:
    assert not is_local(**LOCAL | changed)


#: Whom a room's rule for a role lets by: a stranger, one on this machine, a token with the role, one for admin, one
#: with the other role; and a stranger where publishing is open.
PERMITTED = [
    ("watch", "anyone", "yyyyyy"),
    ("watch", "members", "nnyynn"),
    ("watch", "nobody", "nnnnnn"),
    ("publish", "local", "nyyyny"),
    ("publish", "anyone", "yyyyyy"),
    ("publish", "token", "nnyynn"),
    ("publish", "nobody", "nnnnnn"),
]


@pytest.mark.parametrize(("role", "rule", "expected"), PERMITTED)
def test_who_may_act_in_a_role(role: str, rule: str, expected: str) -> None:
    rules = RoomRules(**{role: rule})
    other = "publish" if role == "watch" else "watch"
    callers: list[tuple[tuple[str, ...], bool, bool]] = [
        ((), False, False),
        ((), True, False),
        ((role,), False, False),
        (("admin",), False, False),
        ((other,), False, False),
        ((), False, True),
    ]
    said = [permitted(role, rules, held, local=local, open_publish=free) for held, local, free in callers]
    assert "".join("ny"[each] for each in said) == expected


def test_each_rule_of_a_room_is_in_the_table() -> None:
    assert {rule for role, rule, _ in PERMITTED if role == "watch"} == set(RoomRules.WATCH)
    assert {rule for role, rule, _ in PERMITTED if role == "publish"} == set(RoomRules.PUBLISH)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://example.com", "https://example.com:443"),
        ("HTTP://Example.com:8000/", "http://example.com:8000"),
        ("http://[::1]", "http://[::1]:80"),
        ("null", None),
        ("https://example.com/path", None),
        ("https://user@example.com", None),
        ("https://example.com:port", None),
        ("https://example.com:99999", None),
        ("example.com", None),
        ("", None),
    ],
)
def test_origins_have_one_form(text: str, normal: str | None) -> None:
    assert normal_origin(text) == normal


@pytest.mark.parametrize(
    ("origin", "secure", "host", "allowed"),
    [
        (None, False, "a.example", True),
        ("http://a.example", False, "a.example", True),
        ("http://a.example", False, "a.example:80", True),
        ("https://a.example", True, "a.example:443", True),
        ("http://a.example", True, "a.example", False),
        ("http://a.example:8000", False, "a.example", False),
        ("http://b.example", False, "a.example", False),
        ("null", False, "a.example", False),
        ("https://club.example", False, "a.example", True),
        ("http://a.example", False, None, False),
    ],
)
def test_a_page_may_connect_to_its_own_host_or_where_it_is_listed(
    origin: str | None, secure: bool, host: str | None, allowed: bool
) -> None:
    listed = ["https://club.example:443"]
    assert origin_allowed(origin, secure=secure, host=host, allowed=listed) is allowed


@pytest.mark.parametrize(
    ("address", "local"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", False),
     ("::ffff:10.0.0.1", False), ("localhost", False), ("", False)],
)  # fmt: skip
def test_loopback(address: str, local: bool) -> None:
    assert is_loopback(address) is local


@pytest.mark.parametrize("name", ["a", "A_b-9", "_x", "a" * 80])
def test_room_names(name: str) -> None:
    assert valid_room_name(name)


@pytest.mark.parametrize("name", ["", "-a", "a" * 81, "a b", "a/b", "é", "a\n", "a.b"])
def test_what_is_no_room_name(name: str) -> None:
    assert not valid_room_name(name)


def test_limits_are_set_by_name_and_keep_their_kind() -> None:
    limits = Limits().replaced({"message": 1000.0, "stall": 7})
    assert (limits.message, limits.stall, limits.rooms) == (1000, 7.0, Limits().rooms)
    for wrong in ({"message": 1.5}, {"rooms": -1}):
        with pytest.raises(ConfigError):
            Limits().replaced(wrong)
