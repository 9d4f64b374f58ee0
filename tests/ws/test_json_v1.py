"""flighttap.v1.json over real sockets: greeting, watching, publishing, resuming."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flighttap.aircraft.observation import Observation
from flighttap.rooms.policy import Limits
from tests.rooms.peers import Spec
from tests.ws.support import V1, Client, Server, later, serving, until


def heard(key: str, **values: Any) -> Observation:
    return Observation(key, 1.0, "adsb_icao", values)


async def resumed(server: Server, said: dict[str, Any]) -> tuple[Client, Any]:
    client = await server.connect("x/", [V1])
    await client.message("hello")
    client.say({"op": "resume", **said})
    while True:
        answer = await client.message()
        if answer["t"] in ("snapshot", "update"):
            return client, answer


async def test_the_greeting_says_what_there_is() -> None:
    async with serving() as server:
        client = await server.connect("x/", ["unknown", V1])
        hello = await client.message()
        assert hello == {
            "t": "hello", "v": 1, "session": "s1", "id": "c1", "room": "x", "epoch": "e1",
            "roles": ["watch", "publish", "admin"], "features": hello["features"], "hz": [20, 10, 5, 2, 1, 0.5, 0.2],
            "heartbeat": 15.0, "max_message": 65536, "now": 1_795_000_000.0,
        }  # fmt: skip
        assert client.websocket_protocol_in_use == V1


async def test_every_feature_named_in_the_greeting_answers_and_the_rest_is_not_available() -> None:
    async with serving() as server:
        client = await server.connect("x/", [V1])
        hello = await client.message()
        assert set(hello["features"]) == {
            "watch", "hz", "rate", "bbox", "where", "fields", "events", "resume", "publish", "remove", "presence:count",
            "presence:list", "name", "ping", "drain",
        }  # fmt: skip
        for said in ({"op": "auth", "token": "x"},):
            client.say({**said, "id": 5})
            answer = await client.message("error")
            assert (answer["id"], answer["code"]) == (5, "not_available"), said


async def test_one_that_lags_is_told_its_rate_and_a_watch_answers_with_that_which_it_gets() -> None:
    async with serving() as server:
        client, _ = await server.watcher(hz=20)
        protocol = server.member(0)
        for _ in range(2):
            protocol.pauseProducing()  # as the transport does when it is over its high-water mark
            await later(0.06)
            protocol.resumeProducing()
        assert await client.message("rate") == {"t": "rate", "hz": 10, "why": "lag"}
        for asked, given in ((20, 10), (None, 10), (5, 5), (20, 20)):
            client.say({"op": "watch", "id": 1} | ({} if asked is None else {"hz": asked}))
            assert (await client.message("ok"))["hz"] == given


async def test_nothing_is_sent_to_one_that_does_not_watch() -> None:
    async with serving() as server:
        publisher = await server.connect("x/", [V1])
        await publisher.message("hello")
        watcher, _ = await server.watcher()
        publisher.say({"op": "publish", "id": 1, "aircraft": [{"id": 1}]})
        assert await publisher.message() == {"t": "ok", "id": 1}
        await watcher.message("update")
        publisher.say({"op": "ping", "id": "p"})
        assert await publisher.message() == {"t": "pong", "id": "p", "now": 1_795_000_000.0}


async def test_a_watcher_gets_a_snapshot_and_then_only_what_changes() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("4ca7b5", alt_baro=36000, gs=447.2), heard("~abc123", track=10.5)])
        client, snapshot = await server.watcher(hz=20, id=1)
        assert snapshot["covers"] == [-180, -90, 180, 90]
        assert (snapshot["seq"], snapshot["part"], snapshot["parts"], snapshot["recovered"]) == (2, 1, 1, False)
        assert {row["hex"]: row["type"] for row in snapshot["aircraft"]} == {
            "4ca7b5": "adsb_icao",
            "~abc123": "adsb_icao",
        }
        feed.observe([heard("4ca7b5", alt_baro=36000, gs=448.0)])
        update = await client.message()
        assert update == {
            "t": "update", "base": 2, "seq": 3, "now": 1_795_000_000.0,
            "aircraft": [{"hex": "4ca7b5", "gs": 448.0, "seen": 0.0}],
        }  # fmt: skip


async def test_rates_snap_down_to_the_list_and_can_be_changed_on_the_way() -> None:
    async with serving() as server:
        client = await server.connect("x/", [V1])
        for asked, given in ((None, 5.0), (3, 2.0), (1000 - 1, 20.0), (0.01, 0.2), (0.5, 0.5)):
            client.say({"op": "watch", "id": 1} | ({} if asked is None else {"hz": asked}))
            assert (await client.message("ok"))["hz"] == given
        client.say({"op": "watch", "id": 1})
        assert (await client.message("ok"))["hz"] == 0.5


@pytest.mark.parametrize(
    "said",
    [
        {"op": "fly"},
        {"op": None},
        {"op": ["watch"]},
        {"op": "watch", "hz": "fast"},
        {"op": "watch", "hz": 0},
        {"op": "watch", "hz": True},
        {"op": "watch", "events": 1},
        {"op": "watch", "presence": []},
        {"op": "publish"},
        {"op": "publish", "aircraft": {}},
        {"op": "publish", "aircraft": [{"lat": 1}]},
        {"op": "resume"},
        {"op": "resume", "session": "s", "epoch": "e1", "seq": -1},
        {"op": "resume", "session": "s", "epoch": "e1", "seq": "1"},
    ],
)
async def test_a_wrong_operation_is_answered_with_its_id(said: dict[str, Any]) -> None:
    async with serving() as server:
        client = await server.connect("x/", [V1])
        client.say({**said, "id": "mine"})
        answer = await client.message("error")
        assert (answer["id"], answer["code"]) == ("mine", "bad_op")


async def test_publishing_says_which_fields_a_receiver_owns() -> None:
    async with serving() as server:
        server.hub.add_feed(Spec("x")).observe([heard("4ca7b5", lat=52.0, lon=4.0)])
        client = await server.connect("x/", [V1])
        await client.message("hello")
        client.say({"op": "publish", "id": 3, "aircraft": [{"hex": "4CA7B5", "lat": 1, "lon": 1, "alt": 500}]})
        assert await client.message() == {"t": "ok", "id": 3, "shadowed": ["lat", "lon"]}
        aircraft = server.hub.rooms["x"].aircraft["4ca7b5"]
        assert (aircraft.value("lat"), aircraft.value("alt_baro"), aircraft.value("source")) == (52.0, 500, "adsb_icao")


async def test_one_bad_aircraft_refuses_the_whole_publish() -> None:
    async with serving() as server:
        client = await server.connect("x/", [V1])
        await client.message("hello")
        client.say({"op": "publish", "id": 3, "aircraft": [{"id": 1}, {"id": 2, "lat": 100}]})
        assert (await client.message())["code"] == "bad_field"
        assert not server.hub.rooms["x"].aircraft


async def test_a_bare_object_is_a_publish_of_one_flight() -> None:
    async with serving() as server:
        watcher, _ = await server.watcher()
        watcher.say({"flight": "klm1 ", "alt": 900})
        (row,) = (await watcher.message("update"))["full"]
        assert (row["key"], row["alt_baro"]) == ("flight:KLM1", 900)


async def test_members_may_remove_what_only_members_speak_of() -> None:
    async with serving() as server:
        server.hub.add_feed(Spec("x")).observe([heard("4ca7b5", gs=1.0)])
        watcher, _ = await server.watcher(hz=20)
        watcher.say({"op": "publish", "aircraft": [{"id": 1}]})
        await watcher.message("update")
        watcher.say({"op": "remove", "id": 1, "key": "id:1"})
        assert await watcher.message("ok") == {"t": "ok", "id": 1}
        assert (await watcher.message("update"))["removed"] == ["id:1"]
        watcher.say({"op": "remove", "id": 2, "key": "4ca7b5"})
        assert (await watcher.message("error"))["code"] == "forbidden"
        watcher.say({"op": "remove", "id": 3, "key": "zzz"})
        assert (await watcher.message("error"))["code"] == "bad_field"


async def test_events_come_in_order_with_who_sent_them_and_can_be_left_out() -> None:
    async with serving() as server:
        watcher, _ = await server.watcher()
        deaf, _ = await server.watcher(events=False, hz=20)
        for number in range(3):
            deaf.say({"op": "publish", "event": {"n": number}})
        events = [await watcher.message("event") for _ in range(3)]
        assert [(event["eseq"], event["from"], event["data"]["n"]) for event in events] == [
            (1, "c2", 0), (2, "c2", 1), (3, "c2", 2),
        ]  # fmt: skip
        deaf.say({"id": 1})
        assert (await deaf.message())["t"] == "update"


async def test_a_resume_is_exact_or_says_that_it_is_not() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("4ca7b5", gs=1.0), heard("3c6444", gs=1.0)])
        client, snapshot = await server.watcher(hz=20)
        await client.leave()
        feed.observe([heard("4ca7b5", gs=2.0)])
        server.hub.rooms["x"].remove("3c6444", server.reactor.seconds())
        held = {"session": "s1", "epoch": "e1", "seq": snapshot["seq"], "eseq": 0, "covers": snapshot["covers"]}
        _, update = await resumed(server, held)
        assert update["recovered"] is True
        assert (update["base"], update["seq"], update["removed"]) == (2, 4, ["3c6444"])
        assert [row["gs"] for row in update["aircraft"]] == [2.0]
        _, nothing_new = await resumed(server, held | {"seq": 4})
        assert (nothing_new["t"], nothing_new["recovered"]) == ("update", True)
        for wrong in ({"epoch": "other"}, {"seq": 99}, {"filter": "8a1f"}, {"covers": [0, 0, 1, 1]}):
            _, snapshot = await resumed(server, held | wrong)
            assert (snapshot["t"], snapshot["recovered"], len(snapshot["aircraft"])) == ("snapshot", False, 1), wrong


async def test_events_missed_come_with_the_resume_or_are_said_to_be_lost() -> None:
    async with serving(Limits(events=2)) as server:
        client, snapshot = await server.watcher()
        await client.leave()
        publisher = await server.connect("x/", [V1])
        await publisher.message("hello")
        for number in range(1, 4):
            publisher.say({"op": "publish", "id": number, "event": {"n": number}})
            await publisher.message("ok")
        client, _ = await resumed(server, {"session": "s1", "epoch": "e1", "seq": snapshot["seq"], "eseq": 0})
        assert await client.message() == {"t": "lost", "from": 1, "to": 1}
        assert [(await client.message("event"))["eseq"] for _ in range(2)] == [2, 3]


async def test_presence_counts_every_mode_and_does_not_flap_on_a_resume() -> None:
    async with serving() as server:
        watcher = await server.connect("x/", [V1])
        watcher.say({"op": "watch", "presence": "count"})
        counts = [await watcher.message("presence")]
        await server.connect()
        counts.append(await watcher.message("presence"))
        other, snapshot = await server.watcher()
        counts.append(await watcher.message("presence"))
        assert [said["count"] for said in counts] == [1, 2, 3]
        await other.leave()
        held = {"session": "s3", "epoch": "e1", "seq": snapshot["seq"], "eseq": 0}
        await resumed(server, held)
        watcher.say({"op": "ping"})
        while (heard := await watcher.message())["t"] != "pong":
            assert heard["t"] != "presence"
        assert server.hub.rooms["x"].presence.count == 3


async def test_a_large_room_comes_in_parts_of_bounded_size() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard(f"{number:06x}", gs=1.0, track=2.0) for number in range(3000)])
        client = await server.connect("x/", [V1])
        client.say({"op": "watch"})
        parts = []
        while not parts or parts[-1]["part"] < parts[-1]["parts"]:
            text = await client.text()
            if json.loads(text)["t"] == "snapshot":
                assert len(text) < 66_000
                parts.append(json.loads(text))
        assert len(parts) > 2
        assert sum(len(part["aircraft"]) for part in parts) == 3000


async def test_too_many_operations_are_told_so() -> None:
    async with serving() as server:
        client = await server.connect("x/", [V1])
        for _ in range(30):
            client.say({"op": "ping"})
        answer = await client.message("error")
        assert answer["code"] == "rate_limited"
        assert answer["retry_ms"] > 0


async def test_a_watcher_is_sent_its_map_and_what_enters_and_leaves_it() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe(
            [heard("a00001", lat=52.3, lon=4.8), heard("a00002", lat=-33.9, lon=151.2), heard("a00003", gs=1.0)]
        )
        watcher, snapshot = await server.watcher(hz=20, bbox=[3.1, 50.7, 7.2, 53.7])
        assert snapshot["covers"] == [2.8125, 50.625, 8.4375, 56.25]
        assert {row["hex"] for row in snapshot["aircraft"]} == {"a00001", "a00003"}, "without a position: everywhere"
        watcher.say({"op": "watch", "bbox": [150, -34.5, 152, -33]})
        update = await watcher.message("update")
        assert update["covers"] == [149.0625, -36.5625, 154.6875, -30.9375]
        assert [row["hex"] for row in update["full"]] == ["a00002"]
        publisher = await server.connect("x/", [V1])
        publisher.say({"id": 1, "lat": -34, "lon": 151})
        assert [row["key"] for row in (await watcher.message("update"))["full"]] == ["id:1"]
        publisher.say({"id": 1, "lat": 10, "lon": 10})
        assert (await watcher.message("update"))["out"] == ["id:1"]


async def test_a_filter_shows_what_comes_to_match_and_takes_away_what_does_not() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("a00001", alt_baro=5000), heard("a00002", alt_baro=20000)])
        watcher, snapshot = await server.watcher(hz=20, where="alt<10000")
        assert [row["hex"] for row in snapshot["aircraft"]] == ["a00001"]
        assert snapshot["filter"]
        feed.observe([heard("a00001", alt_baro=12000), heard("a00002", alt_baro=9000)])
        update = await watcher.message("update")
        assert (update["out"], [row["hex"] for row in update["full"]]) == (["a00001"], ["a00002"])
        watcher.say({"op": "watch", "id": 1, "where": None})
        assert len((await watcher.message("snapshot"))["aircraft"]) == 2


async def test_a_watcher_that_wants_some_fields_gets_no_others() -> None:
    async with serving() as server:
        server.hub.add_feed(Spec("x")).observe([heard("a00001", lat=52.3, lon=4.8, gs=100.0, track=1.0)])
        watcher, snapshot = await server.watcher(fields=["lat", "lon"])
        young = pytest.approx(0.0, abs=10.0)  # a machine may be busy
        ages = {"seen": young, "seen_pos": young}
        assert snapshot["aircraft"] == [{"hex": "a00001", "lat": 52.3, "lon": 4.8, **ages}]
        watcher.say({"op": "watch", "fields": ["track"]})
        again = await watcher.message("snapshot")
        assert again["aircraft"] == [{"hex": "a00001", "track": 1.0, **ages}]
        held = {"session": "s1", "epoch": "e1", "seq": again["seq"], "filter": again["filter"]}
        _, update = await resumed(server, held | {"fields": ["track"]})
        assert (update["t"], update["recovered"], update.get("aircraft")) == ("update", True, None)
        _, whole = await resumed(server, held)
        assert (whole["t"], whole["recovered"]) == ("snapshot", False)
        assert whole["aircraft"][0]["gs"] == 100.0


async def test_a_watcher_without_positions_that_moves_its_map_begins_anew() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("a00001", lat=52.3, lon=4.8, track=1.0), heard("a00002", lat=-33.9, lon=151.2, track=2.0)])
        watcher, snapshot = await server.watcher(fields=["track"])
        assert [row["hex"] for row in snapshot["aircraft"]] == ["a00001", "a00002"]
        watcher.say({"op": "watch", "fields": ["track"], "bbox": [3, 50, 7, 54]})
        again = await watcher.message("snapshot")
        assert [row["hex"] for row in again["aircraft"]] == ["a00001"]  # it could not know that a00002 is outside
        watcher.say({"op": "watch", "fields": ["lat", "lon"], "bbox": [3, 50, 7, 54]})
        await watcher.message("snapshot")
        watcher.say({"op": "watch", "fields": ["lat", "lon"], "bbox": None})
        update = await watcher.message("update")
        assert [row["hex"] for row in update["full"]] == ["a00002"]  # with positions it could


@pytest.mark.parametrize(
    "said",
    [
        {"bbox": [0, 10, 1, 5]}, {"bbox": [0, 1, 2]}, {"bbox": "all"}, {"bbox": [0, 0, 1, True]},
        {"bbox": [0, -91, 1, 5]}, {"bbox": [10**400, 0, 1, 5]}, {"where": "alt<"}, {"where": 5},
        {"where": "zz=1"}, {"fields": ["zz"]}, {"detail": []},
        {"fields": "lat"}, {"fields": [1]},
    ],
)  # fmt: skip
async def test_a_wrong_wish_is_refused_and_nothing_changes(said: dict[str, Any]) -> None:
    async with serving() as server:
        watcher, _ = await server.watcher(hz=20)
        watcher.say({"op": "watch", "id": 1, **said})
        answer = await watcher.message("error")
        assert (answer["id"], answer["code"]) == (1, "bad_field")
        server.hub.add_feed(Spec("x")).observe([heard("a00001", lat=52.3, lon=4.8)])
        assert (await watcher.message("update"))["full"][0]["lat"] == 52.3


async def test_filters_and_field_sets_are_limited_in_number() -> None:
    async with serving(Limits(filters=1, field_sets=1)) as server:
        await server.watcher(where="alt<1", fields=["lat"])
        other = await server.connect("x/", [V1])
        for wish in ({"where": "alt<2"}, {"fields": ["lon"]}):
            other.say({"op": "watch", "id": 1, **wish})
            assert (await other.message("error"))["code"] == "too_many_filters"
        other.say({"op": "watch", "id": 1, "where": "alt < 1", "fields": ["lat"]})
        assert (await other.message())["t"] == "ok"


async def test_each_map_under_a_filter_counts_and_one_may_change_its_own() -> None:
    async with serving(Limits(filters=2, field_sets=1)) as server:
        one, _ = await server.watcher(where="alt<1", fields=["lat"])
        two, _ = await server.watcher(where="alt<1", bbox=[0, 0, 1, 1])
        one.say({"op": "watch", "id": 1, "where": "alt<2", "fields": ["lon"]})
        assert (await one.message("ok"))["id"] == 1
        three = await server.connect("x/", [V1])
        three.say({"op": "watch", "id": 1, "where": "alt<1", "bbox": [50, 0, 51, 1]})
        assert (await three.message("error"))["code"] == "too_many_filters"
        three.say({"op": "watch", "id": 2, "where": "alt<1", "bbox": [0.5, 0, 1, 1]})
        assert (await three.message("ok"))["id"] == 2, "its tiles are those of another"
        two.say({"op": "watch", "id": 3, "where": "alt<3"})
        assert (await two.message("error"))["code"] == "too_many_filters"


async def test_nothing_of_zlib_is_kept_for_a_connection() -> None:
    async with serving() as server:
        client, _ = await server.watcher(deflate=True)
        client.say({"op": "ping", "note": "x" * 500})
        await client.message("pong")
        state = server.member(0)._perMessageCompress
        assert (state._compressor, state._decompressor) == (None, None)


async def test_one_deflated_message_serves_every_member_and_small_ones_are_plain() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard(f"{number:06x}", gs=1.0) for number in range(300)])
        plain, _ = await server.watcher(hz=20)
        squeezed = [await server.watcher(hz=20, deflate=True) for _ in range(2)]
        for _, snapshot in squeezed:
            assert len(snapshot["aircraft"]) == 300
        assert server.member(1).deflates
        sent: list[bytes] = []
        for index in (1, 2):
            member = server.member(index)
            member._send = lambda data: sent.append(data) or len(data)
        feed.observe([heard(f"{number:06x}", gs=2.0) for number in range(300)])
        await plain.message("update")
        await until(lambda: len(sent) == 2)
        assert sent[0] is sent[1]
        assert sent[0][0] == 0xC1
        assert len(sent[0]) < 4000
