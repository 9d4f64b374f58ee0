"""``ssl:`` ports whose key and certificate are read anew while they serve.

Twisted reads the files when it parses the endpoint's description. So a renewal
parses it again and keeps of the outcome the context alone: connections that
stand keep theirs, the next ones get the new one. What cannot be used changes
nothing.
"""

from __future__ import annotations

import os
import re
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import quoteStringArgument, serverFromString
from twisted.internet.interfaces import IListeningPort, IOpenSSLContextFactory, IProtocolFactory
from zope.interface import implementer

from flighttap.errors import ConfigError

__all__ = ["RenewablePort", "with_absolute_files"]

_FILES = ("privateKey", "certKey", "extraCertChain", "dhParameters")
_BY_PLACE = {1: "privateKey", 2: "certKey"}
"""The arguments of ``ssl:PORT:KEY:CERTIFICATE`` that may stand without their names."""


def with_absolute_files(description: str, folder: str) -> str:
    """The description of an ``ssl:`` endpoint with every file in it named from the root.

    :param folder: what relative paths are relative to.
    """
    kind, *arguments = re.split(r"(?<!\\):", description)
    said = []
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if not equals:
            name, value = _BY_PLACE.get(place, ""), argument
        if name in _FILES and not os.path.isabs(value):
            argument = f"{name}={quoteStringArgument(os.path.join(folder, ''))}{value}"
        said.append((name, argument))
    if not any(name == "privateKey" for name, _ in said):  # Twisted's own default
        said.append(("privateKey", f"privateKey={quoteStringArgument(os.path.join(folder, 'server.pem'))}"))
    return ":".join([kind, *(argument for _, argument in said)])


@implementer(IOpenSSLContextFactory)
class RenewablePort:
    """One ``ssl:`` endpoint.

    :param description: as ``--listen`` takes it.
    :param reactor: what listens.
    """

    def __init__(self, description: str, reactor: Any) -> None:
        self.description = description
        self._reactor = reactor
        self._options: Any = None

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen, with the files as they are now."""

        def listens(port: int, factory: Any, contextFactory: Any, backlog: int, interface: str) -> IListeningPort:
            self._options = contextFactory
            listening: IListeningPort = self._reactor.listenSSL(port, factory, self, backlog, interface)
            return listening

        listening: Deferred[IListeningPort] = serverFromString(_Listener(listens), self.description).listen(factory)
        return listening

    def renew(self) -> None:
        """Read the files again; whoever connects from now on gets what is in them.

        :raises ConfigError: they cannot be used; one sentence. Everything stays as it was.
        """

        def reads(port: int, factory: Any, contextFactory: Any, backlog: int, interface: str) -> None:
            contextFactory.getContext()
            self._options = contextFactory

        outcome: list[Any] = []
        try:
            serverFromString(_Listener(reads), self.description).listen(None).addErrback(outcome.append)
            if outcome:
                outcome[0].raiseException()
        except OSError as error:
            raise ConfigError(f"{error.filename or 'a file'}: {error.strerror}") from None
        except Exception as error:  # whatever pyOpenSSL and cryptography make of the files
            said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise ConfigError(f"the files hold no certificate with its key ({said})") from None

    def getContext(self) -> Any:
        """What Twisted asks for each new connection."""
        return self._options.getContext()


class _Listener:
    """As much of a reactor as an ``ssl:`` endpoint asks of it."""

    def __init__(self, listens: Any) -> None:
        self.listenSSL = listens
