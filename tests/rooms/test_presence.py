"""Who is in a room, and what those who want to know are told: always the truth, and no flapping."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from flighttap.client.replica import Replica
from flighttap.errors import BadField
from flighttap.rooms.member import Member
from flighttap.rooms.presence import EVERY, LINGER, Presence, read_name

#: A name that is written with a joiner.
PERSIAN = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"


class Listener:
    """A member that listens, and what it makes of what it is told."""

    def __init__(self, presence: Presence, to_list: bool = True) -> None:
        self.presence = presence
        self.member = Member(None, "x", "listener", "c0")  # type: ignore[arg-type]
        self.replica = Replica()
        self.told: list[dict[str, Any]] = []
        self.to_list = to_list
        self.want(to_list)

    def want(self, to_list: bool) -> None:
        self.to_list = to_list
        if self.presence.listen(self.member, to_list):
            self.catch_up()

    def catch_up(self) -> None:
        if not self.member.full and self.presence.lacks(self.member):
            self.tell(self.presence.whole(self.member))

    def tell(self, body: dict[str, Any]) -> None:
        assert not self.member.full, "nothing is written to a full socket"
        self.told.append(body)
        assert not {*body.get("left", ())} & {present.id for present in self.presence._present.values()}
        assert self.replica.apply({"t": "presence", **body}).fresh, "no gap where nothing is lost"


def flush(presence: Presence, now: float, *listeners: Listener) -> None:
    of = {listener.member: listener for listener in listeners}
    for body, members in presence.flush(now):
        for member in members:
            of[member].tell(body)


@pytest.fixture
def presence() -> Presence:
    return Presence(3)


def test_somebody_who_comes_back_in_time_never_left(presence: Presence) -> None:
    presence.arrive("s1", "c1")
    presence.arrive("s2", "c2")
    listener = Listener(presence)
    flush(presence, 0.0, listener)
    pseq = presence.pseq
    presence.depart("s1", 0.0)
    presence.settle(LINGER - 0.1)
    assert presence.id_of("s1") == "c1"
    presence.arrive("s1", "c1")
    presence.settle(99.0)
    assert (presence.count, presence.pseq, presence.due()) == (2, pseq, None)
    presence.depart("s1", 100.0)
    presence.settle(100.0 + LINGER)
    assert (presence.count, presence.id_of("s1")) == (1, None)
    flush(presence, 106.0, listener)
    presence.arrive("s1", "c3")
    flush(presence, 107.0, listener)
    assert listener.told[1:] == [
        {"base": 2, "pseq": 3, "count": 1, "joined": [], "left": ["c1"]},
        {"base": 3, "pseq": 4, "count": 2, "joined": [{"id": "c3"}], "left": []},
    ]


def test_two_sockets_of_one_session_count_once_until_both_are_gone(presence: Presence) -> None:
    for session in ("s1", "s2", "s3"):
        presence.arrive(session, f"c{session[1]}")
    for session in ("s2", "s3"):
        presence.arrive("s1", "c1")
        presence.disown(session)
    assert presence.count == 1
    presence.depart("s1", 0.0)
    presence.depart("s1", 0.0)
    presence.settle(9.0)
    assert presence.count == 1
    presence.depart("s1", 9.0)
    presence.settle(15.0)
    assert presence.count == 0


def test_a_list_comes_whole_and_then_what_changes_a_name_as_a_member_that_joins_again(presence: Presence) -> None:
    presence.arrive("s1", "c1")
    presence.name("s1", "Ana")
    listener = Listener(presence)
    presence.arrive("s2", "c2")
    presence.name("s1", "Eva")
    flush(presence, 0.0, listener)
    presence.name("s1", None)
    presence.name("s2", None)
    flush(presence, 1.0, listener)
    assert listener.told == [
        {"pseq": 2, "count": 1, "members": [{"id": "c1", "name": "Ana"}]},
        {"base": 0, "pseq": 4, "count": 2, "joined": [{"id": "c1", "name": "Eva"}, {"id": "c2"}], "left": []},
        {"base": 4, "pseq": 5, "count": 2, "joined": [{"id": "c1"}], "left": []},
    ]
    assert presence.due() is None


def test_changes_are_told_once_a_second_together(presence: Presence) -> None:
    assert presence.due() is None
    presence.arrive("s1", "c1")
    assert presence.due() == float("-inf")
    presence.flush(10.0)
    assert presence.due() is None
    presence.arrive("s2", "c2")
    assert presence.due() == 10.0 + EVERY


def test_above_the_limit_members_are_only_counted_and_below_it_the_list_comes_whole(presence: Presence) -> None:
    for number in range(1, 4):
        presence.arrive(f"s{number}", f"c{number}")
    listener = Listener(presence)
    assert len(listener.told[-1]["members"]) == 3
    presence.arrive("s4", "c4")
    late = Listener(presence)
    flush(presence, 0.0, listener, late)
    assert listener.told[1:] == late.told == [{"pseq": 4, "count": 4}]
    assert listener.replica.members is None
    presence.name("s1", "Ana")
    flush(presence, 1.0, listener, late)
    assert len(listener.told) == 2, "a name is nothing new to those who are told the count"
    presence.depart("s4", 1.0)
    presence.settle(1.0 + LINGER)
    flush(presence, 9.0, listener, late)
    assert listener.told[-1] == late.told[-1]
    assert listener.replica.members == {"c1": "Ana", "c2": None, "c3": None}
    presence.name("s1", None)
    flush(presence, 10.0, listener, late)
    assert listener.told[-1] == late.told[-1] == {
        "base": 6, "pseq": 7, "count": 3, "joined": [{"id": "c1"}], "left": []
    }  # fmt: skip


def test_one_that_was_told_the_count_meanwhile_gets_the_list_and_no_change_of_one(presence: Presence) -> None:
    for number in range(1, 4):
        presence.arrive(f"s{number}", f"c{number}")
    listener = Listener(presence)
    flush(presence, 0.0, listener)
    presence.arrive("s4", "c4")
    listener.tell(presence.whole(listener.member))
    presence.arrive("s1", "c1")
    presence.disown("s4")
    flush(presence, 1.0, listener)
    assert [sorted(body) for body in listener.told[1:]] == [["count", "pseq"], ["count", "members", "pseq"]]


def test_one_that_lagged_is_told_everything_once(presence: Presence) -> None:
    presence.arrive("s1", "c1")
    listener = Listener(presence)
    listener.member.full = True
    for number in range(2, 4):
        presence.arrive(f"s{number}", f"c{number}")
        flush(presence, float(number), listener)
    assert len(listener.told) == 1
    listener.member.full = False
    listener.catch_up()
    listener.catch_up()
    assert [sorted(body) for body in listener.told[1:]] == [["count", "members", "pseq"]]
    presence.name("s1", "Ana")
    flush(presence, 9.0, listener)
    assert listener.told[-1]["joined"] == [{"id": "c1", "name": "Ana"}]


def test_a_wish_that_is_repeated_is_not_answered_again_and_one_taken_back_is_kept(presence: Presence) -> None:
    presence.arrive("s1", "c1")
    listener = Listener(presence)
    listener.want(True)
    assert len(listener.told) == 1
    again = Listener(presence)
    presence.ignore(again.member)
    assert presence._holders == {listener.member}, "nothing is kept of one that is told nothing"
    listener.want(False)
    assert listener.told[1:] == [{"pseq": 1, "count": 1}]
    presence.ignore(listener.member)
    presence.arrive("s2", "c2")
    assert presence.flush(0.0) == []
    assert not presence.lacks(listener.member)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Ana", "Ana"),
        ("  Ana Sofía \t", "Ana Sofía"),
        ("<b>Ana</b>", "<b>Ana</b>"),
        (PERSIAN, PERSIAN),
        ("\U0001f468\u200d\u2708\ufe0f", "\U0001f468\u200d\u2708\ufe0f"),
        ("x" * 40, "x" * 40),
        (" " * 90 + "x", "x"),
        ("", None),
        (" \u3000\u200d ", None),
        (None, None),
    ],
)
def test_a_name_is_trimmed_and_nothing_is_no_name(said: object, name: str | None) -> None:
    assert read_name(said, 40) == name


@pytest.mark.parametrize(
    "said",
    [
        *("x" * 41, "a\nb", "a\x00b", "a\x1b[2Jb", "a\x7fb", "a\x85b", "a\u2028b", "a\u202eb", "a\u2066b", "\u200ba"),
        *("\ufeffa", "\ud800", 7, True, ["Ana"], {}),
    ],
)
def test_a_name_that_is_too_long_or_would_disturb_other_text_is_refused(said: object) -> None:
    with pytest.raises(BadField):
        read_name(said, 40)


class Room(RuleBasedStateMachine):
    """Members come, go, come back and name themselves; listeners lag; in the end everybody knows the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.presence = Presence(4)
        self.now = 0.0
        self.numbers = count()
        self.sockets: list[str] = []
        self.ids: dict[str, str] = {}
        self.names: dict[str, str | None] = {}
        self.closed_at: dict[str, float] = {}
        self.listeners = [Listener(self.presence, to_list) for to_list in (True, True, True, False)]

    def due(self) -> None:
        """What the hub's timer does."""
        due = self.presence.due()
        if due is not None and due <= self.now:
            flush(self.presence, self.now, *self.listeners)

    def truth(self) -> dict[str, str | None]:
        return {self.ids[session]: self.names.get(session) for session in self.ids}

    def pick(self, which: int) -> str:
        return self.sockets[which % len(self.sockets)]

    @rule()
    def arrive(self) -> None:
        session = f"s{next(self.numbers)}"
        self.ids[session] = f"c{session}"
        self.presence.arrive(session, self.ids[session])
        self.sockets.append(session)

    @rule(which=st.integers(0, 9))
    def depart(self, which: int) -> None:
        if self.sockets:
            session = self.pick(which)
            self.sockets.remove(session)
            self.presence.depart(session, self.now)
            if session not in self.sockets:
                self.closed_at[session] = self.now

    @rule(which=st.integers(0, 9))
    def resume(self, which: int) -> None:
        """A new connection says that it is a session that is here or was."""
        session = list(self.ids)[which % len(self.ids)] if self.ids else None
        if session is not None:
            assert self.presence.id_of(session) == self.ids[session]
            self.presence.arrive(session, self.ids[session])
            self.sockets.append(session)
            self.closed_at.pop(session, None)

    @rule(which=st.integers(0, 9), other=st.integers(0, 9))
    def turn_out(self, which: int, other: int) -> None:
        """A socket that took part as itself already turns out to be another's."""
        if len(self.sockets) > 1:
            old, new = self.pick(which), self.pick(other)
            if old != new:
                self.presence.arrive(new, self.ids[new])
                self.presence.disown(old)
                self.sockets[self.sockets.index(old)] = new
                if old not in self.sockets:
                    del self.ids[old]

    @rule(which=st.integers(0, 9), name=st.sampled_from([None, "Ana", "Eva"]))
    def name(self, which: int, name: str | None) -> None:
        if self.sockets:
            session = self.pick(which)
            self.presence.name(session, name)
            self.names[session] = name

    @rule(which=st.integers(0, 3))
    def fill(self, which: int) -> None:
        self.listeners[which].member.full = True

    @rule(which=st.integers(0, 3))
    def drain(self, which: int) -> None:
        self.listeners[which].member.full = False
        self.listeners[which].catch_up()

    @rule(which=st.integers(0, 2), to_list=st.booleans())
    def want(self, which: int, to_list: bool) -> None:
        self.listeners[which].want(to_list)

    @rule(which=st.integers(0, 3))
    def ask(self, which: int) -> None:
        listener = self.listeners[which]
        if not listener.member.full:
            listener.tell(self.presence.whole(listener.member))

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0, 3.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        for session, at in list(self.closed_at.items()):
            if self.now >= at + LINGER:
                del self.closed_at[session], self.ids[session]
        self.presence.settle(self.now)
        self.due()

    @invariant()
    def the_count_is_true(self) -> None:
        assert self.presence.count == len(self.ids)

    def teardown(self) -> None:
        for which in range(4):
            self.drain(which)
        self.wait(EVERY)
        for listener in self.listeners:
            assert listener.replica.count == len(self.ids)
            assert listener.replica.members == (self.truth() if listener.to_list and len(self.ids) <= 4 else None)
        assert self.presence.due() is None


Room.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
test_every_listener_ends_with_the_truth = Room.TestCase
