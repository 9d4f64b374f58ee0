"""Real nginx and real Caddy before a real server, configured by the very files that the docs show.

In them the name of the site, its port, its certificate and the server's port are exchanged, and nothing else.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.certificates import certificate, trusting
from tests.daemon import Server, running, until
from tests.e2e.fakesite import free_port
from tests.needs import REPOSITORY, need_caddy, need_nginx

pytestmark = pytest.mark.slow

SITE = "flights.example.org"
LIMITS = ("--limit", "connections_per_address=2", "--limit", "connect_rate=50")
OPTIONS = ("--no-demo", "--config", "hub.toml", "--trusted-proxy", "127.0.0.1", *LIMITS)
ROOMS = '[rooms.open]\npublish = "anyone"\n'
FLIGHT = b'{"hex": "4ca7b5", "lat": 52.3, "lon": 4.9}'

_NGINX = """
{user}daemon off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
    include site.conf;
}}
"""


def nginx(folder: Path, port: int, behind: int) -> list[str | Path]:
    """Write the configuration; gives the command."""
    site = (REPOSITORY / "contrib" / "nginx.conf").read_text()
    site = site.replace("listen 443", f"listen 127.0.0.1:{port}").replace(SITE, "localhost")
    site = site.replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    site = site.replace("/etc/letsencrypt/live/localhost/fullchain.pem", f"{folder}/cert.pem")
    site = site.replace("/etc/letsencrypt/live/localhost/privkey.pem", f"{folder}/key.pem")
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(_NGINX.format(user="user root;\n" if os.getuid() == 0 else ""))
    return [need_nginx(), "-p", folder, "-c", "nginx.conf", "-e", "stderr"]


def caddy(folder: Path, port: int, behind: int) -> list[str | Path]:
    """Write the configuration; gives the command."""
    site = (REPOSITORY / "contrib" / "Caddyfile").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    site = site.replace(f"{SITE} {{", f"https://localhost:{port} {{\n\tbind 127.0.0.1\n\ttls cert.pem key.pem")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site)
    return [need_caddy(), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]


class Front:
    """A proxy before a server."""

    def __init__(self, server: Server, port: int, trust: ssl.SSLContext) -> None:
        self.server, self.port, self.trust = server, port, trust
        self.origin = f"https://localhost:{port}"

    def request(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of a GET, or a POST of JSON."""
        asked = urllib.request.Request(self.origin + path, body, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(asked, timeout=10, context=self.trust) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()

    def join(self, room: str, source: str = "127.0.0.1", origin: str | None = None, **options: Any) -> ClientConnection:
        """Connect to a room as a page of this site does, from one of this machine's addresses."""
        return connect(
            f"wss://localhost:{self.port}/ws/tracker/{room}/",
            ssl=self.trust,
            origin=origin or self.origin,
            source_address=(source, 0),
            close_timeout=1,
            **options,
        )


@contextmanager
def standing(command: list[str | Path], folder: Path, port: int, trust: ssl.SSLContext) -> Iterator[None]:
    """The proxy runs, and answers, until the block ends."""
    home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "proxy.log").open("w+") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=home)
        try:

            def answers() -> bool:
                assert process.poll() is None, (folder / "proxy.log").read_text()
                try:
                    with urllib.request.urlopen(
                        f"https://localhost:{port}/healthz", timeout=5, context=trust
                    ) as answer:
                        return bool(answer.read() == b"ok\n")
                except urllib.error.URLError:
                    return False

            until(answers, "the proxy answers", 20)
            yield
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    make: Callable[[Path, int, int], list[str | Path]] = request.param
    folder = tmp_path_factory.mktemp("front")
    certificate(folder)
    (folder / "hub.toml").write_text(ROOMS)
    port, trust = free_port(), trusting(folder)
    with running(*OPTIONS, cwd=folder) as server, standing(make(folder, port, server.port), folder, port, trust):
        yield Front(server, port, trust)


def test_the_page_and_its_files_come_through(front: Front):
    status, page = front.request("/tracker/open")
    assert status == 200
    name = page.partition(b'src="')[2].partition(b'"')[0].decode()
    status, script = front.request(name)
    assert (status, bool(script)) == (200, True)


def test_what_is_posted_is_watched_through_it(front: Front):
    with front.join("open") as watcher:
        assert front.request("/api/v1/rooms/open/aircraft", FLIGHT, Origin=front.origin)[0] == 200
        assert json.loads(watcher.recv(5))["data"]["hex"] == "4ca7b5"
        watcher.send('{"id": "mine"}')
        assert json.loads(watcher.recv(5)) == {"data": {"id": "mine"}}


@pytest.mark.parametrize("room", ["open", "closed"])
def test_version_1_and_binary_come_through_and_nobody_behind_it_is_local(front: Front, room: str):
    for protocol in ("flighttap.v1.json", "flighttap.v1.bin"):
        with front.join(room, subprotocols=[protocol]) as watcher:
            assert json.loads(watcher.recv(5))["roles"] == (["watch", "publish"] if room == "open" else ["watch"])
    assert front.request("/api/v1/rooms/closed/aircraft", FLIGHT)[0] == 403


def test_pages_of_other_origins_are_refused_the_plain_one_of_this_site_too(front: Front):
    for origin in ("https://elsewhere.example", front.origin.replace("https", "http")):
        with pytest.raises(InvalidStatus) as refused:
            front.join("open", origin=origin)
        assert refused.value.response.status_code == 403
        assert front.request("/api/v1/rooms/open/aircraft", FLIGHT, Origin=origin)[0] == 403


def test_limits_count_each_caller_whatever_he_says_of_himself(front: Front):
    lie = {"additional_headers": {"X-Forwarded-For": "203.0.113.9"}}
    with front.join("open", "127.0.0.2"), front.join("open", "127.0.0.2", **lie):
        with pytest.raises(InvalidStatus) as refused:
            front.join("open", "127.0.0.2", **lie)
        assert refused.value.response.status_code == 429
        with front.join("open", "127.0.0.3") as other:
            other.send('{"id": "other"}')
            assert json.loads(other.recv(5)) == {"data": {"id": "other"}}


def test_a_server_that_stops_says_so_through_it(front: Front):
    """The last of this module: there is no server behind it any more."""
    with front.join("open", subprotocols=["flighttap.v1.json"]) as watcher:
        watcher.recv(5)
        front.server.stop()
        assert json.loads(watcher.recv(5))["t"] == "drain"
        assert front.request("/healthz")[0] == 502
