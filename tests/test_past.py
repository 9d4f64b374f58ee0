"""When the memories of rooms are brought up to date."""

from __future__ import annotations

from collections import Counter

import pytest
from twisted.internet.task import Clock

from flighttap.past import Past
from flighttap.rooms.policy import Limits
from flighttap.rooms.room import Room
from flighttap.rooms.trail import EVERY, Trails


def test_each_room_is_looked_at_every_few_seconds_and_not_all_in_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(Trails, "follow", lambda self, room: looked.append(room.name))
    past = Past(Clock())
    rooms = [Room(str(number), "e", Limits()) for number in range(20)]
    past.second_passed(rooms, [], 0.0)
    assert len(looked) == 20, "what is new is looked at once"
    for second in range(1, int(EVERY) + 1):
        looked.clear()
        past.second_passed(rooms, [], float(second))
        assert len(looked) == 20 / EVERY
    looked.clear()
    for second in range(int(EVERY) + 1, 10 * int(EVERY) + 1):
        past.second_passed(rooms, [], float(second))
    assert Counter(looked) == {room.name: 9 for room in rooms}


def test_a_room_that_is_gone_is_forgotten() -> None:
    past = Past(Clock())
    room = Room("x", "e", Limits())
    memory = past.of(room)
    past.second_passed([room], [], 0.0)
    assert past.of(room) is memory
    past.second_passed([], [], EVERY)
    assert past.of(room) is not memory
