"""How much one token may publish, over all its connections."""

from __future__ import annotations

import pytest

from flighttap.access.allowance import Allowance, Allowances
from flighttap.access.grant import Grant
from flighttap.errors import RateLimited, RoomFull


def grant(identity: str = "1", rate: float | None = None, flights: int | None = None) -> Grant:
    return Grant("ana", identity, frozenset({"publish"}), ("*",), None, rate, flights)


def test_messages_are_counted_by_token_and_not_by_connection() -> None:
    all_of_them = Allowances()
    token = grant(rate=2)
    for _ in range(4):
        assert all_of_them.of(token, 0.0).take_message(0.0)  # type: ignore[union-attr]
    with pytest.raises(RateLimited) as refused:
        all_of_them.of(token, 0.0).take_message(0.0)  # type: ignore[union-attr]
    assert refused.value.retry_ms == 501
    assert all_of_them.of(token, 0.5).take_message(0.5)  # type: ignore[union-attr]
    assert all_of_them.of(grant("2", rate=2), 0.5).take_message(0.5)  # type: ignore[union-attr]


def test_a_token_without_limits_has_no_allowance() -> None:
    assert Allowances().of(grant(), 0.0) is None
    assert Allowances().of(None, 0.0) is None
    assert not Allowance(grant(flights=1), 0.0).take_message(0.0), "the server's own limit holds then"


def test_a_token_keeps_so_many_flights_until_they_are_gone() -> None:
    allowance = Allowance(grant(flights=2), 0.0)
    allowance.take_flights("x", ["a", None], 0.0)
    allowance.take_flights("x", ["b", "a", "a"], 10.0)
    with pytest.raises(RoomFull, match="2 flights"):
        allowance.take_flights("x", ["c"], 20.0)
    with pytest.raises(RoomFull):
        allowance.take_flights("y", ["a"], 20.0)
    allowance.take_flights("x", ["a"], 299.0)
    allowance.gone("x", "a")
    allowance.take_flights("x", ["c"], 299.0)
    with pytest.raises(RoomFull):
        allowance.take_flights("x", ["d"], 309.0)
    allowance.take_flights("x", ["d"], 310.0)


def test_tokens_that_are_not_used_any_more_are_forgotten() -> None:
    all_of_them = Allowances()
    busy, kept = grant("busy", rate=0.001), grant("kept", flights=1)
    all_of_them.of(busy, 0.0).take_message(0.0)  # type: ignore[union-attr]
    all_of_them.of(kept, 0.0).take_flights("x", ["a"], 0.0)  # type: ignore[union-attr]
    remembered = [all_of_them.of(busy, 0.0), all_of_them.of(kept, 0.0)]
    for number in range(5000):
        all_of_them.of(grant(str(number), rate=1), 100.0)
    assert len(all_of_them._of) < 3000
    assert [all_of_them.of(busy, 100.0), all_of_them.of(kept, 100.0)] == remembered
