"""Watchers of every kind that join a room of a real server while a publisher changes all of it.

``python -m tests.e2e.joiners URL COUNT SEED`` prints one line of JSON: how many joined, how many hold the truth in the
end, and what is wrong with the first that does not.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from flighttap.client.replica import Replica
from flighttap.rooms.tiles import area_of, tile_of
from tests.rooms.truth import in_binary

JSON, BIN = "flighttap.v1.json", "flighttap.v1.bin"
KEYS = [*(f"a{number:05x}" for number in range(50)), *(f"id:{number}" for number in range(10))]
BOXES = [None, [3.1, 50.7, 7.2, 53.7], [170, -10, -170, 10], [-20, 30, 40, 60], [5, 52, 5, 52]]
WHERE: dict[str | None, Callable[[dict[str, Any]], bool]] = {
    None: lambda row: True,
    "gs>200": lambda row: row.get("gs", 0) > 200,
    "alt<10000 or gs>=300": lambda row: row.get("alt_baro", 99_999) < 10_000 or row.get("gs", 0) >= 300,
}
CHURN = 8.0
"""Seconds in which everybody joins."""
SETTLE = 20.0
"""Seconds in which they must hold the truth once nothing changes any more."""


class Publisher:
    """Changes a third of the room at a time, fifty times a second."""

    def __init__(self, choose: random.Random) -> None:
        self.choose = choose
        self.said: dict[str, dict[str, Any]] = {}

    async def churn(self, url: str, quiet: asyncio.Event) -> None:
        """Publish until it is to be quiet, and wait until the server has taken all of it."""
        async with connect(url, subprotocols=[JSON], max_size=None) as socket:
            number = 0
            while not quiet.is_set():
                number += 1
                batch = [self.flight(key) for key in self.choose.sample(KEYS, 20)]
                await socket.send(json.dumps({"op": "publish", "aircraft": batch}))
                gone = self.choose.choice(KEYS)
                if number % 5 == 0 and gone in self.said:
                    del self.said[gone]
                    await socket.send(json.dumps({"op": "remove", "key": gone}))
                await asyncio.sleep(0.02)
            await socket.send('{"op": "ping", "id": "last"}')
            while json.loads(await socket.recv()).get("id") != "last":
                pass

    def flight(self, key: str) -> dict[str, Any]:
        """Something new about a flight; ``said`` has all that is known of it."""
        choose = self.choose
        flight: dict[str, Any] = {"gs": choose.randrange(4000) / 10, "ias": choose.randrange(400)}
        if choose.random() < 0.7:
            place = choose.choice([(52.0, 5.0), (51.0, 3.5), (0.0, 179.5), (0.0, -179.5), (-33.9, 151.2)])
            flight |= {"lat": round(place[0] + choose.random(), 3), "lon": place[1]}
        if choose.random() < 0.3:
            flight |= {"alt_baro": choose.randrange(40_000), "flight": choose.choice(["KLM1", "RYR2", "DLH3"])}
        self.said.setdefault(key, {}).update(flight)
        if not key.startswith("id:"):
            return {"hex": key, **flight}
        flight.pop("flight", None)  # or it would be the flight's key
        self.said[key].pop("flight", None)
        return {"id": key[3:], **flight}


class Joiner:
    """One watcher: its wishes, its replica, and how it reads."""

    def __init__(self, choose: random.Random) -> None:
        self.encoding = choose.choice([JSON, BIN])
        self.bbox = choose.choice(BOXES)
        self.where = choose.choice(list(WHERE))
        self.detail = choose.sample(KEYS[:50], choose.randrange(4)) if self.encoding == BIN else []
        self.fields = choose.choice([None, ["lat", "lon", "gs"]]) if self.encoding == JSON else None
        self.hz = choose.choice([20, 5, 2, 1])
        self.deflate = choose.choice(["deflate", None])
        self.pause = choose.choice([0, 0, 0, 0.05, 0.4])
        self.after = choose.random() * CHURN
        self.replica = Replica()
        self.taken = 0

    async def watch(self, url: str, quiet: asyncio.Event, over: asyncio.Event) -> None:
        """Join when it is time, and read until it is over."""
        await asyncio.sleep(self.after)
        options: dict[str, Any] = {"compression": self.deflate, "max_queue": 4}
        async with connect(url, subprotocols=[self.encoding], max_size=None, **options) as socket:
            self.replica.apply(json.loads(await socket.recv()))
            wishes = {"hz": self.hz, "bbox": self.bbox, "where": self.where, "fields": self.fields}
            if self.detail:
                wishes["detail"] = self.detail
            await socket.send(json.dumps({"op": "watch", **wishes}))
            reading = asyncio.create_task(self.read(socket, quiet))
            ending = asyncio.create_task(over.wait())
            await asyncio.wait([reading, ending], return_when=asyncio.FIRST_COMPLETED)
            for task in (reading, ending):
                task.cancel()
            if reading.done() and not reading.cancelled():
                reading.result()

    async def read(self, socket: ClientConnection, quiet: asyncio.Event) -> None:
        """Take what comes; some do it slowly while everything changes."""
        async for message in socket:
            self.taken += 1
            if isinstance(message, bytes):
                self.replica.apply_binary(message)
            else:
                self.replica.apply(json.loads(message))
            if not quiet.is_set():
                await asyncio.sleep(self.pause)

    def expects(self, room: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """What of the room's records it must hold."""
        area = None if self.bbox is None else area_of(*self.bbox)
        rows = {
            key: row
            for key, row in room.items()
            if WHERE[self.where](row) and (area is None or tile_of(row.get("lat"), row.get("lon")) in area)
        }
        if self.fields is not None:
            rows = {
                key: {name: value for name, value in row.items() if name in ("hex", "key", *self.fields)}
                for key, row in rows.items()
            }
        if self.encoding == BIN:
            rows = {
                key: in_binary(row) if "hex" in row and key not in self.detail else row for key, row in rows.items()
            }
        return rows


async def whole_room(url: str) -> dict[str, dict[str, Any]]:
    """The room as one snapshot shows it."""
    replica = Replica()
    async with connect(url, subprotocols=[JSON], max_size=None) as socket:
        replica.apply(json.loads(await socket.recv()))
        await socket.send('{"op": "watch"}')
        while replica.position is None:
            replica.apply(json.loads(await socket.recv()))
    return replica.aircraft


async def main(url: str, count: int, seed: int) -> dict[str, Any]:
    """Publish, join, let it settle, and compare."""
    choose = random.Random(seed)
    publisher, joiners = Publisher(choose), [Joiner(choose) for _ in range(count)]
    quiet, over = asyncio.Event(), asyncio.Event()
    churning = asyncio.create_task(publisher.churn(url, quiet))
    watching = [asyncio.create_task(joiner.watch(url, quiet, over)) for joiner in joiners]
    await asyncio.sleep(CHURN + 1)
    quiet.set()
    await churning
    room = await whole_room(url)
    for key, said in publisher.said.items():
        assert said.items() <= room[key].items(), (key, said, room[key])
    assert room.keys() == publisher.said.keys()
    loop = asyncio.get_running_loop()
    end = loop.time() + SETTLE
    wrong = joiners
    while wrong and loop.time() < end:
        wrong = [joiner for joiner in wrong if joiner.replica.aircraft != joiner.expects(room)]
        await asyncio.sleep(0.2)
    over.set()
    faults = [str(fault) for fault in await asyncio.gather(*watching, return_exceptions=True) if fault is not None]
    told: dict[str, Any] = {"joined": count, "exact": count - len(wrong), "messages": sum(j.taken for j in joiners)}
    told["faults"] = faults
    for joiner in wrong[:1]:
        told["first"] = {name: value for name, value in vars(joiner).items() if name != "replica"}
        told["holds"], told["should"] = joiner.replica.aircraft, joiner.expects(room)
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
