"""A room for members in a real browser: the refusal with its field, the invitation's link, what the token lets do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.window import Window
from tests.daemon import Server, running

Open = Callable[..., Window]


class Club:
    """A hub with a room for members.

    :ivar member, watcher: tokens that let publish, and only watch.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._token("key", "hub.key")
        self.member = self.token("club", "watch,publish")
        self.watcher = self.token("club", "watch")
        rules = "[rooms.club]\nwatch = 'members'\npublish = 'token'\n"
        (folder / "hub.toml").write_text(f"[auth]\nkeys = ['hub.key']\n{rules}")

    def token(self, room: str, roles: str) -> str:
        return self._token("make", "--key", "hub.key", "--rooms", room, "--roles", roles)

    def _token(self, *words: str) -> str:
        command = [sys.executable, "-m", "flighttap", "token", *words]
        return subprocess.check_output(command, cwd=self._folder, text=True, timeout=30).strip()


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Club:
    return Club(tmp_path_factory.mktemp("club"))


@pytest.fixture(scope="module")
def hub(club: Club) -> Iterator[Server]:
    with running("--no-demo", "--config", "hub.toml", cwd=club._folder) as server:
        yield server
        secrets = [part for token in (club.member, club.watcher) for part in (token, token.split(".")[2])]
        assert not [line for line in server.output for secret in secrets if secret in line]


def kept(window: Window) -> list[str]:
    """All that the browser would still know: the address, and what is stored for longer than the tab or in it."""
    script = """() => [location.href, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)]"""
    return list(window.page.evaluate(script))


def test_a_room_for_members_asks_for_a_token_and_one_typed_in_opens_it(hub: Server, club: Club, window: Open) -> None:
    page = window(map=False)
    page.page.goto(hub.page("club"))
    page.says("#pill", "Refused")
    page.says("#pill", "this room needs a token")
    page.says("#notice", "Refused: this room needs a token.")
    page.look("token-refused")
    field = page.page.get_by_label("Token")
    assert field.get_attribute("type") == "password"
    field.fill("two words")
    page.page.get_by_role("button", name="Enter").click()
    page.says("#notice", "That is no token")
    field.fill(club.token("other", "watch"))
    field.press("Enter")
    page.says("#pill", "you may not watch this room")
    page.page.get_by_label("Token").fill(club.member[:-8] + "AAAAAAAA")
    page.page.get_by_role("button", name="Enter").click()
    page.says("#pill", "needs a valid token")
    page.page.get_by_label("Token").fill(club.member)
    page.page.get_by_role("button", name="Enter").click()
    page.says("#pill", "LIVE")
    page.send_flight(callsign="RYR12AB", altitude="31000")
    page.until(lambda: page.row("RYR12AB").count(), "the flight shows")
    page.page.reload()
    page.connected()


def test_an_invitation_opens_the_room_and_is_not_left_in_the_address(hub: Server, club: Club, window: Open) -> None:
    page = window(map=False)
    page.page.goto(f"{hub.page('club')}?units=metric#token={club.watcher}")
    page.says("#headcount", "1 here")
    address, cookie, for_ever, for_the_tab = kept(page)
    assert "#" not in address
    assert "units=metric" in address
    assert club.watcher not in address + cookie + for_ever
    assert club.watcher in for_the_tab
    assert not [line for line in page.sent for frame in line if "token=" in frame]
    assert [frame for frame in page.sent[0] if club.watcher in frame] == page.sent[0][:1], "said once, and first"
    page.page.goto(f"{hub.page('club')}#token={club.member}")
    page.until(lambda: "#" not in page.page.url, "an invitation opened over the page leaves the address, too")
    page.says("#headcount", "1 here")
    page.until(lambda: club.member in kept(page)[3], "it takes the place of the other")


def test_who_may_only_watch_is_not_offered_to_send(hub: Server, club: Club, window: Open) -> None:
    page = window(map=False)
    page.page.goto(f"{hub.page('club')}#token={club.watcher}")
    page.says("#headcount", "1 here")
    page.page.click("#send")
    assert page.page.locator("#drawer button[type=submit]").is_disabled()
