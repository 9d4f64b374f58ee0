"""Keys, and tokens made with them, good and bad."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from flighttap.access.keyring import KeyFiles, Keyring

__all__ = ["Keys", "b64", "public_pem", "rsa_key", "unsigned"]

PEM = serialization.Encoding.PEM


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> RSAPrivateKey:
    """An RSA key, made once for all tests."""
    return generate_private_key(65537, bits)


def public_pem(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_pem(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand."""
    return ".".join([b64(json.dumps(header).encode()), b64(json.dumps(claims).encode()), b64(signature)])


class Keys:
    """A shared secret, an Ed25519 and an RSA key, in files as an operator has them.

    :param wall: Unix seconds.
    """

    def __init__(self, folder: Path, wall: Callable[[], float] = time.time) -> None:
        self.wall = wall
        self.folder = folder
        self.secret = bytes(range(32))
        self.ed25519 = Ed25519PrivateKey.from_private_bytes(bytes(32))
        self.rsa = rsa_key()
        self.files = [
            self.write("hub.key", b64(self.secret).encode() + b"\n"),
            self.write("ed.pub", public_pem(self.ed25519)),
            self.write("rsa.pub", public_pem(self.rsa)),
        ]

    def write(self, name: str, data: bytes, mode: int = 0o600) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        path.chmod(mode)
        return path

    def ring(self, **more: Any) -> Keyring:
        return Keyring(KeyFiles(tuple(self.files), **more), self.wall)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Those of a good token for the room ``club``; ``None`` leaves one out."""
        now = self.wall()
        claims = {"aud": "flighttap", "exp": now + 600, "rooms": ["club"], "roles": ["watch", "publish"], "sub": "ana"}
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def token(self, algorithm: str = "HS256", **changed: Any) -> str:
        """A token signed by the key of an algorithm."""
        key = {"HS256": self.secret, "EdDSA": self.ed25519, "RS256": self.rsa}[algorithm]
        return jwt.encode(self.claims(**changed), key, algorithm)  # type: ignore[arg-type]

    def forged(self) -> dict[str, str]:
        """Tokens that no server may take, by what is wrong with them."""
        good = self.token()
        head, body, signature = good.split(".")
        public = public_pem(self.rsa)
        claims = self.claims()
        now = self.wall()
        return {
            "another secret": jwt.encode(claims, b"x" * 32, "HS256"),
            "another RSA key": jwt.encode(claims, rsa_key(1), "RS256"),
            "another Ed25519 key": jwt.encode(claims, Ed25519PrivateKey.from_private_bytes(b"x" * 32), "EdDSA"),
            "alg none": unsigned({"alg": "none", "typ": "JWT"}, claims),
            "alg None": unsigned({"alg": "None"}, claims),
            "alg none with a signature": unsigned({"alg": "none"}, claims, b"x" * 32),
            "no alg": unsigned({"typ": "JWT"}, claims),
            "alg of another type": unsigned({"alg": ["HS256"]}, claims),
            "HS256 by the public RSA key": hmac_by(public, claims),
            "HS256 by the public RSA key, trimmed": hmac_by(public.strip(), claims),
            "HS256 by the public Ed25519 key": hmac_by(public_pem(self.ed25519), claims),
            "HS256 by its raw bytes": hmac_by(raw(self.ed25519), claims),
            "HS512 by the secret": jwt.encode(claims, self.secret * 2, "HS512"),
            "another key in its header": jwt.encode(
                claims, rsa_key(1), "RS256", headers={"jwk": json.loads(jwk_of(rsa_key(1)))}
            ),
            "a critical extension": jwt.encode(claims, self.secret, "HS256", headers={"crit": ["x"], "x": 1}),
            "claims exchanged": f"{head}.{b64(json.dumps(claims | {'rooms': ['*']}).encode())}.{signature}",
            "header exchanged": f"{b64(b'{}')}.{body}.{signature}",
            "signature cut": good[:-4],
            "signature gone": f"{head}.{body}.",
            "two parts": f"{head}.{body}",
            "another audience": self.token(aud="elsewhere"),
            "no audience": self.token(aud=None),
            "an audience of another type": self.token(aud=7),
            "expired": self.token(exp=now - 1),
            "no expiry": self.token(exp=None),
            "an expiry as text": self.token(exp="tomorrow"),
            "an endless expiry": by_hand(self.secret, json.dumps(claims).replace(repr(claims["exp"]), "1e999")),
            "not yet": self.token(nbf=now + 60),
            "no rooms": self.token(rooms=None),
            "rooms as text": self.token(rooms="*"),
            "a room that is none": self.token(rooms=["../x"]),
            "no roles": self.token(roles=[]),
            "a role that is none": self.token(roles=["watch", "root"]),
            "a rate of nothing": self.token(rate=0),
            "a rate as text": self.token(rate="9"),
            "half a flight": self.token(flights=0.5),
            "claims as a list": by_hand(self.secret, "[1]"),
            "claims too deep": by_hand(self.secret, "[" * 4000),
            "claims as no JSON": by_hand(self.secret, "no"),
            "too long": self.token(sub="x" * 9000),
            "nothing": "",
            "dots": "...",
            "not ASCII": "é.é.é",
            "a key that nobody has": "ft_roof_" + "x" * 43,
            "an empty key": "ft_",
        }


def hmac_by(key: bytes, claims: dict[str, Any]) -> str:
    """A token whose signature is an HMAC with bytes that everybody may know; PyJWT would not make it."""
    return by_hand(key, json.dumps(claims))


def by_hand(key: bytes, body: str) -> str:
    """A token signed by HMAC, whatever its body is."""
    head = b64(b'{"alg":"HS256","typ":"JWT"}')
    said = f"{head}.{b64(body.encode())}"
    return f"{said}.{b64(hmac.new(key, said.encode(), hashlib.sha256).digest())}"


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def jwk_of(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    """The public half as a JWK."""
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, RSAPrivateKey) else jwt.algorithms.OKPAlgorithm
    return str(algorithm.to_jwk(key.public_key()))  # type: ignore[arg-type]
