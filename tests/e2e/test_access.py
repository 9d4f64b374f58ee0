"""Attacks on tokens, origins and places, against the real program; and that no token stands in its log."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from flighttap.access.apikeys import entry_text, new_api_key
from tests.access.keys import Keys
from tests.daemon import Server, running, until

pytestmark = pytest.mark.slow

V1 = "flighttap.v1.json"
FLIGHT = {"hex": "4ca7b5", "flight": "RYR12AB", "lat": 52.3, "lon": 4.8}


class Club:
    """A hub with rooms for members, and everything that was ever shown to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = Keys(folder)
        self.keys.files[0].chmod(0o644)
        self.roof, hashed = new_api_key("roof")
        (folder / "api.toml").write_text(entry_text("roof", hashed, ["club"], ["publish"], {}))
        names = ", ".join(f"'{path.name}'" for path in self.keys.files)
        (folder / "hub.toml").write_text(
            f"open_rooms = false\norigins = ['https://club.example']\n[auth]\nkeys = [{names}]\napi_keys = 'api.toml'\n"
            "[rooms.club]\nwatch = 'members'\npublish = 'token'\n[rooms.lobby]\n"
        )
        self.shown: set[str] = {self.roof}

    def token(self, **changed: Any) -> str:
        token = self.keys.token(**changed)
        self.shown.add(token)
        return token


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Club:
    return Club(tmp_path_factory.mktemp("club"))


@pytest.fixture(scope="module")
def server(club: Club) -> Iterator[Server]:
    """The program; at the end nothing that was shown to it may stand in what it logged."""
    with running("--no-demo", "--config", "hub.toml", cwd=club.folder) as server:
        yield server
        logged = "\n".join(server.output)
    secrets = {part for token in club.shown for part in (token, token.rpartition(".")[2].rpartition("_")[2])}
    assert [secret for secret in secrets if len(secret) > 16 and secret in logged] == []
    assert "Traceback" not in logged


def by(token: str) -> dict[str, Any]:
    return {"additional_headers": {"Authorization": f"Bearer {token}"}}


def ending(address: str, *, said: str | None = None, **options: Any) -> int:
    """The code with which the server closes a connection."""
    with connect(address, **options) as socket:
        if said is not None:
            socket.send(said)
        try:
            for _ in socket:
                continue
        except ConnectionClosed as closed:
            return 1006 if closed.rcvd is None else closed.rcvd.code
        return 1000


def handshake(address: str, headers: dict[str, str]) -> int:
    """The status with which a WebSocket's request is answered."""
    try:
        with connect(address, additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def post(server: Server, room: str, **headers: str) -> int:
    """The status of publishing one flight over HTTP."""
    url = f"{server.http}/api/v1/rooms/{room}/aircraft"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(FLIGHT).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_no_forged_token_is_taken_by_any_way_in(server: Server, club: Club) -> None:
    outcomes = {}
    for what, token in club.keys.forged().items():
        club.shown.add(token)
        said = json.dumps({"op": "auth", "token": token})
        codes = [ending(server.room("club"), said=said, subprotocols=[V1])]
        if token.isascii() and 0 < len(token) < 8000:
            codes.append(ending(server.room("club"), **by(token)))
            codes.append(ending(server.room("lobby"), additional_headers={"Cookie": f"flighttap_token={token}"}))
            codes.append(ending(f"{server.room('lobby')}?token={token}"))
            codes.append(post(server, "club", Authorization=f"Bearer {token}") * 10 + 490)
        outcomes[what] = set(codes)
    assert {what: codes for what, codes in outcomes.items() if codes != {4500}} == {}


def test_a_token_opens_its_room_and_no_other_and_gives_its_role_and_no_more(server: Server, club: Club) -> None:
    assert ending(server.room("club"), **by(club.token(rooms=["other", "Club", "club2"]))) == 4502
    assert ending(server.room("other"), **by(club.token(rooms=["*"], roles=["admin"]))) == 4505
    watching = club.token(roles=["watch"])
    assert post(server, "club", Authorization=f"Bearer {watching}") == 403
    assert post(server, "club") == 401
    with connect(server.room("club"), **by(watching)) as watcher:
        watcher.send(json.dumps(FLIGHT))
        assert json.loads(watcher.recv(10))["error"]["code"] == "forbidden"
        with connect(server.room("club"), **by(club.roof)) as feeder:
            feeder.send(json.dumps(FLIGHT))
            assert json.loads(watcher.recv(10)) == {"data": FLIGHT}
        with pytest.raises(TimeoutError):
            watcher.recv(0.2)
    assert ending(server.room("club"), said='{"op":"watch"}', subprotocols=[V1]) == 4502


def test_a_token_ends_on_a_live_connection(server: Server, club: Club) -> None:
    began = time.time()
    token = club.token(exp=began + 2)
    assert ending(server.room("club"), **by(token)) == 4001
    assert 1.5 < time.time() - began < 6
    assert ending(server.room("club"), **by(token)) == 4500


def test_a_page_of_another_site_may_not_connect_or_post_whatever_it_carries(server: Server, club: Club) -> None:
    own = server.http
    cookie = {"Cookie": f"flighttap_token={club.token()}"}
    for origin, good in (
        (own, True),
        ("https://club.example", True),
        ("https://club.example:443", True),
        ("https://club.example:8443", False),
        ("http://club.example", False),
        ("https://club.example.evil.example", False),
        (own.replace("http:", "https:"), False),
        (own.rpartition(":")[0], False),
        ("null", False),
        ("https://evil.example", False),
    ):
        assert post(server, "club", Origin=origin, **cookie) == (200 if good else 403), origin
        headers = {**cookie, "Origin": origin}
        assert handshake(server.room("club"), headers) == (101 if good else 403), origin


def test_a_name_that_leads_here_and_a_proxy_make_nobody_local(server: Server) -> None:
    assert post(server, "lobby") == 200
    for host in ("rebound.example", f"rebound.example:{server.port}", "127.0.0.1.rebound.example", "127.0.0.2"):
        assert post(server, "lobby", Host=host) == 401, host
    for header in ("X_Forwarded_For", "Forwarded", "Via", "X_Real_IP", "X_Forwarded_Host", "X_Forwarded_Proto"):
        assert post(server, "lobby", **{header: "127.0.0.1"}) == 401, header
    for path in ("/api/v1/admin", "/api/v1/admin/rooms"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.get(path)
        assert refused.value.code in (401, 403, 404), "nobody is admin for being on the machine where there are keys"


def test_a_key_that_is_taken_out_of_its_file_opens_nothing_after_a_sighup(server: Server, club: Club) -> None:
    assert post(server, "club", Authorization=f"Bearer {club.roof}") == 200
    text = (club.folder / "api.toml").read_text()
    (club.folder / "api.toml").write_text("not toml")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: any("stay as they were" in line for line in server.output), "the file is found to be wrong")
    assert post(server, "club", Authorization=f"Bearer {club.roof}") == 200
    (club.folder / "api.toml").write_text("")
    server.process.send_signal(signal.SIGHUP)
    until(lambda: any("were read again" in line for line in server.output), "the file is read again")
    assert post(server, "club", Authorization=f"Bearer {club.roof}") == 401
    (club.folder / "api.toml").write_text(text)
    server.process.send_signal(signal.SIGHUP)
    until(lambda: post(server, "club", Authorization=f"Bearer {club.roof}") == 200, "it is taken again")


def test_a_key_that_everybody_can_read_and_a_token_in_an_address_are_warned_about_once(server: Server) -> None:
    exposed = [line for line in server.output if "everybody on this machine can read the key" in line]
    assert "hub.key" in exposed[0]
    assert len([line for line in server.output if "a token came in the address of a request" in line]) == 1
