"""The keys that tokens are checked with, read from files.

The kind of a key fixes the one algorithm that it is used with, whatever a token
claims: that is what keeps ``alg=none`` and a public key taken for a secret out.

=====================================  ==============  =========
a file that holds                      checks          and makes
=====================================  ==============  =========
32 random bytes or more in base64url   HS256           yes
a public key in PEM, Ed25519           EdDSA           no
a public key in PEM, RSA               RS256           no
a private key in PEM, Ed25519 or RSA   refused here    yes
a JWKS, in a file of its own           EdDSA, RS256    no
=====================================  ==============  =========
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from flighttap.errors import ConfigError

__all__ = ["CheckingKey", "exposed", "new_pair", "new_secret", "read_jwks", "read_key", "read_signing_key", "write_new"]

SECRET_LEAST = 32
"""Bytes of a shared secret (RFC 7518, 3.2)."""
RSA_LEAST = 2048
"""Bits of an RSA key (RFC 7518, 3.3)."""
FILE_MOST = 256 * 1024


@dataclass(frozen=True, slots=True)
class CheckingKey:
    """A key and the one algorithm that it is for.

    :param kid: the name that tokens may call it by; ``None``: it has none.
    """

    algorithm: str
    key: Any
    kid: str | None = None


def read_key(path: Path) -> CheckingKey:
    """Read a shared secret, or a public key in PEM.

    :raises ConfigError: it cannot be read, or is something else.
    """
    data = _read(path)
    if b"-----BEGIN" not in data:
        return CheckingKey("HS256", _secret(path, data))
    if b"PRIVATE KEY-----" in data:
        raise ConfigError(
            f"{path} is a private key: give the server the public one, and keep this where tokens are made."
        )
    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(f"{path} is no public key in PEM.") from None
    algorithm = _algorithm(key)
    if algorithm is None:
        raise ConfigError(f"{path} must be an Ed25519 key, or an RSA key of {RSA_LEAST} bits or more.")
    return CheckingKey(algorithm, key)


def read_jwks(path: Path) -> list[CheckingKey]:
    """Read a set of public keys (RFC 7517); keys of other kinds or for other uses are passed over.

    :raises ConfigError: it cannot be read, or has no key for us.
    """
    try:
        entries = msgspec.json.decode(_read(path))["keys"]
        keys = [key for entry in entries if (key := _of_jwk(entry)) is not None]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(f'{path} is no JWKS: it should be {{"keys": […]}}.') from None
    if not keys:
        raise ConfigError(f"{path} has no Ed25519 or RSA key for signatures.")
    return keys


def read_signing_key(path: Path) -> CheckingKey:
    """Read a shared secret, or a private key in PEM without a password, to make tokens with.

    :raises ConfigError: it cannot be read, or is something else.
    """
    data = _read(path)
    if b"-----BEGIN" not in data:
        return CheckingKey("HS256", _secret(path, data))
    if b"PUBLIC KEY-----" in data:
        raise ConfigError(f"{path} is a public key: tokens are made with the private one.")
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(f"{path} is no private key in PEM without a password.") from None
    algorithm = _algorithm(key.public_key()) if isinstance(key, (Ed25519PrivateKey, RSAPrivateKey)) else None
    if algorithm is None:
        raise ConfigError(f"{path} must be an Ed25519 key, or an RSA key of {RSA_LEAST} bits or more.")
    return CheckingKey(algorithm, key)


def new_secret() -> bytes:
    """A new shared secret, as its file holds it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(SECRET_LEAST)) + b"\n"


def new_pair() -> tuple[bytes, bytes]:
    """A new Ed25519 key: the private and the public half in PEM."""
    key, pem = Ed25519PrivateKey.generate(), serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that must not be there yet, never readable by more than it is to be.

    :raises ConfigError: it is there, or cannot be written.
    """
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except FileExistsError:
        raise ConfigError(f"{path} is there already: choose another name, or remove it.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None


def exposed(path: Path) -> bool:
    """Whether others than its owner and group may read a file with secrets in it."""
    return bool(path.stat().st_mode & stat.S_IROTH)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_MOST)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def _secret(path: Path, data: bytes) -> bytes:
    try:
        text = data.strip().rstrip(b"=")
        secret = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) < SECRET_LEAST:
        raise ConfigError(
            f"{path} holds no key: make one with python -m flighttap token key FILE, or give a public key in PEM."
        )
    return secret


def _algorithm(key: object) -> str | None:
    if isinstance(key, Ed25519PublicKey):
        return "EdDSA"
    return "RS256" if isinstance(key, RSAPublicKey) and key.key_size >= RSA_LEAST else None


def _of_jwk(entry: dict[str, Any]) -> CheckingKey | None:
    read: dict[str, Callable[[dict[str, Any]], Any]] = {
        "OKP": jwt.algorithms.OKPAlgorithm.from_jwk,
        "RSA": jwt.algorithms.RSAAlgorithm.from_jwk,
    }
    kid = entry.get("kid")
    if entry.get("kty") not in read or "d" in entry or entry.get("use", "sig") != "sig":
        return None
    try:
        key = read[entry["kty"]](entry)
    except (jwt.InvalidKeyError, ValueError, TypeError, KeyError):
        return None
    algorithm = _algorithm(key)
    if algorithm is None or entry.get("alg", algorithm) not in (algorithm, "Ed25519" if algorithm == "EdDSA" else ""):
        return None
    return CheckingKey(algorithm, key, kid if isinstance(kid, str) else None)
