"""Tutorial mode over real sockets: what one sends, everybody gets, as it was sent."""

from __future__ import annotations

import json

import pytest

from flighttap.aircraft.observation import Observation
from flighttap.rooms.policy import Limits
from flighttap.ws import dues
from tests.rooms.peers import Spec
from tests.ws.support import V1, masked, serving, until


async def test_what_one_sends_all_get_byte_for_byte_the_sender_included() -> None:
    async with serving() as server:
        ana, ben = await server.connect(), await server.connect()
        other_room = await server.connect("y/")
        sent = '{ "flight": "KLM1" ,"alt":1.50, "op":"watch","note":"caf\\u00e9 é"}'
        ana.say(sent.encode())
        assert await ana.text() == '{"data":' + sent + "}"
        assert await ben.text() == '{"data":' + sent + "}"
        other_room.say({"flight": "A1"})
        assert json.loads(await other_room.text()) == {"data": {"flight": "A1"}}


async def test_messages_keep_the_order_of_their_publisher_and_none_is_merged() -> None:
    async with serving(Limits(publish_rate=0)) as server:
        ana, ben = await server.connect(), await server.connect()
        for number in range(500):
            ana.say({"id": 7, "n": number})
        for client in (ana, ben):
            assert [json.loads(await client.text())["data"]["n"] for _ in range(500)] == list(range(500))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"nonsense", "bad_json"),
        (b"", "bad_json"),
        (b'{"a":NaN}', "bad_json"),
        (b'{"a":"\\ud800"}', "bad_json"),
        (b"[1]", "not_object"),
        (b'"text"', "not_object"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "too_deep"),
        (b'{"a":' + b"[" * 20000 + b"]" * 20000 + b"}", "too_deep"),
        (b'{"a":"' + b"x" * 70000 + b'"}', "too_big"),
        (b'{"hex":"4ca7b"}', "bad_field"),
        (b'{"hex":12}', "bad_field"),
        (b'{"flight":"A1","lat":91}', "bad_field"),
        (b'{"id":"' + b"x" * 65 + b'"}', "bad_field"),
        (b'{"id":' + b"9" * 300 + b"}", "bad_field"),
        (b'{"id":' + b"9" * 5000 + b"}", "bad_json"),
    ],
)
async def test_bad_input_is_answered_to_its_sender_alone_and_the_connection_stays(sent: bytes, code: str) -> None:
    async with serving() as server:
        ana, ben = await server.connect(), await server.connect()
        ana.say(sent)
        answer = json.loads(await ana.text())
        assert answer["error"]["code"] == code
        assert answer["error"]["message"]
        ana.say({"id": 1})
        assert json.loads(await ana.text()) == json.loads(await ben.text()) == {"data": {"id": 1}}


async def test_binary_messages_count_as_text() -> None:
    async with serving() as server:
        ana = await server.connect()
        ana.sendMessage(b'{"id":1}', isBinary=True)
        assert json.loads(await ana.text()) == {"data": {"id": 1}}
        ana.sendMessage(b'{"id":"\xff"}', isBinary=True)
        assert json.loads(await ana.text())["error"]["code"] == "bad_json"


async def test_a_flight_is_known_in_the_room_and_an_object_without_a_name_is_an_event() -> None:
    async with serving() as server:
        ana = await server.connect()
        watcher, snapshot = await server.watcher()
        assert snapshot["aircraft"] == []
        ana.say({"icao24": "4CA7B5", "altitude": 36000, "heading": 361 - 1, "speed": "fast", "lat": 52.5, "lon": 4})
        update = await watcher.message("update")
        (row,) = update["full"]
        assert row == {
            "hex": "4ca7b5", "country": "IE", "alt_baro": 36000, "track": 0.0, "lat": 52.5, "lon": 4.0,
            "type": "member", "by": "c1", "messages": 1, "seen": 0.0, "seen_pos": 0.0,
        }  # fmt: skip
        ana.say({"hello": "world"})
        event = await watcher.message("event")
        assert event == {"t": "event", "eseq": 1, "from": "c1", "data": {"hello": "world"}}


async def test_flights_from_feeds_come_under_readsb_names_and_at_most_once_in_their_time() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        ana = await server.connect("x/?hz=20")
        for track in (10.0, 20.0, 30.0):
            feed.observe([Observation("4ca7b5", 1.0, "adsb_icao", {"track": track, "on_ground": True}, -20.31)])
        (data,) = json.loads(await ana.text()).values()
        assert data == {
            "hex": "4ca7b5", "country": "IE", "track": 30.0, "alt_baro": "ground", "type": "adsb_icao",
            "messages": 1, "rssi": -20.3, "seen": data["seen"],
        }  # fmt: skip
        ana.say({"hex": "4ca7b5", "flight": "KLM1"})
        assert json.loads(await ana.text()) == {"data": {"hex": "4ca7b5", "flight": "KLM1"}}
        assert not ana.came.pending


@pytest.mark.parametrize(
    ("box", "those"),
    [
        ("3,50.5,7,53.5", {"a00001", "a00005"}),
        ("-179.5,-20,179.5,-10", {"a00003", "a00004", "a00005"}),
        ("179,-20,-179,-10", {"a00003", "a00004", "a00005"}),
        ("178,-20,179.5,-10", {"a00003", "a00005"}),
        ("4.8,52.3,4.8,52.3", {"a00001", "a00005"}),
        ("-180,-90,180,90", {"a00001", "a00002", "a00003", "a00004", "a00005"}),
    ],
)
async def test_a_box_is_about_flights_from_feeds_and_not_what_members_send(box: str, those: set[str]) -> None:
    places = {"a00001": (52.3, 4.8), "a00002": (-33.9, 151.2), "a00003": (-17.7, 179.0), "a00004": (-17.7, -179.0)}
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        watcher, ana = await server.connect(f"x/?hz=20&bbox={box}"), await server.connect()
        for key, (lat, lon) in places.items():
            feed.observe([Observation(key, 1.0, "adsb_icao", {"lat": lat, "lon": lon})])
        feed.observe([Observation("a00005", 1.0, "adsb_icao", {"track": 1.0})])  # nobody knows where
        came = [json.loads(await watcher.text())["data"]["hex"] for _ in those]
        assert set(came) == those
        ana.say({"hex": "b00001", "lat": 0, "lon": 90})
        assert json.loads(await watcher.text())["data"]["hex"] == "b00001", "and no other flight before it"
        joined = await server.connect(f"x/?snapshot=1&bbox={box}")
        assert {json.loads(await joined.text())["data"]["hex"] for _ in range(len(those) + 1)} == {*those, "b00001"}


async def test_watchers_of_different_boxes_and_no_echo_get_each_their_own() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        here = await server.connect("x/?hz=20&bbox=3,50,7,53&echo=0")
        there = await server.connect("x/?hz=20&bbox=150,-35,152,-33")
        here.say({"id": 1})
        feed.observe([Observation("a00001", 1.0, "adsb_icao", {"lat": 52.3, "lon": 4.8})])
        feed.observe([Observation("a00002", 1.0, "adsb_icao", {"lat": -33.9, "lon": 151.2})])
        assert json.loads(await here.text())["data"]["hex"] == "a00001"
        got = [json.loads(await there.text())["data"] for _ in range(2)]
        assert {data.get("hex") or data["id"] for data in got} == {"a00002", 1}
        await here.leave()
        feed.observe([Observation(key, 2.0, "adsb_icao", {"track": 90.0}) for key in ("a00001", "a00002")])
        told = json.loads(await there.text())["data"]
        assert (told["hex"], told["track"]) == ("a00002", 90.0)


async def test_data_merged_lays_the_object_over_what_the_room_knows() -> None:
    async with serving() as server:
        ana, ben = await server.connect(), await server.connect("x/?data=merged")
        ana.say({"flight": "klm1", "lat": 52.0, "lon": 4.0})
        await ben.text()
        ana.say({"flight": "klm1", "alt": 900, "colour": "red"})
        data = json.loads(await ben.text())["data"]
        assert data["lat"] == 52.0
        assert data["alt_baro"] == 900
        assert data["alt"] == 900
        assert data["colour"] == "red"
        assert data["flight"] == "klm1"


async def test_echo_off_spares_the_sender_its_own() -> None:
    async with serving() as server:
        ana, ben = await server.connect("x/?echo=0"), await server.connect()
        ana.say({"id": 1})
        await ben.text()
        ben.say({"id": 2})
        assert json.loads(await ana.text()) == {"data": {"id": 2}}


async def test_snapshot_begins_with_the_newest_of_each_flight_as_sent() -> None:
    async with serving() as server:
        ana = await server.connect()
        for said in ('{"id":1,"n": 1}', '{"id":2,"n": 2}', '{"id":1,"n": 3}'):
            ana.say(said.encode())
            await ana.text()
        ben = await server.connect("x/?snapshot=1")
        assert await ben.text() == '{"data":{"id":2,"n": 2}}'
        assert await ben.text() == '{"data":{"id":1,"n": 3}}'


async def test_what_is_published_over_version_1_comes_as_sent_one_frame_an_aircraft() -> None:
    async with serving() as server:
        ana = await server.connect()
        publisher = await server.connect("x/", [V1])
        publisher.say(b'{"op":"publish","aircraft":[{"id":1, "a": 1},{"id":2}],"event":{"e" : 1}}')
        assert [await ana.text() for _ in range(3)] == [
            '{"data":{"id":1, "a": 1}}', '{"data":{"id":2}}', '{"data":{"e" : 1}}',
        ]  # fmt: skip


async def test_a_publisher_over_its_rate_is_held_back_and_loses_nothing() -> None:
    async with serving(Limits(publish_rate=100, publish_burst=10)) as server:
        ana, ben = await server.connect(), await server.connect()
        started = server.reactor.seconds()
        for number in range(60):
            ana.say({"id": 1, "n": number})
        assert [json.loads(await ben.text())["data"]["n"] for _ in range(60)] == list(range(60))
        ana.say({"id": 1, "n": 60})
        assert json.loads(await ben.text())["data"]["n"] == 60
        assert server.reactor.seconds() - started > 0.4  # 50 over the burst at 100 a second, less rounding


async def test_one_that_cannot_be_held_back_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dues, "PAUSE_MOST", 0.5)
    async with serving(Limits(publish_rate=10, publish_burst=1)) as server:
        ana = await server.connect()
        ana.transport.write(b"".join(masked(b'{"id":%d}' % number) for number in range(8)))
        answers = [json.loads(await ana.text()) for _ in range(8)]
        told = [answer["error"] for answer in answers if "error" in answer]
        assert 1 <= len(told) <= 2
        taken = sorted(answer["data"]["id"] for answer in answers if "data" in answer)
        assert taken == list(range(8 - len(told)))
        assert {error["code"] for error in told} == {"rate_limited"}
        assert all(0 < error["retry_ms"] <= 600 for error in told)


async def test_bad_messages_that_go_on_end_the_connection() -> None:
    async with serving(Limits(bad_messages=3)) as server:
        ana = await server.connect()
        for _ in range(10):
            ana.say(b"bad")
        assert await ana.closed == (4501, "Too many bad messages.")
        await until(lambda: not server.factory.members)


async def test_one_that_is_told_to_wait_and_goes_on_is_sent_away_but_may_come_back() -> None:
    async with serving(Limits(bad_messages=3, control_rate=1)) as server:
        ana = await server.connect("x/", [V1])
        for _ in range(10):
            ana.say({"op": "ping"})
        assert await ana.closed == (4006, "You were told to wait and went on.")


async def test_a_member_that_may_only_watch_is_told_so() -> None:
    async with serving() as server:
        ana = await server.connect("x/", headers={"X-Forwarded-For": "10.0.0.1"})
        ana.say({"id": 1})
        assert json.loads(await ana.text())["error"]["code"] == "forbidden"
