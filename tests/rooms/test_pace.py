"""How often a watcher that lags is served, on a clock of numbers."""

from __future__ import annotations

import pytest

from flighttap.rooms.pace import AGAIN, HZ, PROBATION, PROBATION_MOST, Pace, snapped


@pytest.mark.parametrize(("wish", "given"), [(100, 20), (20, 20), (19.9, 10), (0.7, 0.5), (0.2, 0.2), (0.01, 0.2)])
def test_a_wish_snaps_down_to_what_is_on_offer(wish: float, given: float) -> None:
    assert snapped(wish) == given


def lag(pace: Pace, start: float, seconds: float) -> bool:
    """Fill its socket for a while; whether that cost it a step."""
    pace.filled(start)
    return pace.drained(start + seconds)


def slow(pace: Pace, start: float) -> float:
    """Let it lag until that costs a step; the time when it did."""
    while not lag(pace, start, 5.0):
        start += 5.0
    return start + 5.0


def raised_at(pace: Pace, now: float) -> float:
    """The first whole second after ``now`` in which it is raised."""
    while not pace.kept_up(now):
        now += 1.0
        assert now < 10_000, "it is never raised"
    return now


def test_only_a_second_lag_soon_after_the_first_costs_a_step() -> None:
    pace = Pace(5)
    assert not lag(pace, 100.0, 3.0)
    assert not lag(pace, 103.0 + AGAIN + 0.1, 3.0)
    assert pace.hz == 5
    assert lag(pace, 106.1 + AGAIN + AGAIN, 0.2)
    assert (pace.hz, pace.wish) == (2, 5)


def test_a_socket_that_is_full_for_less_than_the_time_between_two_updates_is_no_lag() -> None:
    pace = Pace(2)
    for start in range(10):
        assert not lag(pace, start, 0.49)
    assert not lag(pace, 10, 0.5)
    assert lag(pace, 11, 0.5)


def test_parts_of_one_message_are_measured_as_one() -> None:
    pace = Pace(5)
    assert not lag(pace, 0.0, 1.0)
    pace.filled(2.0)
    pace.filled(2.1)
    assert pace.drained(2.2)


def test_an_answer_to_a_wish_is_no_measure_however_long_it_takes() -> None:
    pace = Pace(5)
    assert not lag(pace, 0.0, 1.0)
    pace.filled(1.0)
    pace.excuse()
    pace.filled(3.0)
    assert not pace.drained(5.0)
    assert lag(pace, 6.0, 1.0)


def test_it_goes_down_the_list_to_the_last_and_no_further() -> None:
    pace = Pace(20)
    now, seen = 0.0, []
    for _ in HZ[1:]:
        now = slow(pace, now)
        seen.append(pace.hz)
    assert seen == list(HZ[1:])
    assert not lag(pace, now, 100.0)
    assert pace.hz == 0.2


def test_one_that_keeps_up_is_raised_step_by_step_to_its_wish_and_no_further() -> None:
    pace = Pace(5)
    now = slow(pace, 0.0)
    now = slow(pace, now)
    assert pace.hz == 1
    assert not pace.kept_up(now + PROBATION - 0.5)
    assert pace.kept_up(now + PROBATION)
    assert pace.hz == 2
    assert not pace.kept_up(now + 2 * PROBATION - 0.5)
    assert pace.kept_up(now + 2 * PROBATION)
    assert pace.hz == 5
    assert not pace.kept_up(now + 100 * PROBATION)


def test_nobody_is_raised_while_its_socket_is_full_nor_soon_after_any_lag() -> None:
    pace = Pace(5)
    now = slow(pace, 0.0)
    pace.filled(now + 15.0)
    assert not pace.kept_up(now + 100.0)
    assert not pace.drained(now + 100.0)
    assert not pace.kept_up(now + 100.0 + PROBATION - 0.5)
    assert pace.kept_up(now + 100.0 + PROBATION)


def test_a_raise_that_does_not_last_doubles_the_probation_up_to_a_bound() -> None:
    pace = Pace(5)
    now = slow(pace, 0.0)
    waits = []
    for _ in range(6):
        up = raised_at(pace, now)
        waits.append(up - now)
        assert lag(pace, up + AGAIN, 0.5), "one lag after a raise is enough"
        now = up + AGAIN + 0.5
    assert waits == [30.0, 60.0, 120.0, 240.0, 480.0, 480.0]
    assert waits[-1] == PROBATION_MOST


def test_a_raise_that_lasted_begins_anew() -> None:
    pace = Pace(5)
    now = slow(pace, 0.0)
    up = raised_at(pace, now)
    assert lag(pace, up, 1.0)
    up = raised_at(pace, up + 1.0)
    now = slow(pace, up + 2 * PROBATION)
    assert raised_at(pace, now) - now == PROBATION
