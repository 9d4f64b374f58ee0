"""``https`` and ``wss``: the certificate is checked, and what is wrong with it is said."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from flighttap.client import Unreachable, Watcher
from flighttap.client.address import read_server
from flighttap.client.rooms import list_rooms
from flighttap.testing import FakeConnection, FakeServer

pytest.importorskip("OpenSSL")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet import ssl


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and 127.0.0.1, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    files = folder / "certificate.pem", folder / "key.pem"
    for file, text in zip(files, (made.public_bytes(serialization.Encoding.PEM), private), strict=True):
        file.write_bytes(text)
    return files


@pytest_twisted.async_yield_fixture
async def port(tmp_path: Path) -> AsyncIterator[Any]:
    """A server of one room behind TLS, with a certificate that nobody vouches for."""
    from autobahn.twisted.websocket import WebSocketServerFactory
    from twisted.internet import reactor

    fake = FakeServer()

    class Factory(WebSocketServerFactory):
        noisy = False

        def buildProtocol(self, addr: Any) -> FakeConnection:
            room = FakeConnection(fake)
            room.factory = self
            fake.connections.append(room)
            return room

    public, private = certificate(tmp_path)
    factory = Factory()
    factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0)
    context = ssl.DefaultOpenSSLContextFactory(str(private), str(public))
    port: Any = reactor.listenSSL(0, factory, context, interface="127.0.0.1")  # type: ignore[attr-defined]
    port.certificate = public
    yield port
    await port.stopListening()


async def test_a_certificate_that_is_not_trusted_is_said(port):
    where = f"https://localhost:{port.getHost().port}"
    watcher = Watcher(f"{where}/tracker/demo", patient=False)
    watcher.start()
    with pytest.raises(Unreachable, match=r"^No TLS connection with it could be made \(.*certificate.*\)\.\Z"):
        await watcher.when_ready()
    await watcher.stop()
    from twisted.internet import reactor

    with pytest.raises(Unreachable, match="certificate"):
        await list_rooms(read_server(where), reactor)


async def test_one_that_is_trusted_is_used(port, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(port.certificate))
    states: list[str] = []
    watcher = Watcher(
        f"wss://localhost:{port.getHost().port}/ws/tracker/demo/",
        patient=False,
        on_state=lambda state, why, pause: states.append(state),
    )
    watcher.start()
    from twisted.internet import reactor
    from twisted.internet.task import deferLater

    while "live" not in states:
        await deferLater(reactor, 0.01)  # type: ignore[arg-type]
    await watcher.stop()
