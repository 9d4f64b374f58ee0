"""Addresses as people copy them are read, and everything else is refused in one sentence."""

from __future__ import annotations

import sys

import pytest
from twisted.internet.testing import MemoryReactorClock

from flighttap.client.address import read_address, read_server, tls_options
from flighttap.client.watcher import Watcher
from flighttap.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "websocket"),
    [
        ("http://localhost:8000/tracker/demo", "ws://localhost:8000/ws/tracker/demo/"),
        ("http://localhost:8000/tracker/demo/", "ws://localhost:8000/ws/tracker/demo/"),
        ("http://localhost:8000/tracker/demo?theme=dark#5/52/4", "ws://localhost:8000/ws/tracker/demo/"),
        ("ws://host/ws/tracker/demo/", "ws://host:80/ws/tracker/demo/"),
        ("ws://host/ws/tracker/demo", "ws://host:80/ws/tracker/demo/"),
        ("wss://host/ws/tracker/demo/", "wss://host:443/ws/tracker/demo/"),
        ("https://host:8443/tracker/Ams_1-2", "wss://host:8443/ws/tracker/Ams_1-2/"),
        ("HTTP://Host:8000/tracker/demo", "ws://host:8000/ws/tracker/demo/"),
        ("host:8000/demo", "ws://host:8000/ws/tracker/demo/"),
        ("host:8000/demo/", None),
        ("localhost/tracker/demo", "ws://localhost:80/ws/tracker/demo/"),
        ("127.0.0.1:8000/ws/tracker/demo/", "ws://127.0.0.1:8000/ws/tracker/demo/"),
        ("http://[::1]:8000/tracker/demo", "ws://[::1]:8000/ws/tracker/demo/"),
        ("https://host/flights/tracker/demo", "wss://host:443/flights/ws/tracker/demo/"),
        ("http://host/tracker/d%65mo", "ws://host:80/ws/tracker/demo/"),
        ("http://b\u00fccher.example/tracker/demo", "ws://xn--bcher-kva.example:80/ws/tracker/demo/"),
        ("  http://host/tracker/demo\n", "ws://host:80/ws/tracker/demo/"),
    ],
)
def test_a_rooms_address(text, websocket):
    if websocket is None:
        with pytest.raises(ConfigError):
            read_address(text)
    else:
        assert read_address(text).websocket == websocket


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no room"),
        ("demo", "names no room"),
        ("http://host:8000", "names no room"),
        ("http://host:8000/tracker/", "names no room"),
        ("http://host:8000/demo", "names no room"),
        ("http://host:8000/tracker/a/b", "names no room"),
        ("ftp://host/tracker/demo", "begins with ftp://"),
        ("http:///tracker/demo", "names no host"),
        ("http://ho st/tracker/demo", "names no host"),
        ("http://host..example/tracker/demo", "names no host"),
        ("http://host/\u00e9/tracker/demo", "percent-encoded"),
        ("http://host:99999/tracker/demo", "no port from 1 to 65535"),
        ("http://host:abc/tracker/demo", "no port from 1 to 65535"),
        ("http://[::1/tracker/demo", "is no address"),
        ("http://me:secret@host/tracker/demo", "user name"),
        ("http://host/tracker/-demo", "cannot name a room"),
        ("http://host/tracker/" + "x" * 81, "cannot name a room"),
        ("http://host/tracker/%2e%2e", "cannot name a room"),
        ("http://host/tracker/a%252fb", "cannot name a room"),
        ("ws://host/ws/tracker/demo/?hz=1", "options after '?'"),
    ],
)
def test_what_is_no_rooms_address_is_refused_in_one_sentence(text, words):
    with pytest.raises(ConfigError, match=r"\A[^\n]*\.\Z") as refused:
        read_address(text)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("http://host:8000", "http://host:8000/api/v1/rooms"),
        ("http://host:8000/", "http://host:8000/api/v1/rooms"),
        ("host:8000", "http://host:8000/api/v1/rooms"),
        ("host:8000/demo", "http://host:8000/api/v1/rooms"),
        ("http://host:8000/tracker/", "http://host:8000/api/v1/rooms"),
        ("http://host:8000/tracker/demo", "http://host:8000/api/v1/rooms"),
        ("wss://host/ws/tracker/demo/", "https://host:443/api/v1/rooms"),
        ("https://host/flights/tracker/demo", "https://host:443/flights/api/v1/rooms"),
        ("https://host/flights/", "https://host:443/flights/api/v1/rooms"),
    ],
)
def test_a_servers_address(text, api):
    assert read_server(text).api("rooms") == api


def test_the_page_of_a_room():
    assert read_address("ws://host/ws/tracker/demo/").page == "http://host:80/tracker/demo"


def test_tls_that_is_not_installed_is_one_sentence_and_said_at_once(monkeypatch):
    monkeypatch.setitem(sys.modules, "OpenSSL", None)
    monkeypatch.delitem(sys.modules, "twisted.internet.ssl", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'twisted\[tls\]'\.$"):
        tls_options("host")
    with pytest.raises(ConfigError):
        Watcher("wss://host/ws/tracker/demo/", reactor=MemoryReactorClock())


def test_tls_that_is_installed_checks_the_name_of_the_host():
    pytest.importorskip("OpenSSL")
    assert tls_options("host.example") is not None
