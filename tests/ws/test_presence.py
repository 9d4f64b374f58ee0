"""Who is here, over real sockets: lists, names, and members that come back as who they were."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest

from flighttap.rooms.policy import Limits
from tests.rooms.peers import FakePeer
from tests.ws.support import BIN, V1, Client, Server, serving, until


async def greeted(server: Server, path: str = "x/", protocol: str = V1) -> tuple[Client, Any]:
    client = await server.connect(path, [protocol])
    return client, await client.message("hello")


async def listening(server: Server, path: str = "x/", presence: str = "list") -> Client:
    """A member that watches who is there, and was told that it is there itself."""
    client, _ = await greeted(server, path)
    client.say({"op": "watch", "id": 0, "presence": presence})
    await client.message("presence")
    await client.message("snapshot")
    return client


async def answer(client: Client, said: dict[str, Any]) -> Any:
    client.say({**said, "id": "asked"})
    while True:
        heard = await client.message()
        if heard.get("id") == "asked":
            return heard


@contextmanager
def crowd(server: Server, size: int) -> Any:
    """Members without sockets."""
    peers = [FakePeer(server.hub, "x", f"fake{number}") for number in range(size)]
    for peer in peers:
        server.hub.attendance.arrived(server.hub.rooms["x"], peer.member)
    yield peers
    for peer in peers:
        if peer.member.present:
            server.hub.leave(peer.member)


async def test_the_list_comes_whole_on_watch_and_then_who_joined_of_every_mode() -> None:
    async with serving() as server:
        await server.connect()
        first, hello = await greeted(server)
        first.say({"op": "watch", "presence": "list"})
        assert await first.message("presence") == {
            "t": "presence", "pseq": 2, "count": 2, "members": [{"id": "c1"}, {"id": hello["id"]}],
        }  # fmt: skip
        second, hello = await greeted(server, protocol=BIN)
        second.say({"op": "watch", "presence": "list"})
        told = await first.message("presence")
        assert (told["joined"][-1], told["left"], told["count"]) == ({"id": hello["id"]}, [], 3)
        assert told["base"] <= 2 < told["pseq"]
        assert [member["id"] for member in (await second.message("presence"))["members"]] == ["c1", "c2", "c3"]


async def test_a_connection_that_has_said_nothing_is_not_told_of() -> None:
    async with serving() as server:
        watcher = await listening(server)
        silent, hello = await greeted(server)
        silent.say({"op": "ping"})
        await silent.message("pong")
        assert server.hub.rooms["x"].presence.count == 1
        silent.say({"op": "publish", "event": {"text": "hello"}})
        assert (await watcher.message("presence"))["joined"] == [{"id": hello["id"]}]


async def test_asking_for_presence_answers_all_that_is_wanted() -> None:
    async with serving() as server:
        client, hello = await greeted(server)
        client.say({"op": "presence"})
        assert await client.message() == {"t": "presence", "pseq": 0, "count": 0}
        client.say({"op": "watch", "presence": "none"})
        client.say({"op": "presence"})
        assert await client.message("presence") == {"t": "presence", "pseq": 1, "count": 1}
        client.say({"op": "watch", "presence": "list"})
        whole = await client.message("presence")
        assert whole["members"] == [{"id": hello["id"]}]
        client.say({"op": "presence"})
        assert await client.message("presence") == whole
        client.say({"op": "watch", "presence": "list"})
        client.say({"op": "ping"})
        assert (await client.message())["t"] == "pong", "a wish repeated is not answered again"


async def test_a_name_is_shown_to_the_others_as_it_was_given() -> None:
    async with serving() as server:
        watcher = await listening(server)
        client, hello = await greeted(server)
        for said, name in (
            ("  Ana Zo\xeb \U0001f6e9\ufe0f ", "Ana Zo\xeb \U0001f6e9\ufe0f"),
            ("<script>alert('\"&\\')</script>", "<script>alert('\"&\\')</script>"),
        ):
            assert await answer(client, {"op": "name", "name": said}) == {"t": "ok", "id": "asked"}
            told = await watcher.message("presence")
            assert (told["joined"], told["left"]) == ([{"id": hello["id"], "name": name}], [])
        assert (await answer(client, {"op": "name", "name": " "}))["t"] == "ok"
        assert (await watcher.message("presence"))["joined"] == [{"id": hello["id"]}]


@pytest.mark.parametrize("name", ["x" * 41, "x" * 60_000, "a\nb", "a\u202eb", 7, ["Ana"], {"a": 1}, False])
async def test_what_is_no_name_is_refused_and_changes_nothing(name: object) -> None:
    async with serving() as server:
        client, _ = await greeted(server)
        await answer(client, {"op": "name", "name": "Ana"})
        refused = await answer(client, {"op": "name", "name": name})
        assert (refused["t"], refused["code"]) == ("error", "bad_field")
        assert len(refused["message"]) < 100
        client.say({"op": "watch", "presence": "list"})
        assert (await client.message("presence"))["members"] == [{"id": "c1", "name": "Ana"}]


async def test_a_name_that_is_no_unicode_is_no_json() -> None:
    async with serving() as server:
        client, _ = await greeted(server)
        for name in (b"\\ud800", b"\\udc00 x", b"\\ud83dA"):
            client.say(b'{"op":"name","id":1,"name":"%s"}' % name)
            assert (await client.message("error"))["code"] == "bad_json"
        assert client.transport.connected


async def test_a_flood_of_names_is_refused_and_the_others_hear_one_a_second_at_most() -> None:
    async with serving() as server:
        watcher = await listening(server)
        client, _ = await greeted(server)
        for number in range(36):
            client.say({"op": "name", "id": number, "name": f"n{number}"})
        answers = [await client.message() for _ in range(36)]
        taken = [said["id"] for said in answers if said["t"] == "ok"]
        assert {said["code"] for said in answers if said["t"] == "error"} == {"rate_limited"}
        assert len(taken) < 30
        last = None
        heard = 0
        while last != f"n{taken[-1]}":
            last = (await watcher.message("presence"))["joined"][0].get("name")
            heard += 1
        assert heard <= 3


async def test_a_quick_reconnect_is_not_seen_and_comes_back_as_who_it_was() -> None:
    async with serving() as server:
        watcher = await listening(server)
        client, hello = await greeted(server)
        client.say({"op": "watch"})
        client.say({"op": "name", "name": "Ana"})
        snapshot = await client.message("snapshot")
        while server.hub.rooms["x"].presence.due() is not None:
            await watcher.message("presence")
        await client.leave()
        await until(lambda: server.hub.rooms["x"].members == 1)
        back, fresh = await greeted(server)
        assert fresh["id"] != hello["id"]
        held = {"session": hello["session"], "epoch": "e1", "seq": snapshot["seq"]}
        assert await answer(back, {"op": "resume", **held}) == {
            "t": "ok", "id": "asked", "hz": 5.0, "session": hello["session"], "as": hello["id"],
        }  # fmt: skip
        back.say({"op": "publish", "event": {"text": "I am back"}})
        heard = []
        while not heard or heard[-1]["t"] != "event":
            heard.append(await watcher.message())
        assert heard[-1]["from"] == hello["id"]
        assert [said["t"] for said in heard] == ["event"], "nobody saw it leave or join"
        await listening(server)
        told = await watcher.message("presence")
        assert (told["count"], told["left"], len(told["joined"])) == (3, [], 1)
        watcher.say({"op": "presence"})
        members = (await watcher.message("presence"))["members"]
        assert members == [{"id": "c1"}, {"id": hello["id"], "name": "Ana"}, {"id": "c4"}]


@pytest.mark.parametrize("session", ["nobody's", "", "x" * 60_000, "s1"])
async def test_a_session_that_is_not_of_this_room_makes_nobody_else_of_one(session: str) -> None:
    async with serving() as server:
        elsewhere, other = await greeted(server, "y/")
        elsewhere.say({"op": "watch"})
        await elsewhere.message("snapshot")
        assert other["session"] == "s1"
        client, hello = await greeted(server)
        said = await answer(client, {"op": "resume", "session": session, "epoch": "e1", "seq": 0})
        assert (said["session"], said["as"]) == (hello["session"], hello["id"])
        assert server.hub.rooms["x"].presence.count == 1


async def test_two_connections_of_one_session_are_one_member_until_both_are_gone() -> None:
    async with serving() as server:
        watcher = await listening(server)
        one, hello = await greeted(server)
        one.say({"op": "watch"})
        assert (await watcher.message("presence"))["count"] == 2
        two, _ = await greeted(server)
        assert (await answer(two, {"op": "resume", "session": hello["session"], "epoch": "e1", "seq": 0}))["t"] == "ok"
        presence = server.hub.rooms["x"].presence
        assert presence.count == 2
        await answer(two, {"op": "name", "name": "Ana"})
        assert (await watcher.message("presence"))["joined"] == [{"id": hello["id"], "name": "Ana"}]
        await one.leave()
        await until(lambda: server.hub.rooms["x"].members == 2)
        presence.settle(server.reactor.seconds() + 99)
        assert presence.count == 2
        assert one.transport is not two.transport
        assert two.transport.connected, "who knows a session cannot end another's connection, nor can its end"


async def test_a_connection_in_tutorial_mode_can_be_another_of_the_same_member() -> None:
    async with serving() as server:
        watcher = await listening(server)
        one, hello = await greeted(server)
        one.say({"op": "watch", "events": False})
        await one.message("snapshot")
        await watcher.message("presence")
        two = await server.connect(f"x/?session={hello['session']}")
        assert server.hub.rooms["x"].presence.count == 2
        two.say({"flight": "KLM1"})
        assert (await one.message("update"))["full"][0]["by"] == hello["id"]
        three = await server.connect("x/?session=nobodys")
        three.say({"flight": "KLM1", "squawk": "1000"})
        (changed,) = (await one.message("update"))["aircraft"]
        assert changed["by"] not in (None, hello["id"])
        assert server.hub.rooms["x"].presence.count == 3


async def test_two_hundred_members_are_listed_and_one_more_is_counted() -> None:
    async with serving() as server:
        watcher = await listening(server)
        with crowd(server, 199) as peers:
            assert len((await watcher.message("presence"))["joined"]) == 199
            last = FakePeer(server.hub, "x", "last")
            server.hub.attendance.named(server.hub.rooms["x"], last.member, "Last")
            assert await watcher.message("presence") == {"t": "presence", "pseq": 202, "count": 201}
            late, _ = await greeted(server)
            late.say({"op": "watch", "presence": "list"})
            assert set(await late.message("presence")) == {"t", "pseq", "count"}
            for peer in (last, peers[0]):
                server.hub.leave(peer.member)
            server.hub.attendance.second_passed(server.hub.rooms["x"], server.reactor.seconds() + 99)
            whole = await watcher.message("presence")
            while "members" not in whole:
                whole = await watcher.message("presence")
            assert whole["count"] == len(whole["members"]) == 200
            assert not {"clast", "cfake0"} & {member["id"] for member in whole["members"]}


async def test_a_list_of_the_longest_names_fits_into_a_message() -> None:
    async with serving() as server:
        watcher = await listening(server)
        with crowd(server, 199) as peers:
            for peer in peers:
                server.hub.attendance.named(server.hub.rooms["x"], peer.member, "\U0001f6e9" * 40)
            watcher.say({"op": "presence"})
            text = ""
            while '"members"' not in text:
                text = await watcher.text()
            assert len(text.encode()) < Limits().message
