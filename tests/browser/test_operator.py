"""The operator's page in a real browser: what it shows, what its buttons do, and whom it keeps out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.browser.axe import violations
from tests.browser.window import Window
from tests.daemon import Server, running

Open = Callable[..., Window]


def test_the_operator_sees_members_kicks_one_and_closes_a_room(server: Server, window: Open) -> None:
    with (
        connect(server.room("club"), subprotocols=["flighttap.v1.json"]) as ana,
        connect(server.room("club")) as other,
    ):
        ana.send('{"op": "name", "name": "Ana <b>"}')
        ana.send('{"op": "watch", "hz": 2}')
        other.send('{"hex": "4ca7b5", "lat": 52, "lon": 4}')
        seen = window(map=False)
        page = seen.page
        page.goto(f"{server.http}/admin")
        seen.says("#state", "ready")
        seen.says("#feeds", "demo")
        page.get_by_role("button", name="club", exact=True).click()
        seen.says("#members", "Ana <b>")
        assert page.locator("#members tr").count() == 2
        assert page.locator("#feeds td[data-tone]").first.get_attribute("data-tone") == "ok"
        seen.look("operator")
        assert violations(seen) == []
        page.locator("#members tr", has_text="Ana").get_by_role("button").click()
        seen.says("#sure", "Kick Ana <b>")
        page.get_by_role("button", name="Leave it").click()
        assert page.locator("#members tr").count() == 2
        page.locator("#members tr", has_text="Ana").get_by_role("button").click()
        page.locator("#sure-yes").click()
        assert _closed(ana) == 4506
        seen.until(lambda: page.locator("#members tr").count() == 1, "one is left")
        page.get_by_role("button", name="Close club").click()
        page.locator("#sure-yes").click()
        assert _closed(other) == 4506
        seen.until(lambda: page.locator("#rooms tr", has_text="club").count() == 0, "the room is gone")
        seen.says("#ends", "Closed 4506")


def _closed(socket: object) -> int:
    try:
        while True:
            socket.recv(10)  # type: ignore[attr-defined]
    except ConnectionClosed as closed:
        return closed.rcvd.code  # type: ignore[union-attr]


def test_a_token_opens_the_page_where_there_are_keys_and_the_server_drains(window: Open, tmp_path: Path) -> None:
    key, config = tmp_path / "hub.key", tmp_path / "hub.toml"
    token = [sys.executable, "-m", "flighttap", "token"]
    subprocess.run([*token, "key", str(key)], check=True, capture_output=True)
    config.write_text(f'demo = false\n[auth]\nkeys = [{json.dumps(str(key))}]\naudience = "hub.example"\n')
    make = [*token, "make", "--key", str(key), "--audience", "hub.example", "--rooms", "*", "--roles"]
    watch, admin = (
        subprocess.run([*make, roles], check=True, capture_output=True, text=True).stdout.strip()
        for roles in ("watch", "admin")
    )
    with running("--config", str(config)) as server, connect(server.room("x"), additional_headers=_bearer(watch)) as x:
        seen = window(map=False)
        seen.expect("status of 40[13]")
        page = seen.page
        page.goto(f"{server.http}/admin/")
        seen.says("#door", "token")
        page.fill("#token", watch)
        page.get_by_role("button", name="Enter").click()
        seen.says("#door-why", "not open to you")
        page.fill("#token", admin)
        page.get_by_role("button", name="Enter").click()
        seen.says("#rooms", "x")
        assert not page.locator("#door").is_visible()
        page.click("#drain")
        page.locator("#sure-yes").click()
        seen.says("#state", "draining")
        assert not page.locator("#drain").is_visible()
        assert _closed(x) in (1001, 4000)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
