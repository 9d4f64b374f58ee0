"""The same Site on a TLS port: origins, refusals, the count of connections, the upgrade."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol, wrapClientTLS

from flighttap.access.access import Access
from flighttap.rooms.policy import Limits
from flighttap.web.site import make_site
from flighttap.ws.factory import RoomFactory
from flighttap.ws.resource import RoomResource
from tests.web.support import Raw, Served, assert_refused, head, new_hub, pause, text_frame, upgraded

x509 = pytest.importorskip("cryptography.x509", reason="TLS is an extra: pip install 'flighttap[tls]'")
ssl = pytest.importorskip("twisted.internet.ssl", reason="TLS is an extra: pip install 'flighttap[tls]'")

# Twisted hands pyOpenSSL's own objects to pyOpenSSL, which has deprecated that.
pytestmark = pytest.mark.filterwarnings("ignore:.*pyOpenSSL.*:DeprecationWarning", "ignore:.*X509.*:DeprecationWarning")

AIRCRAFT = "/api/v1/rooms/demo/aircraft"
FLIGHT = b'{"hex":"4ca7b5"}'


def certificate() -> Any:
    """A key and its certificate for localhost."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return ssl.PrivateCertificate.loadPEM(private + signed.public_bytes(pem))


class Secure(Served):
    """A site on a TLS port, with the real rooms."""

    def __init__(self, page: Path, limits: Limits) -> None:
        from twisted.internet import reactor

        self._certificate = certificate()
        hub = new_hub(limits)
        factory = RoomFactory(hub, reactor, new_session=lambda: "session", spread=lambda: 0.5)  # type: ignore[arg-type]
        access = Access(hub.rules_of)
        rooms = RoomResource(factory, access)
        site = make_site(hub, rooms, reactor=reactor, limits=limits, access=access, static=page)  # type: ignore[arg-type]
        options = self._certificate.options()
        super().__init__(hub, site, reactor.listenSSL(0, site, options, interface="127.0.0.1"))  # type: ignore[attr-defined]

    async def connect(self) -> Raw:
        from twisted.internet import reactor

        trust = ssl.optionsForClientTLS("localhost", trustRoot=ssl.Certificate(self._certificate.original))
        plain = TCP4ClientEndpoint(reactor, "127.0.0.1", self.number)  # type: ignore[arg-type]
        raw: Raw = await connectProtocol(wrapClientTLS(trust, plain), Raw())
        self._open.append(raw)
        return raw


@pytest_twisted.async_yield_fixture
async def secure(page: Path) -> AsyncIterator[Secure]:
    served = Secure(page, Limits(message=2000, connections_per_address=2, handshake=0.3))
    yield served
    await served.close()


async def nobody_left(served: Served) -> None:
    while served.site.cap.counts:
        await pause(0.01)


async def test_the_page_comes_and_the_own_origin_is_the_secure_one(secure: Secure) -> None:
    assert (await secure.ask("/tracker/demo")).status == 200
    own = f"127.0.0.1:{secure.number}"
    assert (await secure.post(AIRCRAFT, FLIGHT, Origin=f"https://{own}")).status == 200
    assert (await secure.post(AIRCRAFT, FLIGHT, Origin=f"http://{own}")).status == 403
    await nobody_left(secure)


async def test_refusals_reach_the_peer_and_end_the_connection(secure: Secure) -> None:
    large = await secure.send(head(AIRCRAFT, "Host: x", "Content-Length: 5000") + b"x" * 5000)
    assert_refused(large.data, 413)
    assert large.clean
    slow = await secure.send(b"GET / HT")
    assert_refused(slow.data, 408)
    assert slow.clean
    await nobody_left(secure)


async def test_an_upgraded_connection_is_left_alone_and_counts_until_it_is_lost(secure: Secure) -> None:
    one, two = await upgraded(secure), await upgraded(secure)
    await pause(0.5)
    one.write(text_frame(FLIGHT))
    await two.until(b'{"data":{"hex":"4ca7b5"}}')
    assert two.data.endswith(b'{"data":{"hex":"4ca7b5"}}')
    assert secure.site.cap.counts == {"127.0.0.1": 2}
    for raw in (one, two):
        await raw.drop()
    await nobody_left(secure)


def test_http_2_is_not_offered_for_nothing_here_bounds_it(secure: Secure) -> None:
    assert secure.site.acceptableProtocols() == [b"http/1.1"]
