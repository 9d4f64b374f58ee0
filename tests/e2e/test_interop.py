"""The tutorial's contract, kept with clients that are not ours, in one room of a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Server, running, until
from tests.e2e.peers import AutobahnPeer, NodePeer, Peer, WebsocketsPeer

KINDS = {"autobahn": AutobahnPeer, "websockets": WebsocketsPeer, "node": NodePeer}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("--no-demo", cwd=tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def joined(server: Server, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The three, in one room."""
    with ExitStack() as stack:
        made: dict[str, Any] = {}
        for name, kind in KINDS.items():
            made[name] = kind(server.room("interop"), cache(request))
            stack.callback(made[name].close)
        yield made


@pytest.fixture
def peers(joined: dict[str, Any]) -> dict[str, Any]:
    """The three, having heard nothing yet in this test."""
    joined["node"].say('{"mark": true}')
    for peer in joined.values():
        until(lambda peer=peer: any("mark" in text for text in peer.got), "everything before has arrived")
        peer.got.clear()
    return joined


def cache(request: pytest.FixtureRequest) -> Path:
    """Where npm's packages stay between runs."""
    return Path(request.config.cache.mkdir("node-ws"))


def flights(who: str) -> list[str]:
    """Forty objects as different as people send them, each told apart by ``who`` and ``n``."""
    given: list[dict[str, Any]] = []
    for number in range(8):
        told = {"who": who, "n": number}
        given += [
            {"flight": f"AB{number}", "lat": 52.1 + number, "lon": 4.2, "alt": 12000, **told},
            {"hex": f"4ca7b{number}", "alt_baro": "ground", "speed": 12.5, "heading": 359.9, **told},
            {
                "id": number,
                "altitude": "unknown",
                "nested": {"list": [1, None, True, {"deep": "é\u2028\U0001f6e9"}]},
                **told,
            },
            {"message": 'no key at all: "quoted", \\ and \t', "op": "watch", **told},
            {"big": 2**53, "small": 1e-7, "minus": -0.5, "data": {"data": {}}, **told},
        ]
    forms: list[dict[str, Any]] = [{}, {"indent": None, "ensure_ascii": False}, {"separators": (" ,  ", " : ")}]
    return [json.dumps(each, **forms[place % 3]) for place, each in enumerate(given)]


def test_everybody_gets_everything_in_order_exactly_once_the_sender_included(peers: dict[str, Peer]):
    said = {name: flights(name) for name in peers}
    for start in range(0, 40, 10):
        for name, peer in peers.items():
            peer.say(*said[name][start : start + 10])
    for peer in peers.values():
        until(lambda peer=peer: len(peer.got) >= 120, "all arrive")
    # One more from each, and every peer has seen it: nothing else was under way.
    for name, peer in peers.items():
        peer.say(f'{{"last":"{name}"}}')
    for name, peer in peers.items():
        until(lambda peer=peer: sum('"last"' in text for text in peer.got) == 3, "the last ones arrive")
        data = [json.loads(text)["data"] for text in peer.got]
        assert [set(json.loads(text)) for text in peer.got] == [{"data"}] * 123
        for sender in peers:
            assert [each for each in data if each.get("who") == sender] == [
                json.loads(text) for text in said[sender]
            ], name
    orders = [peer.got for peer in peers.values()]
    assert orders[0] == orders[1] == orders[2]


BAD = {
    "bad_json": ["nope", "{", '{"id": 1, "lat": NaN}', ""],
    "not_object": ["[1, 2]", "7", '"text"', "null"],
    "too_deep": ['{"a":' * 40 + "1" + "}" * 40],
    "bad_field": ['{"id": 1, "lat": 90.5}', '{"hex": "xyz"}', '{"flight": ""}', '{"id": 1, "alt": 1e300}'],
}


@pytest.mark.parametrize("sender", KINDS)
def test_bad_input_is_answered_to_its_sender_alone_and_the_connection_stays(peers: dict[str, Peer], sender: str):
    texts = [(code, text) for code, bad in BAD.items() for text in bad]
    peers[sender].say(*(text for _, text in texts))
    peers[sender].say('{"id": 1, "after": true}')
    for name, peer in peers.items():
        until(lambda peer=peer: any("after" in text for text in peer.got), "the good one arrives")
        *before, last = [json.loads(text) for text in peer.got]
        assert last == {"data": {"id": 1, "after": True}}
        if name == sender:
            assert [answer["error"]["code"] for answer in before] == [code for code, _ in texts]
            assert all(answer["error"]["message"].endswith(".") for answer in before)
        else:
            assert before == []


def test_what_is_too_big_reaches_nobody(server: Server, peers: dict[str, Any]):
    sender = WebsocketsPeer(server.room("interop"), Path())
    sender.say('{"id": 1, "text": "' + "x" * 70_000 + '"}')
    until(lambda: sender.got, "it is answered")
    assert [json.loads(text)["error"]["code"] for text in sender.got] == ["too_big"]
    assert sender.listening
    sender.close()
    peers["node"].say('{"id": 2}')
    for peer in peers.values():
        until(lambda peer=peer: peer.got, "the good one arrives")
        assert [json.loads(text) for text in peer.got] == [{"data": {"id": 2}}]


def test_a_message_in_pieces_is_one_message(peers: dict[str, Any]):
    peers["websockets"].say_in_pieces('{"id":', ' "in ', "", 'pieces"', "}")
    for peer in peers.values():
        until(lambda peer=peer: peer.got, "it arrives")
        assert [json.loads(text) for text in peer.got] == [{"data": {"id": "in pieces"}}]


def test_rooms_do_not_hear_each_other(server: Server, peers: dict[str, Peer]):
    other = WebsocketsPeer(server.room("another"), Path())
    other.say('{"id": 1}')
    until(lambda: other.got, "it arrives in its own room")
    peers["node"].say('{"id": 2}')
    for peer in peers.values():
        until(lambda peer=peer: peer.got, "it arrives")
        assert [json.loads(text) for text in peer.got] == [{"data": {"id": 2}}]
    other.close()


@pytest.mark.parametrize("kind", ["autobahn", "node"])
def test_one_that_goes_without_a_word_disturbs_nobody(server: Server, peers: dict[str, Any], kind: str, request):
    leaver = KINDS[kind](server.room("interop"), cache(request))
    peers["autobahn"].say(*(f'{{"id": {number}}}' for number in range(10)))
    leaver.close()  # killed
    peers["autobahn"].say(*(f'{{"id": {number}}}' for number in range(10, 20)))
    for peer in peers.values():
        until(lambda peer=peer: len(peer.got) == 20, "all arrive")
        assert [json.loads(text)["data"]["id"] for text in peer.got] == list(range(20))
