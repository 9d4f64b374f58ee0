"""An operator's own map: what may be configured, what the page is told, what its policy then allows, and an archive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.errors import ConfigError
from flighttap.web.answers import SECURITY_HEADERS
from flighttap.web.archive import MOST
from flighttap.web.ground import Ground, read_ground
from flighttap.web.site import STATIC
from tests.web.support import INDEX, Served, head, write_page

TILES = "https://Tiles.Example.org:8443/{z}/{x}/{y}.png?key=a&b=\"'"
BODY = b"PMTiles\x03" + bytes(range(256)) * 40


# ---- what may be configured


@pytest.mark.parametrize(
    ("source", "ground"),
    [
        (
            "https://Tile.Example.org/{z}/{x}/{y}.png",
            Ground(
                "tiles", "https://Tile.Example.org/{z}/{x}/{y}.png", "tile.example.org", ("https://tile.example.org",)
            ),
        ),
        (
            "http://[::1]:8080/style.json",
            Ground("style", "http://[::1]:8080/style.json", "::1", ("http://[::1]:8080",)),
        ),
        (
            "https://m.example.org/a.pmtiles?k=1",
            Ground("pmtiles", "https://m.example.org/a.pmtiles?k=1", "m.example.org", ("https://m.example.org",)),
        ),
    ],
)
def test_a_source_is_told_by_its_form(source: str, ground: Ground):
    assert read_ground(source) == ground


def test_a_style_may_name_further_origins_and_a_credit():
    ground = read_ground("https://a.example/s.json", "A & B", ["https://fonts.example", "https://a.example/"])
    assert ground.credit == "A & B"
    assert ground.origins == ("https://a.example", "https://fonts.example")


def test_a_file_is_an_archive_of_ours(tmp_path: Path):
    file = tmp_path / "world.pmtiles"
    file.write_bytes(BODY)
    assert read_ground(str(file)) == Ground("pmtiles", "/map.pmtiles", "", (), file)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nothing.pmtiles", "cannot be read: No such file"),
        ("/", "cannot be read: Is a directory"),
        (__file__, "no PMTiles archive of version 3"),
        ("https://a.example/{z}/{x}.png", "{z}, {x} and {y}"),
        ("https://a.example/{z}/{x}/{y}/{s}.png", "{z}, {x} and {y}"),
        ("https://a.example/{z}/{x}/{y}/{y}.png", "{z}, {x} and {y}"),
        ("https://{s}.example.org/{z}/{x}/{y}.png", "must be a file or an address"),
        ("https:///{z}/{x}/{y}.png", "must be a file or an address"),
        ("ftp://a.example/style.json", "must be a file or an address"),
        ("https://a.example:99999/style.json", "must be a file or an address"),
        ("https://a;script-src/style.json", "must be a file or an address"),
        ("https://me:secret@a.example/style.json", "no spaces, user names"),
        ("https://a.example/a style.json", "no spaces, user names"),
    ],
)
def test_anything_else_is_one_sentence(source: str, words: str):
    with pytest.raises(ConfigError) as caught:
        read_ground(source)
    assert words in str(caught.value)
    assert str(caught.value).count("\n") == 0
    assert str(caught.value).endswith(".")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_no_source_can_write_into_the_policy(text: str):
    for source in (f"https://{text}/style.json", f"http://a.example{text}/x"):
        try:
            ground = read_ground(source)
        except ConfigError:
            continue
        (origin,) = ground.origins
        assert re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?", origin)


def test_an_origin_is_no_path():
    with pytest.raises(ConfigError, match="must end with its host or port"):
        read_ground("https://a.example/s.json", None, ["https://b.example/path"])


# ---- what the page is told, and what it may ask


def told(body: bytes) -> dict[str, str]:
    (content,) = re.findall(r'<meta name="ground" content="([^"]+)">', body.decode())
    return dict(json.loads(unescape(content)))


async def test_the_page_is_told_its_ground_and_may_ask_that_origin_alone(serve: Callable[..., Served], page: Path):
    (page / "index.html").write_bytes(INDEX + b'<meta name="ground" content="">')
    served = serve(ground=read_ground(TILES, "A & <B>"))
    answer = await served.ask("/tracker/demo")
    assert told(answer.body) == {"kind": "tiles", "url": TILES, "credit": "A & <B>"}
    policy = answer.headers["content-security-policy"]
    assert "connect-src 'self' https://tiles.example.org:8443;" in policy
    assert "img-src 'self' data: https://tiles.example.org:8443;" in policy
    assert policy.replace(" https://tiles.example.org:8443", "") == SECURITY_HEADERS[0][1].decode()
    refused = await served.send(head("/tracker/", "Host: a", "Host: b", method="GET"))
    for other in ((await served.ask("/nothing")).raw, refused.data):
        assert f"Content-Security-Policy: {policy}\r\n".encode() in other


async def test_a_page_with_another_ground_has_another_tag(serve: Callable[..., Served], page: Path):
    (page / "index.html").write_bytes(INDEX + b'<meta name="ground" content="">')
    tags = [(await serve(ground=ground).ask("/tracker/")).headers["etag"] for ground in (None, read_ground(TILES))]
    assert tags[0] != tags[1]


async def test_without_a_ground_there_is_no_archive_and_nothing_is_told(served: Served):
    assert (await served.ask("/map.pmtiles", Range="bytes=0-9")).status == 404
    assert b'<meta name="ground" content="">' in (STATIC / "index.html").read_bytes()


# ---- the archive


@pytest.fixture
def archived(serve: Callable[..., Served], tmp_path: Path) -> Served:
    file = tmp_path / "world.pmtiles"
    file.write_bytes(BODY)
    write_page(tmp_path / "static")
    return serve(ground=read_ground(str(file)))


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 126), (100, 5000), (len(BODY) - 3, len(BODY) + 100)])
async def test_a_piece_is_the_bytes_that_were_asked_for(archived: Served, first: int, last: int):
    answer = await archived.ask("/map.pmtiles", Range=f"bytes={first}-{last}")
    assert answer.status == 206
    assert answer.body == BODY[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{min(last, len(BODY) - 1)}/{len(BODY)}"
    assert answer.headers["content-type"] == "application/vnd.pmtiles"
    assert re.fullmatch(r'"[0-9a-f]+-[0-9a-f]+"', answer.headers["etag"])


async def test_head_says_what_get_would(archived: Served):
    get, only_head = [await archived.ask("/map.pmtiles", method, Range="bytes=5-9") for method in ("GET", "HEAD")]
    assert only_head.status == 206
    assert only_head.body == b""
    assert only_head.headers["content-length"] == get.headers["content-length"] == "5"


@pytest.mark.parametrize(
    "asked",
    [
        None,
        "bytes=9-5",
        "bytes=-5",
        "bytes=5-",
        "bytes=0-1,5-6",
        f"bytes={len(BODY)}-{len(BODY) + 5}",
        f"bytes=0-{'9' * 19}",
        "lines=0-5",
        "bytes=0-5x",
    ],
)
async def test_other_ranges_are_told_how_large_the_file_is(archived: Served, asked: str | None):
    answer = await archived.ask("/map.pmtiles", **({} if asked is None else {"Range": asked}))
    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{len(BODY)}"
    assert BODY[:20] not in answer.body


async def test_an_archive_that_is_replaced_has_another_tag_and_one_that_is_gone_is_a_fault_of_ours(
    archived: Served, tmp_path: Path, logged_failures: Any
):
    file = tmp_path / "world.pmtiles"
    before = await archived.ask("/map.pmtiles", Range="bytes=0-6")
    file.write_bytes(BODY + b"more")
    after = await archived.ask("/map.pmtiles", Range="bytes=0-6")
    assert before.headers["etag"] != after.headers["etag"]
    file.unlink()
    gone = await archived.ask("/map.pmtiles", Range="bytes=0-6")
    assert gone.status == 500
    assert str(tmp_path) not in gone.body.decode()
    assert len(logged_failures.flush(FileNotFoundError)) == 1


async def test_one_piece_is_never_larger_than_the_bound(serve: Callable[..., Served], tmp_path: Path):
    file = tmp_path / "large.pmtiles"
    with file.open("wb") as out:
        out.write(BODY[:8])
        out.truncate(3 * MOST)
    served = serve(ground=read_ground(str(file)))
    assert (await served.ask("/map.pmtiles", Range=f"bytes=0-{MOST}")).status == 416
    answer = await served.ask("/map.pmtiles", Range=f"bytes=0-{MOST - 1}")
    assert (answer.status, len(answer.body)) == (206, MOST)
