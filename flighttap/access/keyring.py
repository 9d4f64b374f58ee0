"""Every key of one server: which files they are in, and what a token stands for by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flighttap.access.apikeys import PREFIX, ApiKeys, read_api_keys
from flighttap.access.grant import Grant
from flighttap.access.keys import exposed, read_jwks, read_key
from flighttap.access.tokens import TokenReader

__all__ = ["AUDIENCE", "KeyFiles", "Keyring"]

AUDIENCE = "flighttap"
"""What tokens are for where nothing else is configured."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the keys are; absolute paths, for a daemon leaves the directory that it was started in.

    :param keys: shared secrets and public keys, a file each.
    :param jwks: a set of public keys.
    :param api_keys: static keys.
    """

    keys: tuple[Path, ...] = ()
    jwks: Path | None = None
    api_keys: Path | None = None
    audience: str = AUDIENCE


class Keyring:
    """Reads tokens and static keys by the files' keys.

    :param wall: Unix seconds.
    :raises ConfigError: a file is wrong.
    """

    def __init__(self, files: KeyFiles, wall: Callable[[], float]) -> None:
        self._files = files
        self._wall = wall
        self.reload()

    def reload(self) -> None:
        """Read the files anew; where one is wrong, the keys stay as they were.

        :raises ConfigError: a file is wrong.
        """
        files = self._files
        keys = [read_key(path) for path in files.keys]
        if files.jwks is not None:
            keys += read_jwks(files.jwks)
        entries = {} if files.api_keys is None else read_api_keys(files.api_keys)
        self._tokens = TokenReader(keys, files.audience, self._wall)
        self._api_keys = ApiKeys(entries, self._wall)
        self._secret = [path for path, key in zip(files.keys, keys, strict=False) if key.algorithm == "HS256"]

    def __call__(self, token: str) -> Grant:
        """What a token or key stands for.

        :raises BadToken: it is not good.
        """
        return (self._api_keys if token.startswith(PREFIX) else self._tokens)(token)

    def exposed(self) -> list[Path]:
        """Files with shared secrets that everybody on the machine may read."""
        return [path for path in self._secret if exposed(path)]
