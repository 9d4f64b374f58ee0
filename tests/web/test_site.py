"""The page and its files over real sockets: routes, caching, gzip, headers on everything."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flighttap.errors import ConfigError
from flighttap.web.answers import SECURITY_HEADERS, Representation, accepts_gzip
from flighttap.web.files import PageFiles
from tests.web.support import INDEX, PAGE, Answer, Served, write_page


def files_of(served: Served) -> PageFiles:
    return served.site.resource.children[b"static"]._page  # type: ignore[no-any-return]


def assert_guarded(answer: Answer) -> None:
    for name, value in SECURITY_HEADERS:
        assert answer.headers.get(name.decode().lower()) == value.decode(), (name, answer.raw[:300])
    assert "server" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/tracker"])
async def test_the_short_addresses_lead_to_the_page(served: Served, path: str) -> None:
    answer = await served.ask(path, host="evil.example")
    assert answer.status == 302
    assert answer.headers["location"] == "/tracker/"
    assert_guarded(answer)


ROOM_PATHS = ["/tracker/", "/tracker/demo", "/tracker/_a-B9", "/tracker/" + "x" * 80, "/tracker/%64emo"]


async def test_every_room_has_the_same_page(served: Served) -> None:
    for path in ROOM_PATHS:
        answer = await served.ask(path)
        assert answer.status == 200, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert len(answer.body) > len(INDEX)
        assert answer.body.replace(f"/static/{files_of(served).version}/".encode(), b"/static/") == INDEX
        assert_guarded(answer)


FRAMING = ["/tracker/demo?embed", "/tracker/demo?zoom=7&Embed=1"]


@pytest.mark.parametrize("path", FRAMING)
async def test_a_page_may_be_framed_by_those_named_and_only_embedded(serve: Callable[..., Served], path: str) -> None:
    served = serve(embedders={"https://b.example:443", "https://a.example:443"})
    answer = await served.ask(path)
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors https://a.example:443 https://b.example:443;" in policy
    assert "x-frame-options" not in answer.headers
    for other in ["/tracker/demo", "/tracker/?embed", "/tracker/demo?embedded"]:
        assert_guarded(await served.ask(other))


@pytest.mark.parametrize("path", FRAMING)
async def test_nobody_may_frame_a_page_where_nobody_is_named(served: Served, path: str) -> None:
    assert_guarded(await served.ask(path))


async def test_a_room_with_a_slash_behind_it_is_led_to_the_one_address(served: Served) -> None:
    answer = await served.ask("/tracker/demo/")
    assert (answer.status, answer.headers["location"]) == (302, "/tracker/demo")


ABSENT = [
    "/tracker/-x",
    "/tracker/a%20b",
    "/tracker/a%2Fb",
    "/tracker/%2564emo",
    "/tracker/a%00",
    "/tracker/a%0A",
    "/tracker/" + "x" * 81,
    "/tracker/caf%C3%A9",
    "/tracker//demo",
    "/tracker//",
    "/tracker/demo/more",
    "/tracker/..%2f..%2fetc",
    "/tracker/../../etc/passwd",
    "/%00",
    "//",
    "/nothing",
    "/static",
    "/static/",
    "/static/app.js",
    "/static/0123456789abcdef/app.js",
    "/healthz/more",
]


async def test_a_target_that_is_no_path_is_refused(served: Served) -> None:
    answer = await served.ask("http://127.0.0.1/tracker/")
    assert answer.status == 400
    assert_guarded(answer)


async def test_what_is_not_there_is_a_page_that_says_so(served: Served) -> None:
    for path in ABSENT:
        answer = await served.ask(path)
        assert answer.status == 404, path
        assert answer.headers["content-type"].startswith("text/html")
        assert b'href="/tracker/"' in answer.body
        assert_guarded(answer)


async def test_nothing_of_the_address_comes_back_in_an_error(served: Served) -> None:
    answer = await served.ask("/<script>alert(1)</script>?<b>")
    assert answer.status == 404
    assert b"<script" not in answer.body
    assert b"alert" not in answer.body


NOT_FILES = [
    "%00",
    "app.js%00",
    "%00app.js",
    "..%2f..%2fsite.py",
    "../site.py",
    "../../files.py",
    "%2e%2e/site.py",
    "..%5csite.py",
    "/etc/passwd",
    "deep",
    "deep/",
    "",
    "notes.unknown",
    ".hidden.js",
    "secret.js",
    "linked/inner.js",
    "%ff%fe",
    "app.js/",
    "APP.JS",
]


async def test_only_what_the_manifest_names_is_served(serve: Callable[..., Served], page: Path) -> None:
    outside = page.parent / "outside"
    outside.mkdir()
    (outside / "inner.js").write_bytes(b"secret")
    (page / "secret.js").symlink_to(outside / "inner.js")
    (page / "linked").symlink_to(outside)
    served = serve()
    for name in NOT_FILES:
        answer = await served.ask(f"/static/{files_of(served).version}/{name}")
        assert answer.status == 404, name
        assert b"secret" not in answer.body
        assert_guarded(answer)


async def test_files_are_kept_for_ever_and_come_gzipped_to_who_takes_it(served: Served) -> None:
    path = f"/static/{files_of(served).version}/app.js"
    plain = await served.ask(path)
    packed = await served.ask(path, Accept_Encoding="br, gzip;q=0.5")
    refused = await served.ask(path, Accept_Encoding="gzip;q=0")
    assert plain.body == refused.body == gzip.decompress(packed.body) == PAGE["app.js"]
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    for answer in (plain, packed, refused):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert_guarded(answer)


async def test_a_file_that_is_compressed_already_or_tiny_is_not_gzipped(served: Served) -> None:
    for name in ("icon.png", "deep/part.js"):
        answer = await served.ask(f"/static/{files_of(served).version}/{name}", Accept_Encoding="gzip")
        assert answer.body == PAGE[name]
        assert "content-encoding" not in answer.headers
        assert "vary" not in answer.headers


async def test_who_has_it_already_is_told_so_without_a_body(served: Served) -> None:
    for path in ("/tracker/demo", f"/static/{files_of(served).version}/app.js"):
        first = await served.ask(path)
        etag = first.headers["etag"]
        for given in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
            again = await served.ask(path, If_None_Match=given)
            assert again.status == 304, given
            assert again.body == b""
            assert again.headers["etag"] == etag
            assert again.headers["cache-control"] == first.headers["cache-control"]
            assert again.headers["vary"] == "Accept-Encoding"
            assert "content-type" not in again.headers
            assert_guarded(again)
        assert (await served.ask(path, If_None_Match='"other"')).status == 200


async def test_head_says_what_get_would_without_its_body(served: Served) -> None:
    for path in ("/tracker/", f"/static/{files_of(served).version}/app.js", "/healthz", "/nothing", "/api/v1/rooms"):
        get = await served.ask(path)
        head = await served.ask(path, "HEAD")
        assert head.body == b""
        assert head.status == get.status
        differ = {"date"}
        assert {k: v for k, v in head.headers.items() if k not in differ} == {
            k: v for k, v in get.headers.items() if k not in differ
        }


METHODS = ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "PRI", "_", "RENDER"]


async def test_other_methods_are_told_which_there_are(served: Served) -> None:
    for method in METHODS:
        for path in ("/tracker/", "/", "/healthz", f"/static/{files_of(served).version}/app.js"):
            answer = await served.ask(path, method)
            assert answer.status == 405, (method, path)
            assert answer.headers["allow"] == "GET, HEAD"
            assert_guarded(answer)


async def test_health_is_alive(served: Served) -> None:
    answer = await served.ask("/healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")
    assert_guarded(answer)


async def test_a_connection_serves_several_requests(served: Served) -> None:
    raw = await served.connect()
    request = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{served.number}\r\n\r\n".encode()
    for count in (1, 2, 3):
        raw.write(request)
        await raw.until(lambda data, count=count: data.count(b"ok\n") == count)  # type: ignore[misc]
        assert raw.data.count(b"ok\n") == count
    assert not raw.is_lost


def test_an_installation_without_the_page_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="install flighttap again"):
        PageFiles.read(tmp_path)


def test_the_version_changes_with_any_name_or_byte(tmp_path: Path) -> None:
    page = write_page(tmp_path)
    before = PageFiles.read(page).version
    assert re.fullmatch("[0-9a-f]{16}", before)
    assert PageFiles.read(page).version == before
    (page / "deep" / "part.js").write_bytes(b"export const x = 2;\n")
    changed = PageFiles.read(page).version
    (page / "deep" / "part.js").rename(page / "deep" / "other.js")
    assert len({before, changed, PageFiles.read(page).version}) == 3


def test_the_real_page_names_only_files_that_are_served() -> None:
    from flighttap.web.site import STATIC

    files = PageFiles.read(STATIC)
    named = re.findall(rb'(?:src|href)="/static/([0-9a-f]{16})/([^"]+)"', files.index.plain)
    assert named
    assert {version.decode() for version, _ in named} == {files.version}
    assert [name for _, name in named if name not in files.files] == []


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", True),
        ("*;q=0", False),
        ("identity", False),
        ("gzip;q=0, *", False),
        ("gzip;q=nonsense", False),
        ("br", False),
    ],
)
def test_gzip_is_sent_to_who_accepts_it(header: str | None, taken: bool) -> None:
    assert accepts_gzip(header) is taken


def test_gzip_is_the_same_bytes_every_time() -> None:
    body = b"abc" * 1000
    one, two = (Representation(body, b"text/plain", "tag", 9).gzipped() for _ in range(2))
    assert one == two
