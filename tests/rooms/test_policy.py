"""Who may publish, from where pages may come, and how limits are set."""

from __future__ import annotations

from typing import Any

import pytest

from flighttap.errors import ConfigError
from flighttap.rooms.policy import (
    Limits,
    RoomRules,
    is_loopback,
    may_publish,
    normal_origin,
    origin_allowed,
    valid_room_name,
)

LOCAL: dict[str, Any] = {
    "open_publish": False, "local_address": "127.0.0.1", "peer_address": "127.0.0.1", "host": "localhost:8000",
    "headers": ["host", "upgrade"],
}  # fmt: skip


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_this_machine_may_publish_to_itself(host: str) -> None:
    assert may_publish(RoomRules(), **LOCAL | {"host": host})


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
def test_anything_less_needs_open_publish(changed: dict[str, Any]) -> None:
    assert not may_publish(RoomRules(), **LOCAL | changed)
    assert may_publish(RoomRules(), **LOCAL | changed | {"open_publish": True})
    assert may_publish(RoomRules(publish="anyone"), **LOCAL | changed)
    assert not may_publish(RoomRules(publish="nobody"), **LOCAL | changed | {"open_publish": True})


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
