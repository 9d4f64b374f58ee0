"""Tokens: JSON Web Tokens (RFC 7519) that say who may do what in which rooms, until when.

=========  ===========================================================
claim      meaning
=========  ===========================================================
``aud``    which hub it is for; must be there
``exp``    until when it is good, Unix seconds; must be there
``nbf``    from when on
``sub``    whom it was made out to
``rooms``  list of room names and patterns with ``*`` and ``?``
``roles``  list of ``watch``, ``publish``, ``admin``
``rate``   messages a second that may be published with it
``flights``  how many flights it may keep in rooms
=========  ===========================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any

import jwt

from flighttap.access.claims import read_grant
from flighttap.access.grant import Grant
from flighttap.access.keys import CheckingKey
from flighttap.errors import BadField, BadToken

__all__ = ["LONGEST", "TokenReader", "make_token", "signed_with", "unverified"]

LONGEST = 8192
"""Characters that a token may have."""
SLACK = 10.0
"""Seconds by which the clock of whoever made a token may be ahead of ours."""

_FORGED = "The token was not made by a key of this server."
_CLAIMS = {"exp", "nbf", "iat"}


class TokenReader:
    """Reads tokens that one of some keys has signed.

    :param audience: what ``aud`` must name.
    :param wall: Unix seconds.
    """

    def __init__(self, keys: Iterable[CheckingKey], audience: str, wall: Callable[[], float]) -> None:
        self._keys = tuple(keys)
        self._audience = audience
        self._wall = wall

    def __call__(self, token: str) -> Grant:
        """What a token gives.

        :raises BadToken: it is not good.
        """
        claims = self._signed(token)
        now, expires, begins = self._wall(), _time(claims, "exp"), _time(claims, "nbf")
        if expires is None:
            raise BadToken("The token does not say until when it is good.")
        if expires <= now:
            raise BadToken("The token has expired.")
        if begins is not None and begins > now + SLACK:
            raise BadToken("The token is not good yet.")
        subject = claims.get("sub")
        try:
            return read_grant(
                claims,
                subject if isinstance(subject, str) else "",
                blake2b(token.encode(), digest_size=12).hexdigest(),
                expires,
            )
        except BadField as fault:
            raise BadToken(f"The token cannot be used: {fault}") from None

    def _signed(self, token: str) -> Mapping[str, Any]:
        """The claims of a token whose signature and audience are right."""
        if len(token) > LONGEST or not token.isascii():
            raise BadToken(_FORGED)
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise BadToken("That is no token.") from None
        for key in self._keys:
            if header.get("alg") != key.algorithm:
                continue
            if key.kid is not None and header.get("kid", key.kid) != key.kid:
                continue
            try:
                return self._decoded(token, key)
            except jwt.InvalidSignatureError:
                continue
            except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError):
                raise BadToken("The token is for another hub.") from None
            except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
                break
        raise BadToken(_FORGED)

    def _decoded(self, token: str, key: CheckingKey) -> Mapping[str, Any]:
        options: Any = {f"verify_{name}": False for name in (*_CLAIMS, "sub", "jti", "iss")} | {"require": ["aud"]}
        return jwt.decode(token, key.key, algorithms=[key.algorithm], audience=self._audience, options=options)


def make_token(key: CheckingKey, claims: Mapping[str, Any]) -> str:
    """Sign claims; ``key`` is from :func:`~flighttap.access.keys.read_signing_key`."""
    return jwt.encode(dict(claims), key.key, algorithm=key.algorithm)


def signed_with(token: str, key: CheckingKey) -> bool:
    """Whether a key has made a token, whatever it says and for whom."""
    options: Any = {f"verify_{name}": False for name in (*_CLAIMS, "aud", "sub", "jti", "iss")}
    try:
        jwt.decode(token, key.key, algorithms=[key.algorithm], options=options)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return False
    return True


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, to look at: whoever made it.

    :raises BadToken: it is none.
    """
    try:
        whole = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise BadToken("That is no token.") from None
    return whole["header"], whole["payload"]


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    """:raises BadToken: it is no time."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadToken(f"The token's {name} is no time.")
    return float(value)
