"""Who may deliver on a feed's port: by address, and by certificate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import ssl
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol, wrapClientTLS

from flighttap.feeds.senders import allowed, read_networks
from tests.certificates import certificate
from tests.feeds.test_tcp import IDENT, Peer, Stage

# Twisted hands pyOpenSSL's own objects to pyOpenSSL, which has deprecated that.
pytestmark = pytest.mark.filterwarnings("ignore:.*pyOpenSSL.*:DeprecationWarning", "ignore:.*X509.*:DeprecationWarning")


@pytest_twisted.async_yield_fixture
async def stage() -> AsyncIterator[Stage]:
    from twisted.internet import reactor

    stage = Stage(reactor)
    yield stage
    await stage.end()


@pytest.mark.parametrize(
    ("networks", "host", "may"),
    [
        ("192.0.2.0/24", "192.0.2.7", True),
        ("192.0.2.0/24", "192.0.3.7", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("10.0.0.0/8, 2001:db8::/32", "2001:db8::9", True),
        ("10.0.0.0/8,2001:db8::/32", "2001:db9::9", False),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("2001:db8::/32", "10.0.0.1", False),
        ("fe80::/10", "fe80::1%eth0", True),
        ("10.0.0.0/8", "", False),
        ("10.0.0.0/8", "pi", False),
    ],
)
def test_an_address_is_in_a_network_or_not(networks: str, host: str, may: bool) -> None:
    assert allowed(read_networks("allow", networks), host) is may
    assert allowed((), host)


async def test_a_sender_from_elsewhere_is_closed_unheard_and_counted(stage: Stage) -> None:
    service = stage.feed("home=beast@listen:tcp:0?allow=192.0.2.0/24,2001:db8::/32")
    sender = await stage.sender(service.port.getHost().port)
    sender.transport.write(IDENT)  # type: ignore[union-attr]
    await sender.gone
    assert stage.sink.stats["refused"] == 1
    assert stage.sink.bytes_in == 0
    assert stage.sink.state == "connecting"


async def test_a_sender_from_where_it_may_is_heard(stage: Stage) -> None:
    service = stage.feed("home=beast@listen:tcp:0?allow=192.0.2.0/24,127.0.0.1")
    sender = await stage.sender(service.port.getHost().port)
    sender.transport.write(IDENT)  # type: ignore[union-attr]
    await stage.watch.until(lambda: bool(stage.sink.heard))
    assert "refused" not in stage.sink.stats


async def delivered(stage: Stage, port: int, folder: Path, *, with_certificate: bool) -> Peer:
    """A sender that speaks TLS and sends one message."""
    own = ssl.PrivateCertificate.loadPEM((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    trust = ssl.Certificate.loadPEM((folder / "cert.pem").read_bytes())
    options = ssl.optionsForClientTLS("localhost", trust, own if with_certificate else None)
    peer: Any = Peer()
    endpoint = TCP4ClientEndpoint(stage.reactor, "127.0.0.1", port)
    await connectProtocol(wrapClientTLS(options, endpoint), peer)
    stage.peers.append(peer)
    peer.transport.write(IDENT)
    return peer


async def test_a_sender_shows_a_certificate_where_an_authority_is_named(stage: Stage, tmp_path: Path) -> None:
    certificate(tmp_path)
    files = f"cert={tmp_path}/cert.pem&key={tmp_path}/key.pem"
    service = stage.feed(f"home=beast@listen:ssl:0?{files}&ca={tmp_path}/cert.pem")
    port = service.port.getHost().port
    stranger = await delivered(stage, port, tmp_path, with_certificate=False)
    await stranger.gone
    stage.peers.remove(stranger)
    plain = await stage.sender(port)
    plain.transport.write(IDENT)  # type: ignore[union-attr]
    await plain.gone
    assert stage.sink.bytes_in == 0
    await delivered(stage, port, tmp_path, with_certificate=True)
    await stage.watch.until(lambda: bool(stage.sink.heard))


async def test_without_an_authority_tls_is_enough(stage: Stage, tmp_path: Path) -> None:
    certificate(tmp_path)
    service = stage.feed(f"home=beast@listen:ssl:0?cert={tmp_path}/cert.pem&key={tmp_path}/key.pem")
    await delivered(stage, service.port.getHost().port, tmp_path, with_certificate=False)
    await stage.watch.until(lambda: bool(stage.sink.heard))
