"""A crowd that comes and goes: members of every kind join rooms of a real server, stay a while, and leave in every way.

``python -m tests.e2e.comers HOST:PORT COUNT SECONDS SEED`` keeps about ``COUNT`` members connected, lets all of them
leave at the end, and prints one line of JSON: what happened how often. Flights are others each minute, so that none of
them has a trail that grows as long as the crowd is there.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

ROOMS = ["sky", *(f"room{number}" for number in range(40))]
PROTOCOLS = [None, "flighttap.v1.json", "flighttap.v1.bin"]
STAY = (5.0, 90.0)
"""Seconds that a member stays, the least and the most."""
PAUSE = 10.0
"""Seconds between two things that a member says."""
WATCHES = [
    {},
    {"hz": 5},
    {"bbox": [3.1, 50.7, 7.2, 53.7], "hz": 1},
    {"where": "alt<10000"},
    {"fields": ["lat", "lon"], "presence": "list"},
]


class Crowd:
    """:ivar told: what happened how often."""

    def __init__(self, where: str, seconds: float, choose: random.Random) -> None:
        self._where = where
        self._ends = asyncio.get_running_loop().time() + seconds
        self._choose = choose
        self.told: Counter[str] = Counter()

    def left(self) -> float:
        """Seconds until everybody goes."""
        return self._ends - asyncio.get_running_loop().time()

    async def one_after_another(self, delay: float) -> None:
        """Be one member, and when that one is gone another, until the end."""
        await asyncio.sleep(delay)
        while self.left() > 0:
            try:
                await self._member()
            except (WebSocketException, OSError, TimeoutError) as problem:
                self.told[type(problem).__name__] += 1
                await asyncio.sleep(1)

    async def _member(self) -> None:
        choose = self._choose
        room, protocol = choose.choice(ROOMS), choose.choice(PROTOCOLS)
        url = f"ws://{self._where}/ws/tracker/{room}/"
        socket = await connect(url, subprotocols=protocol and [protocol], max_size=None, ping_interval=None)
        self.told[protocol or "tutorial"] += 1
        try:
            if protocol:
                await socket.send(json.dumps({"op": "watch", **choose.choice(WATCHES)}))
            reading = asyncio.create_task(self._read(socket)) if choose.random() < 0.9 else None
            self.told["reads not"] += reading is None
            until = asyncio.get_running_loop().time() + min(choose.uniform(*STAY), max(0.0, self.left()))
            while (rest := until - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(min(rest, PAUSE))
                await self._say(socket, protocol)
        finally:
            if choose.random() < 0.5:
                socket.transport.abort()
            await socket.close()
            if reading is not None:
                await reading
        self.told["left"] += 1

    async def _say(self, socket: ClientConnection, protocol: str | None) -> None:
        choose = self._choose
        minute = int(asyncio.get_running_loop().time() / 60) % 1000
        flight = {
            "hex": f"{0xB00000 + minute * 40 + choose.randrange(40):06x}",
            "lat": choose.uniform(50, 54),
            "lon": choose.uniform(3, 8),
        }
        if protocol is None:
            await socket.send(json.dumps(flight))
        elif choose.random() < 0.5:
            await socket.send(json.dumps({"op": "publish", "id": 1, "aircraft": [flight]}))
        else:
            await socket.send(json.dumps({"op": "watch", **choose.choice(WATCHES)}))

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for _ in socket:
                self.told["messages"] += 1
        except ConnectionClosed:
            pass


async def main(where: str, count: int, seconds: float, seed: int) -> None:
    """Run the crowd."""
    crowd = Crowd(where, seconds, random.Random(seed))
    delays = [number / count * min(30.0, seconds / 4) for number in range(count)]
    await asyncio.gather(*map(crowd.one_after_another, delays))
    print(json.dumps(crowd.told))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
