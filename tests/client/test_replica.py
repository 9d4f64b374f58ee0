"""The client's table does with messages what the protocol says, and nothing on half a message."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flighttap.client.errors import Gap, Inconsistent
from flighttap.client.replica import Replica

HELLO = {
    "t": "hello",
    "v": 1,
    "session": "s1",
    "id": "c1",
    "room": "ams",
    "epoch": "e1",
    "heartbeat": 15,
    "now": 1000.0,
}


def row(key: str, **fields: Any) -> dict[str, Any]:
    return {"key" if ":" in key else "hex": key, **fields}


def snapshot(seq: int, *rows: dict[str, Any], epoch: str = "e1", **more: Any) -> dict[str, Any]:
    return {
        "t": "snapshot", "epoch": epoch, "seq": seq, "eseq": 0, "part": 1, "parts": 1, "recovered": False,
        "now": 1000.0, "aircraft": list(rows), **more,
    }  # fmt: skip


def update(base: int, seq: int, now: float = 1001.0, **more: Any) -> dict[str, Any]:
    return {"t": "update", "base": base, "seq": seq, "now": now, **more}


def replica(*messages: dict[str, Any]) -> Replica:
    made = Replica()
    for message in (HELLO, *messages):
        made.apply(message)
    return made


def held(made: Replica) -> dict[str, Any]:
    return {name: copy.deepcopy(value) for name, value in vars(made).items() if name not in ("_apply", "hello", "now")}


def test_a_snapshot_replaces_everything_and_says_what_is_new_and_gone():
    made = replica(snapshot(5, row("aaaaaa", gs=100.0), row("bbbbbb", gs=1.0)))
    applied = made.apply(snapshot(9, row("bbbbbb", gs=2.0), row("flight:X1", lat=1.0, lon=2.0), epoch="e2"))
    assert made.aircraft == {"bbbbbb": row("bbbbbb", gs=2.0), "flight:X1": row("flight:X1", lat=1.0, lon=2.0)}
    assert (applied.changed, applied.removed) == ({"bbbbbb", "flight:X1"}, {"aaaaaa"})
    assert (made.epoch, made.position, made.recovered) == ("e2", 9, False)


def test_an_update_forgets_then_replaces_then_merges():
    made = replica(snapshot(5, row("aaaaaa", gs=1.0, track=9.0), row("bbbbbb", gs=1.0), row("cccccc", gs=1.0)))
    applied = made.apply(
        update(
            5, 8, removed=["cccccc"], out=["bbbbbb"], full=[row("bbbbbb", track=2.0)],
            aircraft=[row("aaaaaa", gs=None, lat=52.0, lon=4.0)],
        )
    )  # fmt: skip
    assert made.aircraft == {"aaaaaa": row("aaaaaa", track=9.0, lat=52.0, lon=4.0), "bbbbbb": row("bbbbbb", track=2.0)}
    assert (applied.changed, applied.removed) == ({"aaaaaa", "bbbbbb"}, {"cccccc"})
    assert made.position == 8


def test_an_update_on_an_older_base_applies_and_the_position_may_go_down():
    made = replica(snapshot(5, row("aaaaaa", gs=1.0)))
    made.apply(update(2, 4, aircraft=[row("aaaaaa", gs=3.0)]))
    assert (made.position, made.aircraft["aaaaaa"]["gs"]) == (4, 3.0)


@pytest.mark.parametrize("made", [replica(), replica(snapshot(5, row("aaaaaa")))])
def test_an_update_on_a_newer_base_is_a_gap_and_changes_nothing(made: Replica):
    before = held(made)
    with pytest.raises(Gap) as gap:
        made.apply(update(6, 7, full=[row("bbbbbb")]))
    assert (gap.value.base, gap.value.position) == (6, made.position)
    assert held(made) == before


def test_a_snapshot_in_parts_is_taken_with_its_last_part():
    made = replica(snapshot(5, row("aaaaaa"), covers=[0, 0, 10, 10], filter="f1"))
    before = held(made)
    assert not made.apply(snapshot(9, row("bbbbbb"), part=1, parts=2, covers=[0, 0, 20, 20])).fresh
    made.apply({"t": "heartbeat", "seq": 12, "eseq": 0, "now": 1002.0})
    assert {**held(made), "_parts": []} == before
    made.apply(snapshot(9, row("cccccc"), part=2, parts=2, covers=[0, 0, 20, 20], filter="f2"))
    assert list(made.aircraft) == ["bbbbbb", "cccccc"]
    assert (made.position, made.covers, made.filter) == (9, (0, 0, 20, 20), "f2")


def test_an_update_in_parts_is_taken_with_its_last_part():
    made = replica(snapshot(5, row("aaaaaa", gs=1.0), row("bbbbbb")))
    made.apply(update(5, 9, more=True, removed=["bbbbbb"], full=[row("cccccc")]))
    assert list(made.aircraft) == ["aaaaaa", "bbbbbb"]
    assert made.position == 5
    applied = made.apply(update(5, 9, aircraft=[row("aaaaaa", gs=2.0), row("cccccc", gs=7.0)]))
    assert made.aircraft == {"aaaaaa": row("aaaaaa", gs=2.0), "cccccc": row("cccccc", gs=7.0)}
    assert (applied.changed, applied.removed) == ({"aaaaaa", "cccccc"}, {"bbbbbb"})
    assert made.position == 9


def test_a_connection_cut_between_parts_resumes_from_before_them():
    made = replica(snapshot(5, row("aaaaaa")))
    made.apply(update(5, 9, more=True, full=[row("bbbbbb")], covers=[0, 0, 1, 1], filter="f9"))
    made.apply({**HELLO, "session": "s2"})
    assert made.opening({"hz": 2}) == {"op": "resume", "hz": 2, "session": "s1", "epoch": "e1", "seq": 5, "eseq": 0}
    made.apply(update(5, 10, full=[row("bbbbbb")]))
    assert list(made.aircraft) == ["aaaaaa", "bbbbbb"]


def test_the_opening_is_a_watch_before_there_is_anything_to_resume():
    made = replica()
    assert made.opening({"hz": 2, "events": True}) == {"op": "watch", "hz": 2, "events": True}
    made.apply(snapshot(5, covers=[-10, 50, 10, 60], filter="f1"))
    assert made.opening({})["covers"] == (-10, 50, 10, 60)
    assert made.opening({})["filter"] == "f1"


def test_new_covers_forget_what_they_exclude_but_not_what_has_no_position_or_comes_in_full():
    made = replica(
        snapshot(5, row("aaaaaa", lat=5.0, lon=5.0), row("bbbbbb", lat=5.0, lon=25.0), row("cccccc"),
                 row("dddddd", lat=5.0, lon=26.0), covers=[0, 0, 30, 10])
    )  # fmt: skip
    full = row("dddddd", lat=5.0, lon=9.0)
    applied = made.apply(update(5, 6, covers=[0, 0, 10, 10], full=[full]))
    assert made.aircraft.keys() == {"aaaaaa", "cccccc", "dddddd"}
    assert applied.removed == {"bbbbbb"}
    assert made.covers == (0, 0, 10, 10)


@pytest.mark.parametrize(
    ("lat", "lon", "kept"),
    [
        (0, 170, True),
        (0, -170, True),
        (0, 0, False),
        (0, 160, True),
        (0, -160, False),
        (0, 180, True),
        (10, 175, False),
    ],
)
def test_a_box_of_tiles_owns_its_western_and_southern_edge_and_may_cross_the_antimeridian(lat, lon, kept):
    made = replica(snapshot(5, row("aaaaaa", lat=float(lat), lon=float(lon))))
    made.apply(update(5, 6, covers=[160, -10, -160, 10]))
    assert ("aaaaaa" in made.aircraft) is kept


def test_the_whole_world_holds_its_poles_and_its_last_meridian():
    rows = [row("aaaaaa", lat=90.0, lon=180.0), row("bbbbbb", lat=-90.0, lon=-180.0)]
    made = replica(snapshot(5, *rows))
    made.apply(update(5, 6, covers=[-180, -90, 180, 90]))
    assert len(made.aircraft) == 2


def test_a_heartbeat_moves_the_position_and_hello_and_events_do_not():
    made = replica(snapshot(5))
    made.apply({"t": "heartbeat", "seq": 8, "eseq": 3, "now": 1002.0})
    made.apply({"t": "event", "eseq": 9, "from": "c2", "data": {}})
    made.apply({**HELLO, "session": "s2"})
    assert made.position == 8


def test_a_heartbeat_before_any_snapshot_gives_no_position():
    made = replica({"t": "heartbeat", "seq": 8, "eseq": 3, "now": 1002.0})
    assert made.position is None


def test_events_come_once_and_what_is_missing_between_two_is_told():
    made = replica(snapshot(5, eseq=3))
    assert made.apply({"t": "event", "eseq": 4, "from": "c2", "data": {"a": 1}}).event == {"a": 1}
    assert not made.apply({"t": "event", "eseq": 4, "from": "c2", "data": {"a": 1}}).fresh
    assert made.apply({"t": "event", "eseq": 8, "from": "c2", "data": {}}).lost == (5, 7)
    assert made.apply({"t": "lost", "from": 9, "to": 12}).lost == (9, 12)
    assert not made.apply({"t": "lost", "from": 9, "to": 12}).fresh
    assert made.eseq == 12
    made.apply(snapshot(50, eseq=20))  # same epoch: what came in between is still sent, or said to be lost
    assert made.apply({"t": "event", "eseq": 13, "from": "c2", "data": {"b": 2}}).event == {"b": 2}


def test_events_of_a_new_epoch_are_counted_anew():
    made = replica(snapshot(5, eseq=30))
    made.apply({**HELLO, "epoch": "e2"})
    made.apply({"t": "event", "eseq": 2, "from": "c2", "data": {}})
    made.apply(snapshot(1, eseq=1, epoch="e2"))
    assert made.eseq == 1


def test_ages_follow_the_servers_clock_and_are_no_part_of_the_record():
    made = replica(snapshot(5, row("aaaaaa", lat=1.0, lon=1.0, seen=2.0, seen_pos=7.0), row("bbbbbb", gs=1.0)))
    assert made.aircraft["aaaaaa"] == row("aaaaaa", lat=1.0, lon=1.0)
    assert (made.age("aaaaaa", 1000.0), made.position_age("aaaaaa", 1000.0)) == (2.0, 7.0)
    assert made.position_age("bbbbbb", 1000.0) is None
    made.apply(update(5, 6, 1010.0, aircraft=[row("aaaaaa", gs=5.0)]))
    assert (made.age("aaaaaa", 1012.0), made.position_age("aaaaaa", 1012.0)) == (2.0, 19.0)
    made.apply(update(6, 7, 1020.0, aircraft=[row("aaaaaa", lat=1.5)]))
    assert made.position_age("aaaaaa", made.now) == 0.0


@pytest.mark.parametrize(
    "message",
    [
        update(5, 6, aircraft=[row("bbbbbb", gs=1.0)]),
        update(5, 6, removed=["aaaaaa"], aircraft=[row("aaaaaa", gs=1.0)]),
        update(5, 6, full=[{"gs": 1.0}]),
        update(5, 6, full=[{"hex": 7}]),
        {"t": "update", "seq": 6},
        {"t": "event"},
        snapshot(9, part=2, parts=2),
        snapshot(9, part=3, parts=2),
    ],
)
def test_a_message_without_sense_makes_the_next_opening_ask_for_everything(message):
    made = replica(snapshot(5, row("aaaaaa", gs=1.0)))
    with pytest.raises(Inconsistent):
        made.apply(message)
    assert made.opening({})["op"] == "watch"
    assert "aaaaaa" in made.aircraft  # still there to be looked at


def test_an_update_between_the_parts_of_a_snapshot_makes_no_sense():
    made = replica(snapshot(5, row("aaaaaa")), snapshot(9, part=1, parts=2))
    with pytest.raises(Inconsistent):
        made.apply(update(5, 10))


def test_what_a_later_version_may_say_is_passed_over():
    made = replica(snapshot(5, row("aaaaaa")))
    before = held(made)
    assert not made.apply({"t": "weather"}).fresh
    assert not made.apply({}).fresh
    assert held(made) == before


def test_presence_and_rate_are_kept():
    made = replica({"t": "presence", "pseq": 1, "count": 12}, {"t": "rate", "hz": 1, "why": "lag"})
    assert (made.count, made.hz) == (12, 1)


KEYS = st.sampled_from(["aaaaaa", "~bbbbbb", "flight:C1", "id:4"])
CHANGES = st.lists(st.tuples(KEYS, st.sampled_from(["gs", "track"]), st.none() | st.integers(0, 9)), max_size=12)


@settings(deadline=None)
@given(CHANGES, st.lists(st.integers(1, 3), max_size=12), st.data())
def test_any_cut_of_a_history_into_updates_and_parts_ends_in_the_same_table(changes, cuts, data):
    """Each update says all that changed after its base, and any base not above the position will do."""
    truth: dict[str, dict[str, Any]] = {}
    states = [copy.deepcopy(truth)]
    for key, name, value in changes:
        if value is None and name == "track":
            truth.pop(key, None)
        else:
            record = truth.setdefault(key, row(key))
            record.pop(name, None)
            if value is not None:
                record[name] = value
        states.append(copy.deepcopy(truth))
    made = replica(snapshot(0))
    at = 0
    for cut in [*cuts, len(changes)]:
        seq = min(at + cut, len(changes))
        base = data.draw(st.integers(0, at))
        old, new = states[base], states[seq]
        between = states[base : seq + 1]
        gone = [key for key in made.aircraft if any(key not in state for state in between)]
        full = [
            dict(record) for key, record in new.items() if key not in made.aircraft or key in gone or key not in old
        ]
        delta = []
        for key, record in new.items():
            stamped = [n for n in ("gs", "track") if any(s.get(key, {}).get(n) != record.get(n) for s in between)]
            if record not in full:
                delta.append(row(key, **{name: record.get(name) for name in stamped}))
        pieces = [{"removed": gone}, {"full": full}, {"aircraft": delta}]
        for piece in pieces[:-1]:
            made.apply(update(base, seq, more=True, **piece))
        made.apply(update(base, seq, **pieces[-1]))
        at = seq
        assert made.aircraft == new
    assert made.aircraft == truth
