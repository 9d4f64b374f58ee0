"""The command line and the file: what they come to, and one clear sentence for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flighttap.config import DEFAULT_LISTEN, CommandLine, Config, build
from flighttap.errors import ConfigError
from flighttap.feeds.spec import Dial
from flighttap.rooms.policy import Limits, RoomRules
from flighttap.web.ground import Ground

WHOLE = """
listen = ["tcp:8100", "unix:/tmp/flighttap.sock"]
origins = ["https://Map.Example.org", "http://localhost:5173"]
embed = ["https://Club.Example.org", "*"]
open_publish = true
publish_rate = 10
demo = false

[limits]
message = 1000
handshake = 2.5

[[feed]]
name = "roof"
rooms = ["home", "town"]
format = "beast"
source = "tcp:127.0.0.1:30005"
receiver = [52.31, 4.76]
share_position = "hidden"

[rooms.home]
publish = "nobody"
listed = false

[rooms.town]
watch = "nobody"

[map]
source = "https://tiles.example.org/style.json"
credit = "Example"
origins = ["https://fonts.example.org"]
"""


@pytest.fixture
def file(tmp_path: Path):
    """Writes a configuration file and gives its path."""

    def write(text: str | bytes) -> str:
        path = tmp_path / "flighttap.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def sentence_for(**words: object) -> str:
    with pytest.raises(ConfigError) as caught:
        build(CommandLine(**words))
    return str(caught.value)


def test_nothing_said_listens_on_this_machine_alone():
    assert build(CommandLine()) == Config()
    assert DEFAULT_LISTEN == ("tcp:8000:interface=127.0.0.1",)


def test_every_key_of_a_file_is_read(file):
    config = build(CommandLine(config=file(WHOLE)))
    assert config.listen == ("tcp:8100", "unix:/tmp/flighttap.sock")
    assert config.origins == {"https://map.example.org:443", "http://localhost:5173"}
    assert config.embedders == {"https://club.example.org:443", "*"}
    assert config.open_publish is True
    assert config.demo is False
    assert config.limits == Limits(message=1000, handshake=2.5, publish_rate=10.0, room_rate=200.0)
    (feed,) = config.feeds
    assert (feed.name, feed.rooms, feed.format) == ("roof", ("home", "town"), "beast")
    assert feed.where == Dial("127.0.0.1", 30005)
    assert (feed.receiver, feed.share_position) == ((52.31, 4.76), "hidden")
    assert config.ground == Ground(
        "style",
        "https://tiles.example.org/style.json",
        "Example",
        ("https://tiles.example.org", "https://fonts.example.org"),
    )
    assert config.rooms == {"home": RoomRules(publish="nobody", listed=False), "town": RoomRules(watch="nobody")}


def test_the_command_line_wins_over_the_file(file):
    config = build(
        CommandLine(
            config=file(WHOLE),
            listen=["tcp:9000"],
            feeds=["ams=avr@tcp:localhost:30002"],
            limits=["message=2000"],
            publish_rate="0",
            demo=True,
            map="https://other.example/{z}/{x}/{y}.png",
        )
    )
    assert config.ground is not None
    assert (config.ground.kind, config.ground.credit) == ("tiles", "other.example")
    assert config.listen == ("tcp:9000",)
    assert [feed.rooms for feed in config.feeds] == [("ams",)]
    assert config.limits == Limits(message=2000, handshake=2.5, publish_rate=0.0, room_rate=0.0)
    assert config.demo is True


def test_publish_rate_wins_over_the_limit_of_that_name():
    config = build(CommandLine(limits=["publish_rate=5"], publish_rate="7"))
    assert config.limits.publish_rate == 7.0


def test_an_address_that_may_have_more_connections_may_open_them_faster():
    assert build(CommandLine(limits=["connections_per_address=5000"])).limits.connect_rate == 500
    assert build(CommandLine(limits=["connections_per_address=0"])).limits.connect_rate == 0
    assert build(CommandLine(limits=["connections_per_address=5000", "connect_rate=7"])).limits.connect_rate == 7
    assert build(CommandLine()).limits.connect_rate == Limits().connections_per_address / 10


def test_a_higher_publish_rate_brings_a_burst_that_lets_it_be_reached():
    assert build(CommandLine(publish_rate="500")).limits.publish_burst == 1000
    assert build(CommandLine(publish_rate="500")).limits.room_rate == 10_000
    assert build(CommandLine(publish_rate="500", limits=["room_rate=7"])).limits.room_rate == 7
    assert build(CommandLine(publish_rate="5")).limits.publish_burst == Limits().publish_burst
    assert build(CommandLine(publish_rate="500", limits=["publish_burst=7"])).limits.publish_burst == 7


def test_feeds_without_a_name_do_not_share_one():
    config = build(CommandLine(feeds=["a=beast@tcp:h:1", "b=beast@tcp:h:2"]))
    assert [feed.name for feed in config.feeds] == ["beast", "beast-2"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("lisen = []", ["lisen", "'listen'"]),
        ("feeds = []", ["feeds", "'feed'"]),
        ("[limits]\nmesage = 1", ["mesage", "'message'"]),
        ("[rooms.a]\nwach = 'anyone'", ["wach", "'watch'", "rooms.a"]),
        ("[map]\nsorce = 'https://a.example/s.json'", ["sorce", "'source'", "[map]"]),
        ("[rooms.a]\npublish = 'localy'", ["localy", "'local'", "rooms.a"]),
        ("[[feed]]\nroms = ['a']\nsource = 'simulator'", ["roms", "'rooms'"]),
        ("[[feed]]\nrooms = ['a']\nformat = 'beats'\nsource = 'tcp:h:1'", ["beats", "'beast'"]),
    ],
)
def test_an_unknown_word_names_the_nearest_known_one(file, text: str, names: list[str]):
    sentence = sentence_for(config=file(text))
    assert all(name in sentence for name in names), sentence


@pytest.mark.parametrize(
    "text",
    [
        "listen = 'tcp:8000'",
        "listen = [8000]",
        "listen = ['tpc:8000']",
        "origins = ['example.org']",
        "origins = ['https://example.org/path']",
        "embed = ['example.org']",
        "open_publish = 'yes'",
        "demo = 1",
        "publish_rate = -1",
        "publish_rate = true",
        "limits = 3",
        "[limits]\nmessage = 'big'",
        "[limits]\nmessage = inf",
        "[limits]\nmessage = nan",
        "[limits]\nmessage = 1.5",
        "[limits]\nmessage = -1",
        "[limits]\nmessage = [1]",
        "feed = {}",
        "feed = [1]",
        "[[feed]]\nsource = 'simulator'",
        "[[feed]]\nrooms = ['a']",
        "[[feed]]\nrooms = ['../a']\nsource = 'simulator'",
        "[[feed]]\nrooms = ['a']\nsource = 'beast@tcp:h:1'\nreceiver = [91, 0]",
        "rooms = []",
        "rooms.a = 1",
        "[rooms.'a b']\nlisted = true",
        "[rooms.a]\nlisted = 'no'",
        "[rooms.a]\nwatch = 3",
        "this is not toml",
        b"\xff\xfe",
    ],
)
def test_every_wrong_value_in_a_file_is_one_sentence(file, text: str | bytes):
    sentence = sentence_for(config=file(text))
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    assert "Traceback" not in sentence
    assert "object at 0x" not in sentence


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ({"listen": ["8000"]}, "tcp:8000"),
        ({"listen": ["tpc:8000"]}, "'tcp'"),
        ({"listen": ["tcp:http"]}, "port"),
        ({"listen": ["tcp:70000"]}, "65535"),
        ({"listen": ["tcp:"]}, "port"),
        ({"listen": [""]}, "endpoint"),
        ({"listen": ["tcp:8000:interfce=1.2.3.4"]}, "interfce"),
        ({"listen": ["tcp:8000:backlog=many"]}, "backlog=many"),
        ({"listen": ["ssl:8443:privateKey=/nowhere/key.pem:certKey=/nowhere/cert.pem"]}, "/nowhere/"),
        ({"listen": ["unix:"]}, "socket"),
        ({"listen": ["systemd:domain=INET:index=0"]}, "systemd has passed no such socket"),
        ({"feeds": ["ams"]}, "ROOM=SOURCE"),
        ({"feeds": ["ams=beast@tpc:h:1"]}, "'tcp'"),
        ({"feeds": ["ams=beast@file:/nowhere/x.beast"]}, "/nowhere/x.beast"),
        ({"limits": ["message"]}, "NAME=VALUE"),
        ({"limits": ["mesage=3"]}, "'message'"),
        ({"limits": ["message=lots"]}, "lots"),
        ({"publish_rate": "fast"}, "fast"),
        ({"publish_rate": "nan"}, "nan"),
        ({"config": "/nowhere/flighttap.toml"}, "/nowhere/flighttap.toml"),
        ({"config": "/"}, "directory"),
    ],
)
def test_every_wrong_word_on_the_command_line_is_one_sentence(words: dict[str, object], names: str):
    sentence = sentence_for(**words)
    assert names in sentence
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))


def test_relative_paths_are_made_absolute_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "sky.beast").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    config = build(CommandLine(feeds=["ams=beast@file:sky.beast"], listen=["unix:hub.sock:mode=600", "unix:/a/b"]))
    monkeypatch.chdir("/")
    (feed,) = config.feeds
    assert feed.where.path == str(tmp_path / "sky.beast")
    assert config.listen == (f"unix:{tmp_path}/hub.sock:mode=600", "unix:/a/b")


@settings(max_examples=30, deadline=None)
@given(st.text())
def test_no_word_raises_anything_but_a_config_error(word: str):
    for name in ("listen", "feeds", "limits"):
        assert "\n" not in outcome(**{name: [word]})


def outcome(**words: object) -> str:
    try:
        return repr(build(CommandLine(**words)))
    except ConfigError as error:
        return str(error)


SECRET = b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"


def test_keys_and_rules_that_need_them(file, tmp_path: Path):
    (tmp_path / "hub.key").write_bytes(SECRET)
    (tmp_path / "api.toml").write_text("")
    rules = "[rooms.club]\nwatch = 'members'\npublish = 'token'\n"
    auth = f"[auth]\nkeys = ['{tmp_path}/hub.key']\naudience = 'us'\napi_keys = '{tmp_path}/api.toml'\n"
    config = build(CommandLine(config=file("open_rooms = false\n" + auth + rules)))
    assert config.rooms == {"club": RoomRules("token", "members")}
    assert config.auth is not None
    assert not config.open_rooms
    assert build(CommandLine(config=file(""))).auth is None
    assert build(CommandLine(config=file(""))).open_rooms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[rooms.club]\nwatch = 'members'", "watch in [rooms.club] needs tokens"),
        ("[rooms.club]\npublish = 'token'", "publish in [rooms.club] needs tokens"),
        ("[auth]", "must say keys, jwks or api_keys"),
        ("[auth]\nkey = ['a']", "did you mean 'keys'?"),
        ("[auth]\nkeys = 'hub.key'", "keys must be a list"),
        ("[auth]\nkeys = ['/nowhere/hub.key']", "/nowhere/hub.key cannot be read: No such file"),
        ("[auth]\njwks = 3", "jwks in [auth] must be a text"),
        ("[auth]\naudience = ''\nkeys = ['a']", "audience in [auth] must be a text"),
        ("[auth]\napi_keys = '/nowhere/api.toml'", "/nowhere/api.toml cannot be read"),
        ("auth = 1", "write [auth] above its keys"),
        ("open_rooms = 'no'", "open_rooms must be true or false"),
    ],
)
def test_what_is_wrong_with_keys_is_one_sentence(file, text: str, words: str):
    sentence = sentence_for(config=file(text))
    assert words in sentence
    assert sentence.endswith((".", "?"))
