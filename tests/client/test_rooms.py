"""Asking for the rooms: whatever answers, or does not, is a list or one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol

from flighttap.client import Unreachable
from flighttap.client import rooms as module
from flighttap.client.address import Address
from flighttap.client.rooms import list_rooms


class Answering(Protocol):
    """Answers anything with bytes given beforehand, and hangs up if so wished."""

    answer = b""
    hang_up = True

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(self.answer)  # type: ignore[union-attr]
        if self.hang_up:
            self.transport.loseConnection()  # type: ignore[union-attr]


async def asked(answer: bytes, hang_up: bool = True) -> list[dict[str, Any]]:
    """What comes of asking a server that answers this."""
    from twisted.internet import reactor

    kind = type("Kind", (Answering,), {"answer": answer, "hang_up": hang_up})
    factory = Factory.forProtocol(kind)
    factory.noisy = False
    port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
    try:
        return await list_rooms(Address(False, "127.0.0.1", port.getHost().port), reactor)
    finally:
        await port.stopListening()


def http(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body)


async def test_a_list_is_a_list():
    assert await asked(http(b'{"rooms":[{"room":"demo"}]}')) == [{"room": "demo"}]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http(b"<html>"), "answered something that is no list of rooms. Is a flighttap there?"),
        (http(b'{"rooms":7}'), "answered something that is no list of rooms. Is a flighttap there?"),
        (http(b"{}"), "answered something that is no list of rooms. Is a flighttap there?"),
        (http(b"no", b"503 Busy"), "/api/v1/rooms answered 503. Is a flighttap there?"),
        (b"SSH-2.0-whatever\r\n", "answered, but not as a web server does."),
        (b"", "answered, but not as a web server does."),
        (http(b'{"rooms":[]}')[:-5], "answered, but not as a web server does."),
    ],
)
async def test_anything_else_is_one_sentence(answer, words):
    with pytest.raises(Unreachable) as refused:
        await asked(answer)
    assert str(refused.value).endswith(words)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
async def test_a_server_that_never_ends_its_answer_is_given_up(answer, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.2)
    with pytest.raises(Unreachable, match=r"did not answer within 0\.2 s\.\Z"):
        await asked(answer, hang_up=False)


async def test_an_endless_answer_is_not_taken(monkeypatch):
    monkeypatch.setattr(module, "_LARGEST", 1000)
    with pytest.raises(Unreachable, match="not as a web server does"):
        await asked(http(b'{"rooms":[' + b" " * 5000 + b"]}")[:-10], hang_up=False)


async def test_https_without_its_libraries_is_a_sentence(monkeypatch):
    import sys

    from twisted.internet import reactor

    from flighttap.errors import ConfigError

    monkeypatch.setitem(sys.modules, "OpenSSL", None)
    monkeypatch.delitem(sys.modules, "twisted.internet.ssl", raising=False)
    with pytest.raises(ConfigError):
        await list_rooms(Address(True, "127.0.0.1", 1), reactor)
