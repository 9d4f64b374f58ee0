"""The options of ``twistd flighttap``, and the service that they make, without a process of its own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from twisted.application.service import IServiceMaker
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
from twisted.plugin import getPlugins
from twisted.python.usage import UsageError

from flighttap.access.keyring import KeyFiles, Keyring
from flighttap.access.keys import new_secret
from flighttap.config import Config
from flighttap.errors import ConfigError
from flighttap.feeds.spec import parse_feed
from flighttap.rooms.policy import RoomRules
from flighttap.service import FlighttapService
from flighttap.tap import Options

LOCAL = "tcp:0:interface=127.0.0.1"


def options(*words: str) -> Options:
    read = Options()
    read.parseOptions(list(words))
    return read


def refused(*words: str) -> str:
    with pytest.raises(UsageError) as caught:
        options(*words)
    return str(caught.value)


def test_twistd_finds_one_plugin_of_ours():
    (ours,) = [plugin for plugin in getPlugins(IServiceMaker) if plugin.tapname == "flighttap"]
    assert ours.options is Options


def test_every_option_reaches_the_configuration(tmp_path: Path):
    file = tmp_path / "hub.toml"
    file.write_text('origins = ["https://example.org"]\n[rooms.ams]\npublish = "anyone"\n')
    config = options(
        *("--listen", "tcp:1234", "--listen", "tcp:1235"),
        *("--feed", "ams=beast@tcp:h:30005", "--feed", "sim:x=simulator"),
        *("--limit", "message=1000", "--limit", "rooms=5", "--publish-rate", "3"),
        *("--config", str(file), "--demo", "--open-publish", "--conformance-echo"),
    ).built
    assert config.listen == ("tcp:1234", "tcp:1235")
    assert [feed.name for feed in config.feeds] == ["beast", "sim"]
    assert (config.limits.message, config.limits.rooms, config.limits.publish_rate) == (1000, 5, 3.0)
    assert config.origins == {"https://example.org:443"}
    assert config.rooms == {"ams": RoomRules(publish="anyone")}
    assert (config.demo, config.open_publish, config.conformance_echo) == (True, True, True)


def test_demo_is_undecided_unless_said():
    assert [options(*words).built.demo for words in ([], ["--demo"], ["--no-demo"])] == [None, True, False]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--lissen", "tcp:1"], "'listen'"),
        (["--feed"], "feed"),
        (["home=simulator"], "--feed home=simulator"),
        (["--demo", "--no-demo"], "not both"),
        (["--demo=yes"], "demo"),
        (["--limit", "mesage=1"], "'message'"),
        (["--publish-rate", "-1"], "--publish-rate"),
        (["--config", "/nowhere.toml"], "/nowhere.toml"),
    ],
)
def test_a_wrong_word_is_a_usage_error_of_one_sentence(words: list[str], names: str):
    sentence = refused(*words)
    assert names in sentence
    assert "\n" not in sentence


# ---- the service, bound to real ports


class Bound:
    """A service that was bound, and is let go again."""

    def __init__(self, config: Config) -> None:
        from twisted.internet import reactor

        self.service = FlighttapService(config, reactor)

    async def __aenter__(self) -> FlighttapService:
        self.service.bind()
        return self.service

    async def __aexit__(self, *_: object) -> None:
        await self.service.stopService()


async def said(**words: object) -> list[str]:
    async with Bound(Config(**{"listen": (LOCAL,), **words})) as service:
        return service.announcement()


async def test_it_says_where_to_look_who_reaches_it_and_which_rooms_there_are():
    where, reach, rooms = await said()
    assert where.startswith("Open http://127.0.0.1:")
    assert where.endswith("/tracker/demo")
    assert "Only this machine" in reach
    assert "--listen tcp:" in reach
    assert "demo (simulator)" in rooms


async def test_open_to_the_network_it_says_so_and_has_no_demo():
    where, reach, rooms = await said(listen=("tcp:0",))
    assert where.startswith("Open http://127.0.0.1:")
    assert where.endswith("/tracker/")
    assert "Everybody who can reach this machine may watch" in reach
    assert "demo" not in rooms
    _, reach, _ = await said(listen=("tcp:0",), open_publish=True)
    assert "watch and publish" in reach


async def test_with_keys_and_closed_rooms_it_says_that(tmp_path: Path):
    (tmp_path / "hub.key").write_bytes(new_secret())
    auth = Keyring(KeyFiles((tmp_path / "hub.key",)), time.time)
    _, reach, rooms = await said(listen=("tcp:0",), auth=auth, open_rooms=False, rooms={"ams": RoomRules()})
    assert "who has a token may publish" in reach
    assert rooms == "Rooms: ams; no others."


async def test_a_feed_takes_the_place_of_the_demo():
    feed = parse_feed("ams=beast@tcp:127.0.0.1:9")
    where, _, rooms = await said(feeds=(feed,))
    assert where.endswith("/tracker/ams")
    assert "demo" not in rooms
    where, _, rooms = await said(feeds=(feed,), demo=True)
    assert where.endswith("/tracker/demo")
    assert "ams (beast@tcp:127.0.0.1:9)" in rooms


async def test_no_demo_means_none():
    where, _, rooms = await said(demo=False)
    assert where.endswith("/tracker/")
    assert "demo" not in rooms


async def test_declared_rooms_are_there_with_their_rules():
    async with Bound(Config(listen=(LOCAL,), rooms={"ams": RoomRules(publish="nobody")})) as service:
        assert service.hub.rooms["ams"].rules.publish == "nobody"
        assert "ams" in service.announcement()[2]


async def test_a_feed_called_demo_by_the_user_does_not_clash():
    feed = parse_feed("demo:ams=beast@tcp:127.0.0.1:9")
    async with Bound(Config(listen=(LOCAL,), feeds=(feed,), demo=True)) as service:
        assert [spec.name for spec in service.feeds()] == ["demo", "demo-2"]


async def test_on_demand_the_demo_sleeps_and_with_demo_it_runs():
    for demo, states in ((None, {"asleep"}), (True, {"up", "connecting"})):
        async with Bound(Config(listen=(LOCAL,), demo=demo)) as service:
            service.startService()
            assert service.hub.describe("demo")["feeds"][0]["state"] in states


async def test_of_two_ports_the_first_is_released_when_the_second_is_taken(tmp_path: Path):
    from twisted.internet import reactor

    taken = await serverFromString(reactor, LOCAL).listen(Factory())
    number = taken.getHost().port
    service = FlighttapService(Config(listen=(f"unix:{tmp_path}/s", f"tcp:{number}:interface=127.0.0.1")), reactor)
    with pytest.raises(ConfigError, match=f"Port {number} is in use already"):
        service.bind()
    assert service.ports == []
    await taken.stopListening()


async def test_a_feed_whose_port_is_taken_is_said_at_once():
    from twisted.internet import reactor

    taken = await serverFromString(reactor, LOCAL).listen(Factory())
    number = taken.getHost().port
    service = FlighttapService(Config(listen=(LOCAL,), feeds=(parse_feed(f"a=beast@listen:tcp:{number}"),)), reactor)
    with pytest.raises(ConfigError, match=rf"feed beast: Port {number} is in use already"):
        service.bind()
    await taken.stopListening()


async def test_stopping_goes_on_when_a_step_fails():
    async with Bound(Config(listen=(LOCAL,))) as service:
        service.startService()

        async def broken(patience: float) -> None:
            raise RuntimeError("a fault of ours")

        service.factory.close_all = broken
    assert not service.hub._tick_call
