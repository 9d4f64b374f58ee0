"""Which receivers may deliver on a port: by the address that they come from, and by a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

from flighttap.errors import ConfigError

__all__ = ["Network", "allowed", "read_networks", "tls_context"]

Network: TypeAlias = IPv4Network | IPv6Network


def read_networks(name: str, text: str) -> tuple[Network, ...]:
    """Read addresses and networks, separated by commas.

    :raises ConfigError: one is neither.
    """
    networks = []
    for word in text.split(","):
        try:
            networks.append(ip_network(word.strip()))
        except ValueError:
            raise ConfigError(f"{name} must be addresses or networks such as 192.0.2.0/24, not {word!r}") from None
    return tuple(networks)


def allowed(networks: Sequence[Network], host: str) -> bool:
    """Whether an address is in one of the networks; everybody is where there are none."""
    if not networks:
        return True
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return any(address in network for network in networks)


def tls_context(cert: str, key: str, ca: str) -> Any:
    """What a TLS port needs: our certificate, and ``ca``, which must have signed the senders' where it is given.

    :param cert, key, ca: files in PEM; ``ca`` may hold several, or be empty: senders then need no certificate.
    :raises ConfigError: one cannot be used; a clause.
    """
    try:
        from twisted.internet.ssl import Certificate, CertificateOptions, PrivateCertificate, trustRootFromCertificates
    except ImportError:
        raise ConfigError("listen:ssl needs TLS: pip install 'flighttap[tls]'") from None
    try:
        own = PrivateCertificate.loadPEM(_read(key) + b"\n" + _read(cert))
        options: dict[str, Any] = {}
        if ca:
            end = b"-----END CERTIFICATE-----"
            pems = [part + end for part in _read(ca).split(end)[:-1]]
            options["trustRoot"] = trustRootFromCertificates([Certificate.loadPEM(pem) for pem in pems])
            if not pems:
                raise ConfigError(f"{ca} has no certificate in PEM")
        return CertificateOptions(privateKey=own.privateKey.original, certificate=own.original, **options)
    except ConfigError:
        raise
    except Exception:  # OpenSSL's errors have no root that Twisted gives
        raise ConfigError(f"{cert}, {key} and {ca or 'no ca'} are no certificate, its key and an authority") from None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
