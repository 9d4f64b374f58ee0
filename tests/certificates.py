"""Keys and certificates for localhost, made on the spot."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["certificate", "trusting"]


def certificate(folder: Path) -> bytes:
    """Write ``key.pem`` and ``cert.pem``, which it signed itself; gives the certificate as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, form, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, form, plain))
    (folder / "cert.pem").write_bytes(signed.public_bytes(encoding))
    return signed.public_bytes(serialization.Encoding.DER)


def trusting(folder: Path) -> ssl.SSLContext:
    """What a client needs to believe it.

    Up to TLS 1.2: tickets that come behind a handshake of 1.3 wake the reading thread of ``websockets.sync``, which
    then sits in a read while the other thread writes, and hangs for ever where that goes wrong.
    """
    trust = ssl.create_default_context(cafile=folder / "cert.pem")
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    return trust
