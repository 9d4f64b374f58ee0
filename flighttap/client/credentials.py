"""The token that a client shows: a text, or a function that gives the one that is good now."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from twisted.logger import Logger

from flighttap.errors import ConfigError

__all__ = ["VARIABLE", "Credentials", "Token"]

VARIABLE = "FLIGHTTAP_TOKEN"
"""The environment variable in which programs of the shell look for a token."""

Token: TypeAlias = str | Callable[[], str | None] | None


class Credentials:
    """What to show to a server.

    :param token: a token or static key; a function is asked again for each connection and before a token expires.
    :raises ConfigError: a text that is none.
    """

    _log = Logger()

    def __init__(self, token: Token) -> None:
        self._token = token
        self._last: str | None = None
        self.renewable = callable(token)
        if isinstance(token, str):
            _checked(token)

    def now(self) -> str | None:
        """The present token; the one before where the function for it fails."""
        if not callable(self._token):
            return self._token
        try:
            token = self._token()
            self._last = None if token is None else _checked(token)
        except Exception:
            self._log.failure("the function that gives tokens failed", event_id="client.token")
        return self._last

    @staticmethod
    def headers(token: str | None) -> dict[str, str]:
        """The header in which a token goes."""
        return {} if token is None else {"Authorization": f"Bearer {token}"}


def _checked(token: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ConfigError("The token has characters that no token has: give it without spaces and line ends.")
    return token
