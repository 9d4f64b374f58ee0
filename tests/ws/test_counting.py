"""What ``/metrics`` says after real connections did real things: each number is held against what was done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flighttap.aircraft.observation import Observation
from flighttap.rooms.policy import Limits
from tests.web.support import Spec
from tests.ws.asking import asked, scraped
from tests.ws.support import BIN, V1, later, serving, until

FLIGHT = {"hex": "4ca7b5", "flight": "RYR12AB", "lat": 52.5, "lon": 4.25}


def value(samples: Mapping[Any, float], name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


async def test_connections_are_counted_by_what_they_speak_and_how_they_end() -> None:
    async with serving() as server:
        clients = [await server.connect(), await server.connect(protocols=[V1]), await server.connect(protocols=[BIN])]
        await until(lambda: len(server.factory.members["x"]) == 3)
        samples = await scraped(server)
        assert [value(samples, "flighttap_connections", speaks=word) for word in ("tutorial", V1, BIN)] == [1, 1, 1]
        assert value(samples, "flighttap_connections_opened_total") == 3
        assert value(samples, "flighttap_room_members", room="(others)") == 3
        clients[0].sendClose(1000)
        clients[1].sendClose(4321)
        assert server.factory.send_away("x", server.member(2).member.id) == 1
        assert (await clients[2].closed)[0] == 4506
        await until(lambda: not server.factory.members)
        samples = await scraped(server)
        assert value(samples, "flighttap_closes_total", by="peer", code="1000") == 1
        assert value(samples, "flighttap_closes_total", by="peer", code="other") == 1
        assert value(samples, "flighttap_closes_total", by="us", code="4506") == 1
        assert not any(name == "flighttap_connections" for name, _ in samples)


async def test_a_connection_that_is_cut_counts_as_1006_by_the_peer() -> None:
    async with serving() as server:
        client = await server.connect()
        client.transport.abortConnection()
        await until(lambda: not server.factory.members)
        assert value(await scraped(server), "flighttap_closes_total", by="peer", code="1006") == 1


async def test_messages_publishes_and_refusals_are_counted() -> None:
    async with serving() as server:
        client = await server.connect()
        client.say(FLIGHT)
        client.say({"no": "key"})
        client.say(b"{")
        client.say({**FLIGHT, "lat": 91})
        for _ in range(4):
            await client.text()
        samples = await scraped(server)
        assert value(samples, "flighttap_received_messages_total") == 4
        assert value(samples, "flighttap_published_total", via="websocket") == 2
        assert value(samples, "flighttap_rejected_total", code="bad_json") == 1
        assert value(samples, "flighttap_rejected_total", code="bad_field") == 1
        assert value(samples, "flighttap_aircraft") == 1
        await client.leave()


async def test_what_watchers_are_sent_is_counted_to_the_byte() -> None:
    async with serving() as server:
        watcher, _ = await server.watcher(hz=20)
        other, _ = await server.watcher(hz=20)
        before = await scraped(server)
        sent = server.hub.add_feed(Spec(rooms=("x",)))
        sent.observe([Observation("4ca7b5", server.hub.clock.seconds(), "adsb_icao", {"alt_baro": 36000})])
        text = len(json.dumps(await watcher.message("update")))
        await other.message("update")
        after = await scraped(server)

        def more(name: str, **labels: str) -> float:
            return value(after, name, **labels) - value(before, name, **labels)

        assert more("flighttap_deliveries_total") == 2
        assert more("flighttap_sent_bytes_total", what="catch_ups") == 0
        one = more("flighttap_sent_bytes_total", what="updates") / 2
        assert text * 0.7 < one < text + 4, "one frame of about that JSON to each"
        assert more("flighttap_data_age_seconds_count") == more("flighttap_flush_seconds_count") == 1
        assert more("flighttap_data_age_seconds_sum") >= more("flighttap_flush_seconds_sum") > 0
        assert value(after, "flighttap_catch_ups_total") == 2
        await watcher.leave()
        await other.leave()


async def test_conflated_changes_are_those_that_nobody_was_sent() -> None:
    async with serving() as server:
        watcher, _ = await server.watcher(hz=20)
        feed = server.hub.add_feed(Spec(rooms=("x",)))
        for feet in (1000, 2000, 3000):
            feed.observe([Observation("4ca7b5", server.hub.clock.seconds(), "adsb_icao", {"alt_baro": feet})])
        assert (await watcher.message("update"))["full"][0]["alt_baro"] == 3000
        samples = await scraped(server)
        assert value(samples, "flighttap_changes_total") == 3
        assert value(samples, "flighttap_conflated_changes_total") == 2
        await watcher.leave()


async def test_deflate_saves_the_same_bytes_for_each_of_its_watchers() -> None:
    async with serving() as server:
        watchers = [(await server.watcher(deflate=True, hz=20))[0] for _ in range(3)]
        feed = server.hub.add_feed(Spec(rooms=("x",)))
        now = server.hub.clock.seconds()
        feed.observe([Observation(f"4ca{n:03x}", now, "adsb_icao", {"alt_baro": 100 * n}) for n in range(40)])
        for watcher in watchers:
            await watcher.message("update")
        samples = await scraped(server)
        saved = value(samples, "flighttap_deflate_saved_bytes_total")
        sent = value(samples, "flighttap_sent_bytes_total", what="updates")
        assert saved % 3 == 0
        assert saved > sent, "forty like records shrink to less than half"
        for watcher in watchers:
            await watcher.leave()


async def test_resumes_are_told_exact_from_not() -> None:
    async with serving() as server:
        watcher, snapshot = await server.watcher()
        said = {"op": "resume", "session": "s1", "seq": snapshot["seq"], "eseq": 0, "covers": snapshot["covers"]}
        watcher.say({**said, "epoch": snapshot["epoch"], "filter": None})
        await watcher.message("update")
        watcher.say({**said, "epoch": "another", "filter": None})
        await watcher.message("snapshot")
        samples = await scraped(server)
        assert value(samples, "flighttap_resumes_total", how="exact") == 1
        assert value(samples, "flighttap_resumes_total", how="snapshot") == 1
        await watcher.leave()


async def test_a_watcher_that_does_not_read_lags_and_its_bytes_wait_here() -> None:
    async with serving(Limits(publish_rate=0, message=1 << 20)) as server:
        watcher = await server.connect()
        publisher = await server.connect()
        await until(lambda: len(server.factory.members["x"]) == 2)
        watcher.stop_reading()
        while not server.member(0).member.full:
            publisher.say({"x": "y" * 60_000})
            await later(0)
        samples = await scraped(server)
        assert value(samples, "flighttap_lagging") == 1
        assert value(samples, "flighttap_lags_total") >= 1
        assert value(samples, "flighttap_buffered_bytes") > 0


async def test_requests_refused_in_http_are_counted_by_status() -> None:
    async with serving() as server:
        assert (await asked(server, "/ws/tracker/x/")).status == 426
        assert value(await scraped(server), "flighttap_refused_total", status="426") == 1
