"""What users write after --feed and in [[feed]] tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from flighttap.errors import ConfigError
from flighttap.feeds.spec import Dial, FeedSpec, Listen, Replay, Simulate, distinct, feed_from_table, parse_feed


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file ``day.beast`` in the current directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "day.beast"
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("demo=simulator", Simulate()),
        ("demo=simulator?aircraft=50&seed=3&speed=2", Simulate(50, 3, 2.0)),
        ("demo=beast@tcp:localhost:30005", Dial("localhost", 30005)),
        ("demo=sbs@tcp:[2001:db8::1]:30003?silence=30", Dial("2001:db8::1", 30003, 30.0)),
        ("demo=beast@tcp:pi.local:30005?silence=0", Dial("pi.local", 30005, 0.0)),
        ("demo=beast@listen:tcp:30004", Listen(30004, "127.0.0.1")),
        ("demo=avr@listen:tcp:30001:interface=0.0.0.0?senders=3", Listen(30001, "0.0.0.0", senders=3)),  # noqa: S104
        ("demo=beast@listen:tcp:0:interface=[::1]", Listen(0, "::1")),
        (r"demo=beast@listen:tcp:0:interface=\:\:1", Listen(0, "::1")),
    ],
)
def test_each_kind_of_source_is_understood(text: str, where: object) -> None:
    spec = parse_feed(text)
    assert spec.where == where
    assert spec.source == text.partition("=")[2]
    assert spec.simulated is isinstance(where, Simulate)


def test_a_relative_path_is_absolute_at_once_so_that_a_daemon_finds_it(recording: Path) -> None:
    spec = parse_feed("demo=beast@file:day.beast?speed=200&loop=1")
    os.chdir("/")
    assert spec.where == Replay(str(recording), 200.0, True)


def test_a_name_and_several_rooms_each_kept_once() -> None:
    spec = parse_feed("attic:ams,eu,ams=beast@tcp:pi:30005")
    assert (spec.name, spec.rooms, spec.format) == ("attic", ("ams", "eu"), "beast")


def test_a_feed_without_a_name_is_called_by_its_format() -> None:
    assert parse_feed("a=beast@tcp:pi:30005").name == "beast"
    assert parse_feed("a=simulator").name == "simulator"


def test_feeds_of_one_name_are_told_apart() -> None:
    specs = [parse_feed(text) for text in ("a=beast@tcp:x:1", "a=beast@tcp:y:1", "beast-2:b=simulator", "c=simulator")]
    assert [spec.name for spec in distinct(specs)] == ["beast", "beast-2", "beast-2-2", "simulator"]


def test_options_are_percent_decoded() -> None:
    spec = parse_feed("a=beast@tcp:pi:30005?receiver=43.63%2C%201.37&share_position=e%78act")
    assert (spec.receiver, spec.share_position) == ((43.63, 1.37), "exact")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("demo", "write it as ROOM=SOURCE"),
        ("demo=", "write it as ROOM=SOURCE"),
        (":demo=simulator", "no name before the colon"),
        ("a b:demo=simulator", "'a b' is no name for a feed"),
        ("-demo=simulator", "'-demo' is no room name"),
        ("a,,b=simulator", "'' is no room name"),
        ("é=simulator", "'é' is no room name"),
        ("demo=simulater", "did you mean 'simulator'"),
        ("demo=simulator:x", "no format and no address"),
        ("demo=simulator?aircrft=3", "did you mean 'aircraft'"),
        ("demo=simulator?aircraft=0", "aircraft must be a whole number from 1 to 2000, not '0'"),
        ("demo=simulator?aircraft=", "aircraft= needs a value"),
        ("demo=simulator?seed=1&seed=2", "seed is given twice"),
        ("demo=beast@simulator", "the simulator has no format"),
        ("demo=beats@tcp:pi:30005", "did you mean 'beast'"),
        ("demo=tcp:pi:30005", "say what it speaks"),
        ("demo=file:day.beast", "say what it speaks"),
        ("demo=beast@tpc:pi:30005", "did you mean 'tcp'"),
        ("demo=beast@pi:30005", "transport 'pi' is not known"),
        ("demo=beast@tcp:pi", "needs HOST:PORT"),
        ("demo=beast@tcp:pi:0", "the port must be a whole number from 1 to 65535"),
        ("demo=beast@tcp:pi:70000", "not '70000'"),
        ("demo=beast@tcp:pi:٣", "the port must be"),
        ("demo=beast@tcp:2001:db8::1:30005", "put an IPv6 address in brackets: tcp:[2001:db8::1]:30005"),
        ("demo=beast@tcp:[]:30005", "'' is no host"),
        ("demo=beast@tcp:pi:30005?silense=3", "did you mean 'silence'"),
        ("demo=beast@tcp:pi:30005?silence=-1", "or 0 for never, not '-1'"),
        ("demo=beast@tcp:pi:30005?speed=2", "option 'speed' is not known"),
        ("demo=beast@tcp:pi:30005?receiver=91,0", "latitude within ±90"),
        ("demo=beast@tcp:pi:30005?receiver=nan,0", "latitude within ±90"),
        ("demo=beast@tcp:pi:30005?receiver=home", "must be LAT,LON"),
        ("demo=beast@tcp:pi:30005?share_position=exakt", "did you mean 'exact'"),
        ("demo=beast@listen:udp:30004", "kind of listener 'udp'"),
        ("demo=beast@listen:tcp:30004:interfac=::1", "did you mean 'interface'"),
        ("demo=beast@listen:tcp:30004:interface=", "interface= needs an address"),
        ("demo=beast@listen:tcp:x", "the port must be"),
        ("demo=beast@listen:tcp:1?allow=home", "allow must be addresses or networks such as 192.0.2.0/24, not 'home'"),
        ("demo=beast@listen:tcp:1?allow=10.0.0.1/8", "allow must be addresses or networks"),
        ("demo=beast@listen:tcp:1?cert=a&key=b", "option 'cert' is not known"),
        ("demo=beast@listen:ssl:1", "listen:ssl needs a certificate and its key"),
        ("demo=beast@listen:ssl:1?cert=a&key=/nowhere/key.pem", "/nowhere/key.pem cannot be read"),
        ("demo=beast@listen:ssl:1?cert=day.beast&key=day.beast", "are no certificate, its key"),
        ("demo=beast@listen:tcp:1?senders=0", "senders must be a whole number"),
        ("demo=beast@file:", "needs a path"),
        ("demo=beast@file:night.beast", "there is no file"),
        ("demo=beast@file:.", "is not a file"),
        ("demo=beast@file:day.beast?speed=0", "speed must be a number above 0"),
        ("demo=beast@file:day.beast?speed=nan", "speed must be a number above 0"),
        ("demo=beast@file:day.beast?loop=maybe", "loop must be 1 or 0"),
    ],
)
@pytest.mark.usefixtures("recording")
def test_a_wrong_value_is_one_sentence_that_quotes_the_feed(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_feed(text)
    message = str(caught.value)
    assert said in message
    assert message.startswith(f"feed {text!r}: ")
    assert message.endswith(".")
    assert "\n" not in message


def test_a_file_that_may_not_be_read_is_refused(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may read everything
    with pytest.raises(ConfigError, match="may not be read"):
        parse_feed("demo=beast@file:day.beast")


def test_a_table_says_the_same_as_the_command_line() -> None:
    table = {
        "name": "attic",
        "rooms": ["ams", "eu"],
        "format": "beast",
        "source": "tcp:pi:30005?silence=30",
        "receiver": [52.31, 4],
        "share_position": "hidden",
    }
    assert feed_from_table(table) == FeedSpec(
        "attic", ("ams", "eu"), "tcp:pi:30005?silence=30", "beast", Dial("pi", 30005, 30.0), (52.31, 4.0), "hidden"
    )
    assert feed_from_table({"rooms": "ams,eu", "source": "beast@tcp:pi:1"}).rooms == ("ams", "eu")
    assert feed_from_table({"rooms": ["demo"], "source": "simulator?aircraft=9"}).where == Simulate(9)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"formt": "beast"}, "did you mean 'format'"),
        ({"rooms": []}, "it needs rooms"),
        ({"rooms": [3]}, "it needs rooms"),
        ({"rooms": None}, "it needs rooms"),
        ({"source": ""}, "it needs a source"),
        ({"source": 3}, "source must be a text"),
        ({"format": "beats"}, "did you mean 'beast'"),
        ({"source": "sbs@tcp:pi:1"}, "its source says 'sbs', its format 'beast'"),
        ({"source": "tcp:pi:1?receiver=1,2", "receiver": [1, 2]}, "receiver is given twice"),
        ({"receiver": [True, 2]}, "latitude within"),
        ({"receiver": "52,4"}, "latitude within"),
        ({"share_position": "exct"}, "did you mean 'exact'"),
        ({"name": "a b"}, "is no name"),
    ],
)
def test_a_wrong_table_is_one_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        feed_from_table({"rooms": ["ams"], "format": "beast", "source": "tcp:pi:1", **changes})
    assert said in str(caught.value)
    assert str(caught.value).startswith("feed '[[feed]]")
