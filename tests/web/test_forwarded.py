"""Who asks through a proxy: read from the right end of what is forwarded, believed from trusted peers, never local."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from flighttap.errors import ConfigError
from flighttap.rooms.policy import Limits
from flighttap.web.forwarded import NOBODY, TrustedProxies
from tests.web.support import Served, handshake, pause, serve_rooms

AIRCRAFT = "/api/v1/rooms/demo/aircraft"
FLIGHT = b'{"hex":"4ca7b5"}'
HERE = TrustedProxies.read(["127.0.0.1"])
TWO = TrustedProxies.read(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        (["203.0.113.9, 2001:db8::7, 10.1.2.3"], "203.0.113.9"),
        (["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        (["nonsense, 10.1.2.3"], "10.1.2.3"),
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["[2001:db8:1::9]:4711, [2620:0:2d0::7]"], "2620:0:2d0::7"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["unknown"], None),
        ([""], None),
        ([], None),
        (["203.0.113.9, "], None),
        (["203.0.113.9\x00"], None),
        (["203.0.113.9," + "10.0.0.1," * 40 + "10.0.0.1"], "10.0.0.1"),
    ],
)
def test_the_caller_is_the_last_address_that_is_not_a_proxy_of_ours(forwarded: list[str], caller: str | None):
    assert TWO.caller(forwarded) == caller


@pytest.mark.parametrize(
    ("forwarded", "secure"),
    [
        *((said, True) for said in (["https"], ["HTTPS"], ["wss"], ["http, https"], ["http", "https"])),
        *((said, False) for said in (["https, http"], ["http"], [""], [])),
    ],
)
def test_the_last_scheme_counts(forwarded: list[str], secure: bool):
    assert TrustedProxies.secure(forwarded) is secure


def test_peers_are_trusted_by_address_network_or_socket():
    trusted = [IPv4Address("TCP", "127.0.0.1", 1), IPv6Address("TCP", "::ffff:10.2.3.4", 1)]
    strangers = [IPv4Address("TCP", "127.0.0.2", 1), IPv6Address("TCP", "::1", 1), UNIXAddress(b"/run/x"), None]
    assert [TWO.trusts(peer) for peer in [*trusted, *strangers]] == [True, True, False, False, False, False]
    assert TrustedProxies.read(["unix"]).trusts(UNIXAddress(b""))
    assert not NOBODY.trusts(trusted[0])


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "127.0.0.1:80", ""])
def test_what_is_no_address_is_one_sentence(text: str):
    with pytest.raises(ConfigError, match=r"write 127\.0\.0\.1, a network"):
        TrustedProxies.read([text])


# ---- on a real site


async def test_what_a_stranger_forwards_is_not_believed(serve: Callable[..., Served]):
    served = serve(limits=Limits(publish_burst=1, publish_rate=0.01), open_publish=True)
    own = f"https://127.0.0.1:{served.number}"
    refused = await served.post(AIRCRAFT, FLIGHT, X_Forwarded_Proto="https", Origin=own)
    assert refused.status == 403
    assert (await served.post(AIRCRAFT, FLIGHT, X_Forwarded_For="203.0.113.1")).status == 200
    assert (await served.post(AIRCRAFT, FLIGHT, X_Forwarded_For="203.0.113.2")).status == 429


async def test_behind_a_proxy_each_caller_has_its_own_rate_and_the_origin_is_the_secure_one(
    serve: Callable[..., Served],
):
    served = serve(limits=Limits(publish_burst=1, publish_rate=0.01), open_publish=True, proxies=HERE)
    own = f"127.0.0.1:{served.number}"
    for number in (1, 2):
        caller = f"198.51.100.7, 203.0.113.{number}"
        said: dict[str, Any] = {"X_Forwarded_For": caller, "X_Forwarded_Proto": "https", "Origin": f"https://{own}"}
        assert (await served.post(AIRCRAFT, FLIGHT, **said)).status == 200
        assert (await served.post(AIRCRAFT, FLIGHT, **said)).status == 429
    plain = await served.post(AIRCRAFT, FLIGHT, X_Forwarded_For="203.0.113.3", Origin=f"https://{own}")
    assert plain.status == 403


async def test_behind_a_proxy_each_caller_has_its_own_connections_which_are_counted_down_again(
    serve: Callable[..., Served],
):
    served = serve_rooms(
        lambda **options: serve(proxies=HERE, **options), Limits(connections_per_address=1, handshake=1)
    )

    async def upgrade(caller: str) -> Any:
        raw = await served.connect()
        raw.write(handshake(served).replace(b"\r\nHost", f"\r\nX-Forwarded-For: {caller}\r\nHost".encode()))
        await raw.until(b"\r\n\r\n")
        return raw

    one, two = await upgrade("203.0.113.1"), await upgrade("203.0.113.2")
    assert [raw.data[:12] for raw in (one, two)] == [b"HTTP/1.1 101"] * 2
    assert served.site.cap.counts == {"203.0.113.1": 1, "203.0.113.2": 1}
    third = await served.ask("/healthz", X_Forwarded_For="203.0.113.1")
    assert (third.status, third.headers["retry-after"]) == (429, "5")
    assert (await served.ask("/healthz", X_Forwarded_For="203.0.113.3")).status == 200
    await one.drop()
    while "203.0.113.1" in served.site.cap.counts:
        await pause(0.001)
    assert (await served.ask("/healthz", X_Forwarded_For="203.0.113.1")).status == 200
    await two.drop()
    while served.site.cap.counts:
        await pause(0.001)


async def test_one_connection_of_a_proxy_carries_many_callers_one_after_another(serve: Callable[..., Served]):
    served = serve(limits=Limits(connections_per_address=1), proxies=HERE)
    raw = await served.connect()
    for number in range(3):
        raw.write(f"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.{number}\r\n\r\n".encode())
        await raw.until(lambda data, number=number: data.count(b"ok\n") == number + 1)  # type: ignore[misc]
        assert served.site.cap.counts == {}
    await raw.drop()


@pytest.mark.parametrize("said", [{}, {"X_Forwarded_For": "127.0.0.1"}, {"X_Forwarded_For": "nonsense"}])
async def test_nobody_behind_a_proxy_counts_as_local(serve: Callable[..., Served], said: dict[str, str]):
    """A proxy that forwards nothing looks like a local program, so what comes from its address never is one."""
    served = serve(proxies=HERE)
    answer = await served.post(AIRCRAFT, FLIGHT, **said)
    assert answer.status == 403
