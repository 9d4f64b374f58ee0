"""The upgrade request as somebody who means harm writes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flighttap.rooms.policy import Limits
from tests.ws.support import Server, later, serving, until
from tests.ws.test_connection import raw, request

PATH = "/ws/tracker/a/"


async def answer(server: Server, sent: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    client = await raw(server, sent)
    await until(lambda: b"}}" in client.got or b"101 " in client.got)
    head, _, body = client.got.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    client.transport.loseConnection()
    await client.lost
    headers = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, json.loads(body) if body else {}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(request(PATH, Sec_WebSocket_Key="short"), 400, id="a short key"),
        pytest.param(request(PATH, Sec_WebSocket_Key="<script>AAAAAAAAAAAAAA=="), 400, id="a key that is none"),
        pytest.param(request(PATH, Connection="close"), 400, id="no Connection: Upgrade"),
        pytest.param(request(PATH, Sec_WebSocket_Protocol="flighttap.v1.json, flighttap.v1.json"), 400, id="twice"),
        pytest.param(request(PATH, Host="127.0.0.1:http"), 400, id="a port that is none"),
        pytest.param(request(PATH, Host="[::1"), 400, id="half an address"),
        pytest.param(request(PATH, Content_Length="5") + b"hello", 400, id="a body, which would be read as frames"),
        pytest.param(request(PATH).replace(b"HTTP/1.1", b"HTTP/1.0"), 426, id="HTTP/1.0"),
        pytest.param(request(PATH).replace(b"GET", b"POST"), 426, id="POST"),
        pytest.param(request(PATH, Origin="\xff").replace(b"\xc3\xbf", b"\x9b"), 403, id="an origin not in UTF-8"),
        pytest.param(request(PATH, Host="\xff").replace(b"\xc3\xbf", b"\xe9\x28"), 101, id="a host not in UTF-8"),
    ],
)
async def test_what_autobahn_would_refuse_in_its_own_words_is_refused_in_ours(sent: bytes, status: int) -> None:
    async with serving() as server:
        said, headers, body = await answer(server, sent)
        assert said == status
        if status != 101:
            assert body["error"]["message"].endswith(".")
            assert "<script>" not in json.dumps(body)
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert "Server" not in headers


async def test_an_address_that_connects_too_often_is_told_when_to_come_back() -> None:
    limits = Limits(connections_per_address=3, connect_rate=2)
    async with serving(limits) as server:
        answers = [await answer(server, request(PATH)) for _ in range(4)]
        assert [status for status, _, _ in answers] == [101, 101, 101, 429]
        assert answers[-1][1]["Retry-After"] == "1"
        assert answers[-1][2]["error"]["code"] == "rate_limited"
        await later(0.5)
        assert (await answer(server, request(PATH)))[0] == 101


async def test_a_limit_of_zero_lets_everybody_connect_as_often_as_they_like() -> None:
    async with serving(Limits(connections_per_address=1, connect_rate=0)) as server:
        assert [(await answer(server, request(PATH)))[0] for _ in range(5)] == [101] * 5
