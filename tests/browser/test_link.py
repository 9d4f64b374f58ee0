"""The page and its connection: cut, restarted, refused, drained; and what it says meanwhile."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.browser.window import CONNECTION, Window
from tests.daemon import Server, running

Open = Callable[..., Window]


class Wire:
    """A cable between the browser and the server that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._ends: list[socket.socket] = []
        self.cut = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def sever(self) -> None:
        """Break every connection; new ones break at once until :meth:`mend`."""
        self.cut = True
        for end in self._ends:
            hang_up(end)
        self._ends.clear()

    def mend(self) -> None:
        self.cut = False

    def close(self) -> None:
        self.sever()
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            if self.cut:
                hang_up(near)
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    hang_up(sink)


def hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def wired(server: Server) -> Iterator[Wire]:
    wire = Wire(server.port)
    try:
        yield wire
    finally:
        wire.close()


def test_a_cut_connection_counts_down_comes_back_and_resumes_exactly(server: Server, window: Open) -> None:
    with wired(server) as wire:
        here, other = window(map=False), window(map=False)
        here.expect(CONNECTION)
        here.page.goto(f"http://127.0.0.1:{wire.port}/tracker/cut")
        here.says("#pill", "LIVE")
        other.page.goto(server.page("cut"))
        other.says("#pill", "LIVE")
        other.send_flight(callsign="BEFORE")
        here.says("#grid", "BEFORE")
        wire.sever()
        here.until(lambda: re.search(r"Reconnecting", here.text("#pill")), "the page says so")
        assert here.row("BEFORE").is_visible(), "what is known stays, ageing"
        other.send_flight(callsign="MEANWHILE", altitude="5000")
        other.says("#grid", "MEANWHILE")
        wire.mend()
        here.says("#grid", "MEANWHILE", 40)
        here.connected()
    resumes = [json.loads(frame) for frames in here.sent for frame in frames if '"resume"' in frame]
    assert resumes
    assert {"session", "epoch", "seq", "eseq", "covers"} <= resumes[-1].keys()
    answers = [json.loads(frame) for frame in here.received[-1] if '"recovered"' in frame]
    assert answers[0]["t"] == "update"
    assert answers[0]["recovered"] is True


def test_retry_now_does_not_wait(server: Server, window: Open) -> None:
    with wired(server) as wire:
        here = window(map=False)
        here.expect(CONNECTION)
        here.page.goto(f"http://127.0.0.1:{wire.port}/tracker/retry")
        here.says("#pill", "LIVE")
        here.page.evaluate("() => { Math.random = () => 0.99; }")
        wire.sever()
        here.until(lambda: re.search(r"Reconnecting in \d+ s", here.text("#pill")), "it counts down")
        here.page.wait_for_timeout(1500)
        here.until(lambda: re.search(r"Reconnecting in [2-9]|1\d s", here.text("#pill")), "it waits longer")
        wire.mend()
        here.page.get_by_role("button", name="Retry now").click()
        here.says("#pill", "LIVE", 1.5)


def test_after_a_restart_of_the_server_the_page_is_live_again(window: Open) -> None:
    with running("--no-demo") as server:
        port = server.port
        here = window(map=False)
        here.expect(CONNECTION)
        here.page.goto(server.page("again"))
        here.says("#pill", "LIVE")
        here.send_flight(callsign="FIRST")
        here.says("#grid", "FIRST")
        here.page.keyboard.press("Escape")
    here.until(lambda: "Reconnecting" in here.text("#pill"), "the page notices")
    assert any('"drain"' in frame for frame in here.received[0]), "it was told before"
    here.look("reconnecting")
    with running("--no-demo", listen=f"tcp:{port}:interface=127.0.0.1"):
        here.says("#pill", "LIVE", 40)
        here.until(lambda: here.order() == [], "what the new server does not know is gone")
        here.says("#notice", "No aircraft in again now")


def test_a_full_room_refuses_and_says_why(window: Open) -> None:
    with running("--no-demo", "--limit", "members=1") as server:
        first, second = window(map=False), window(map=False)
        first.expect(CONNECTION)
        second.expect(CONNECTION)
        first.page.goto(server.page("small"))
        first.says("#pill", "LIVE")
        second.page.goto(server.page("small"))
        second.says("#pill", "Refused")
        second.says("#pill", "this room is full")
        second.says("#notice", "Not admitted to small")
        second.look("refused")
        dials = len(second.sent)
        second.page.wait_for_timeout(1500)
        assert len(second.sent) == dials, "a final refusal is not asked again"
        first.page.goto("about:blank")
        second.page.wait_for_timeout(300)

        def admitted() -> bool:
            button = second.page.get_by_role("button", name="Try again")
            if button.is_visible():
                button.click()
                second.page.wait_for_timeout(500)
            return "LIVE" in second.text("#pill")

        second.until(admitted, "there is room again", 15)


def test_a_room_closed_to_watchers_says_so(window: Open, tmp_path: Path) -> None:
    config = tmp_path / "flighttap.toml"
    config.write_text('[rooms.secret]\nwatch = "nobody"\n')
    with running("--no-demo", "--config", str(config)) as server:
        here = window(map=False)
        here.expect(CONNECTION)
        here.page.goto(server.page("secret"))
        here.says("#pill", "you may not watch this room")
        here.page.get_by_role("button", name="Choose another room").click()
        assert here.page.get_by_label("Room id").is_visible()


def test_who_may_not_publish_is_told_before_trying(window: Open, tmp_path: Path) -> None:
    config = tmp_path / "flighttap.toml"
    config.write_text('[rooms.look]\npublish = "nobody"\n')
    with running("--no-demo", "--config", str(config)) as server:
        here = window(map=False)
        here.expect(CONNECTION)
        here.page.goto(server.page("look"))
        here.says("#pill", "LIVE")
        here.page.click("#send")
        here.says("#drawer", "You may watch here, not send")
        assert here.page.locator("#drawer button[type=submit]").is_disabled()


def test_a_page_left_alone_in_an_empty_room_stays_live(server: Server, window: Open) -> None:
    here = window(map=False)
    here.page.goto(server.page("quiet"))
    here.says("#pill", "LIVE")
    here.page.wait_for_timeout(7000)
    assert here.text("#pill").strip() == "LIVE"
    assert any('"ping"' in frame for frame in here.sent[0])


def test_a_room_whose_feed_brings_nothing_says_how_the_feed_does(window: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with running("--no-demo", "--feed", f"roof:ams=beast@tcp:127.0.0.1:{port}") as server:
        here = window(map=False)
        here.expect(CONNECTION)
        here.page.goto(server.page("ams"))
        here.says("#notice", "No aircraft in ams yet")
        here.says("#notice", "The feed roof is down")
