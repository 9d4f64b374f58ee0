"""flighttap.v1.bin over real sockets: text and binary messages in one order, and nothing deflated."""

from __future__ import annotations

import json
from typing import Any

from flighttap.aircraft.observation import Observation
from flighttap.client.replica import Replica
from flighttap.rooms.policy import Limits
from tests.rooms.peers import Binary, Spec
from tests.ws.support import BIN, V1, Client, Server, serving


def heard(key: str, **values: Any) -> Observation:
    return Observation(key, 1.0, "adsb_icao", values)


async def opened(server: Server, **said: Any) -> tuple[Client, Replica]:
    """A client of the binary subprotocol that has been greeted and said what it wants."""
    client = await server.connect("x/", [BIN], deflate=True)
    replica = Replica()
    await take(client, replica, "hello")
    client.say(said or replica.opening({"hz": 20}))
    return client, replica


async def take(client: Client, replica: Replica, kind: str) -> list[type]:
    """Let the replica take messages until it took all of one of this kind; whether each was text or binary."""
    kinds: list[type] = []
    while True:
        payload = await client.came.get()
        kinds.append(type(payload))
        binary = isinstance(payload, Binary)
        applied = replica.apply_binary(payload) if binary else replica.apply(json.loads(payload))
        if applied.kind == kind and applied.fresh:
            return kinds


async def test_a_watcher_gets_identity_as_text_and_motion_as_binary() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("4ca7b5", callsign="RYR12AB", lat=52.37, lon=4.89, alt_baro=36012, ias=280)])
        client, replica = await opened(server)
        assert client.websocket_protocol_in_use == BIN
        assert client.websocket_extensions_in_use == []
        assert await take(client, replica, "snapshot") == [bytes, Binary]
        assert replica.aircraft["4ca7b5"] == {
            "hex": "4ca7b5", "country": "IE", "flight": "RYR12AB", "type": "adsb_icao", "lat": 52.37, "lon": 4.89,
            "alt_baro": 36000,
        }  # fmt: skip
        feed.observe([heard("4ca7b5", lat=52.37412, lon=4.89541)])
        assert await take(client, replica, "update") == [Binary]
        assert (replica.aircraft["4ca7b5"]["lat"], replica.aircraft["4ca7b5"]["lon"]) == (52.37412, 4.89541)
        feed.observe([heard("4ca7b5", squawk="7700")])
        assert await take(client, replica, "update") == [bytes, Binary]
        assert replica.aircraft["4ca7b5"]["squawk"] == "7700"
        client.say({"op": "publish", "aircraft": [{"id": 7, "lat": 1, "lon": 2}]})
        assert await take(client, replica, "update") == [bytes]
        assert replica.aircraft["id:7"]["lat"] == 1
        assert replica.position == server.hub.rooms["x"].seq


async def test_a_cut_connection_resumes_exactly_in_the_same_encoding() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("4ca7b5", gs=447.2), heard("3c6444", gs=100.0)])
        client, replica = await opened(server)
        await take(client, replica, "snapshot")
        await client.leave()
        feed.observe([heard("4ca7b5", gs=448.0)])
        again = await server.connect("x/", [BIN])
        await take(again, replica, "hello")
        opening = replica.opening({"hz": 20})
        assert opening["op"] == "resume"
        again.say(opening)
        assert await take(again, replica, "update") == [bytes, Binary]
        assert replica.recovered
        assert replica.aircraft["4ca7b5"]["gs"] == 448.0
        assert replica.aircraft["3c6444"]["gs"] == 100.0


async def test_fields_and_wrong_details_are_refused_and_the_watch_that_follows_is_not() -> None:
    async with serving(Limits()) as server:
        client, replica = await opened(server, op="watch", id=1, fields=["lat"])
        error = json.loads(await client.text())
        assert (error["id"], error["code"], error["message"]) == (1, "bad_field", "fields is for flighttap.v1.json.")
        for wrong in ("4ca7b5", ["zz"], [f"{number:06x}" for number in range(17)], [5]):
            client.say({"op": "watch", "id": 2, "detail": wrong})
            error = json.loads(await client.text())
            assert (error["id"], error["code"]) == (2, "bad_field"), wrong
        client.say({"op": "watch", "id": 3, "fields": None})
        assert json.loads(await client.text())["t"] == "ok"
        assert await take(client, replica, "snapshot") == [bytes]


async def test_a_flight_in_detail_comes_whole_until_it_is_chosen_no_more() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("4ca7b5", alt_baro=36012, alt_geom=36500, ias=280), heard("3c6444", ias=90)])
        details = ["4CA7B5", "id:7", *(f"{number:06x}" for number in range(14))]
        client, replica = await opened(server, op="watch", hz=20, detail=details)
        assert "detail" in replica.hello["features"]
        assert "fields" not in replica.hello["features"]
        await take(client, replica, "snapshot")
        await take(client, replica, "update")
        assert replica.aircraft["4ca7b5"] == {
            "hex": "4ca7b5", "country": "IE", "alt_baro": 36012, "alt_geom": 36500, "ias": 280, "type": "adsb_icao",
            "messages": 1,
        }  # fmt: skip
        client.say({"op": "watch", "bbox": [0, 0, 1, 1]})
        await take(client, replica, "update")
        feed.observe([heard("4ca7b5", ias=290)])
        assert await take(client, replica, "update") == [bytes, Binary]
        assert (replica.aircraft["4ca7b5"]["ias"], "ias" in replica.aircraft["3c6444"]) == (290, False)
        opening = replica.opening({"hz": 20, "detail": []})
        again = await server.connect("x/", [BIN])
        await take(again, replica, "hello")
        again.say(opening)
        await take(again, replica, "update")
        assert replica.recovered
        assert replica.aircraft["4ca7b5"] == {"hex": "4ca7b5", "country": "IE", "alt_baro": 36000, "type": "adsb_icao"}


async def test_both_encodings_are_served_side_by_side() -> None:
    async with serving() as server:
        feed = server.hub.add_feed(Spec("x"))
        feed.observe([heard("4ca7b5", gs=447.2, alt_baro=36012)])
        binary, replica = await opened(server)
        await take(binary, replica, "snapshot")
        text, snapshot = await server.watcher(hz=20)
        assert text.websocket_protocol_in_use == V1
        assert snapshot["aircraft"][0]["alt_baro"] == 36012
        feed.observe([heard("4ca7b5", gs=448.0)])
        assert (await text.message("update"))["aircraft"][0]["gs"] == 448.0
        await take(binary, replica, "update")
        assert replica.aircraft["4ca7b5"]["gs"] == 448.0
