"""Who asks through a proxy: what ``X-Forwarded-For`` and ``X-Forwarded-Proto`` say, believed from chosen peers alone.

A proxy appends the address that it was asked from. So the list is read from its
end, past every address that is trusted too, and the first other one is the
caller's; what stands before it anybody may have written. Of the schemes the last
counts: it is the word of the proxy that we trust.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from twisted.internet.address import UNIXAddress

from flighttap.errors import ConfigError

__all__ = ["NOBODY", "TrustedProxies"]

_Network: TypeAlias = IPv4Network | IPv6Network

UNIX = "unix"
"""The word for whoever connects to a UNIX socket."""
_HOPS = 32
"""Addresses of one request that are looked at."""
_PORT = re.compile(r"\A(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)\Z", re.ASCII)
_SECURE = ("https", "wss")


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The peers that are believed.

    :param networks: their addresses.
    :param unix: whoever comes over a UNIX socket, too.
    """

    networks: tuple[_Network, ...] = ()
    unix: bool = False

    @classmethod
    def read(cls, texts: Sequence[str]) -> TrustedProxies:
        """From addresses, networks such as ``10.0.0.0/8``, and the word ``unix``.

        :raises ConfigError: one of them is none of these.
        """
        networks: list[_Network] = []
        for text in texts:
            if text == UNIX:
                continue
            try:
                networks.append(ip_network(text))
            except ValueError:
                raise ConfigError(
                    f"trusted_proxies: {text!r} is no address: write 127.0.0.1, a network as in 10.0.0.0/8, or unix."
                ) from None
        return cls(tuple(networks), UNIX in texts)

    def trusts(self, peer: object) -> bool:
        """Whether the other end of a connection is one of them."""
        if isinstance(peer, UNIXAddress):
            return self.unix
        host = getattr(peer, "host", None)
        address = _address(host) if self.networks and isinstance(host, str) else None
        return address is not None and self._has(address)

    def caller(self, forwarded_for: Sequence[str]) -> str | None:
        """The address that a trusted peer was asked from.

        :param forwarded_for: the values of ``X-Forwarded-For`` in their order.
        :returns: ``None`` where the peer does not say, or nothing that can be read.
        """
        caller = None
        for hop in [hop.strip() for value in forwarded_for for hop in value.split(",")][: -_HOPS - 1 : -1]:
            address = _address(hop)
            if address is None:
                break
            caller = str(address)
            if not self._has(address):
                break
        return caller

    @staticmethod
    def secure(forwarded_proto: Sequence[str]) -> bool:
        """Whether a trusted peer was asked over TLS.

        :param forwarded_proto: the values of ``X-Forwarded-Proto`` in their order.
        """
        schemes = [scheme.strip().lower() for value in forwarded_proto for scheme in value.split(",")]
        return bool(schemes) and schemes[-1] in _SECURE

    def _has(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.networks)


NOBODY = TrustedProxies()
"""Where no proxy is trusted."""


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without a port behind it; one mapped into IPv6 is the IPv4 address that it stands for."""
    found = _PORT.match(text)
    try:
        address = ip_address((found[1] or found[2]) if found else text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
