"""``flighttap top``: the lines for two answers of a server, and the command against a real one."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock

from flighttap.access.grant import Grant
from flighttap.aircraft.observation import Observation
from flighttap.client.address import Address
from flighttap.client.errors import Unreachable
from flighttap.client.overview import overview
from flighttap.client.table import Look
from flighttap.client.top import Top
from flighttap.hub import Hub
from flighttap.rooms.policy import Limits
from flighttap.web.status import status
from tests.web.support import Spec
from tests.ws.support import serving, until

PLAIN = Look(None, False)


class Told:
    """A hub whose status is asked for, second by second."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.hub = Hub(self.clock, Limits(), lambda: "e1", lambda: 0.0)
        self.hub.start()
        self.feed = self.hub.add_feed(Spec())

    def status(self) -> dict[str, Any]:
        return status(self.hub)


def lines(now: dict[str, Any], before: dict[str, Any] | None = None, seconds: float = 1.0, **more: Any) -> list[str]:
    return overview(now, before, seconds, "hub:8000", more.pop("look", PLAIN), **more)


def line(said: list[str], title: str) -> str:
    return " ".join(next(each for each in said if each.startswith(title)).split())


def test_rates_are_worked_out_between_two_answers_and_from_the_start_in_the_first():
    told = Told()
    told.hub.meter.received = 100
    told.clock.advance(10)
    first = told.status()
    assert "10 messages/s" in line(lines(first), "In")
    told.hub.meter.received += 30
    told.hub.meter.deliveries += 8
    assert "15 messages/s" in line(lines(told.status(), first, 2.0), "In")
    assert "4 deliveries/s" in line(lines(told.status(), first, 2.0), "Out")


def test_what_was_conflated_is_a_share_of_what_changed():
    told = Told()
    told.hub.meter.changes, told.hub.meter.conflated = 40, 10
    assert "conflated 25 %" in line(lines(told.status()), "Out")
    assert "conflated -" in line(lines(Told().status()), "Out")


def test_ages_are_bounds_of_what_came_between_the_answers():
    told = Told()
    for _ in range(100):
        told.hub.meter.age.add(0.0005)
    before = told.status()
    told.hub.meter.age.add(0.15)
    told.hub.meter.age.add(0.15)
    told.hub.meter.age.add(99)
    told.hub.meter.age.add(99)
    assert "data p50 ≤ 1 ms, p99 > 10.0 s" in line(lines(told.status()), "Late")
    assert "data p50 ≤ 200 ms, p99 > 10.0 s" in line(lines(told.status(), before), "Late")
    assert "data p50 -, p99 -" in line(lines(before, before), "Late")


def test_feeds_rooms_and_closes_are_told():
    told = Told()
    told.feed.state_changed("down", "it refused the connection")
    told.feed.observe([Observation("4ca7b5", 0.0, "adsb_icao", {"alt_baro": 1000})])
    told.hub.meter.closes["us", 4003] = 2
    told.hub.meter.closes["peer", 1000] = 1
    told.hub.meter.rejected["bad_json"] = 7
    said = lines(told.status())
    assert line(said, "roof") == "roof down 0.0 0 B ams it refused the connection"
    assert line(said, "ams") == "ams 0 1 0.0 0 roof"
    assert line(said, "Closes") == "Closes 1000: 1, 4003: 2"
    assert line(said, "Rejected") == "Rejected bad_json: 7"


@pytest.mark.parametrize("width", [10, 40, 80, 200])
@pytest.mark.parametrize("height", [3, 10, 60])
def test_whatever_the_window_nothing_is_wider_or_longer(width: int, height: int):
    told = Told()
    for number in range(40):
        told.hub.enter(f"room{number}")
    said = lines(told.status(), look=Look(width, True), height=height)
    assert len(said) <= height
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", each)) for each in said) <= width


def test_nothing_that_a_server_says_reaches_the_terminal_as_a_command():
    told = Told()
    said = told.status()
    said["state"] = said["version"] = "\x1b[2J"
    said["totals"]["closes"] = {"\x1b[2J": 1}
    said["feeds"][0].update(name="\x1b]0;x\x07", why="\u202e")
    said["room_list"][0]["room"] = "\x1b[2J"
    text = "".join(lines(said))
    assert "\x1b" not in text
    assert "\u202e" not in text


async def test_top_shows_a_real_server_once_where_there_is_no_terminal():
    async with serving() as server:
        client = await server.connect()
        out = io.StringIO()
        top = Top(Address(False, "127.0.0.1", server.port), out, server.reactor, live=False)
        assert await top.run() == 0
        assert "tutorial 1" in line(out.getvalue().splitlines(), "Connections")
        assert "\x1b" not in out.getvalue()
        await client.leave()


async def test_top_draws_until_it_is_stopped_and_gives_the_terminal_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("flighttap.client.top.EVERY", 0.01)
    async with serving() as server:
        out = io.StringIO()
        top = Top(Address(False, "127.0.0.1", server.port), out, server.reactor, live=True)
        top.run()
        await until(lambda: out.getvalue().count("Connections") == 3)
        await top.stop()
        assert out.getvalue().startswith("\x1b[?1049h")
        assert out.getvalue().endswith("\x1b[?1049l")


async def test_top_is_stopped_in_the_middle_of_a_question_without_a_word():
    from twisted.internet import reactor

    factory = Factory.forProtocol(Protocol)  # never answers
    factory.noisy = False
    port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
    top = Top(Address(False, "127.0.0.1", port.getHost().port), io.StringIO(), reactor, live=True)
    done = top.run()
    await top.stop()
    assert await done == 0
    await port.stopListening()


async def test_top_is_told_that_it_needs_a_token():
    def stranger(token: str) -> Grant:
        return Grant("Ana", "1", frozenset({"watch"}), ("*",))

    async with serving(verify=stranger) as server:
        address = Address(False, "127.0.0.1", server.port)
        for token in (None, "watches"):
            with pytest.raises(Unreachable, match=r"for the server's operator: ask on .* token\.$"):
                await Top(address, io.StringIO(), server.reactor, live=False, token=token).run()
