"""Files with keys: made, read, refused, and read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from flighttap.access.apikeys import entry_text, new_api_key
from flighttap.access.keyring import KeyFiles, Keyring
from flighttap.access.keys import new_pair, new_secret, read_key, read_signing_key, write_new
from flighttap.access.tokens import make_token
from flighttap.errors import BadToken, ConfigError
from tests.access.keys import Keys, jwk_of, private_pem, public_pem, rsa_key

NOW = 1_795_000_000.0


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path, lambda: NOW)


def test_what_a_new_key_signs_the_server_takes(keys: Keys) -> None:
    private, public = new_pair()
    secret = keys.write("new.key", new_secret())
    pair, half = keys.write("pair", private), keys.write("pair.pub", public)
    for signing, checking in ((secret, secret), (pair, half)):
        token = make_token(read_signing_key(signing), keys.claims())
        assert Keyring(KeyFiles((checking,)), keys.wall)(token).subject == "ana"
        with pytest.raises(BadToken):
            keys.ring()(token)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("short", b"c2hvcnQ=", "holds no key"),
        ("prose", b"not a key at all, but long enough to be one", "holds no key"),
        ("empty", b"", "holds no key"),
        ("private", private_pem(rsa_key()), "is a private key"),
        ("weak", public_pem(rsa_key(0, 1024)), "2048 bits"),
        ("curve", public_pem(generate_private_key(SECP256R1())), "must be an Ed25519 key"),  # type: ignore[arg-type]
        ("torn", public_pem(rsa_key())[:90] + b"\n-----END PUBLIC KEY-----\n", "no public key in PEM"),
    ],
)
def test_a_file_that_is_no_key_is_one_sentence(keys: Keys, name: str, data: bytes, words: str) -> None:
    path = keys.write(name, data)
    with pytest.raises(ConfigError, match=words) as refused:
        read_key(path)
    assert str(path) in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_key(tmp_path / "gone")
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        Keyring(KeyFiles(api_keys=tmp_path / "gone"), lambda: NOW)


@pytest.mark.parametrize(
    "said", [b"no", b"[]", b'{"keys": 3}', b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "eHg"}]}', b"[" * 5000]
)
def test_a_set_without_a_key_for_us_is_refused(keys: Keys, said: bytes) -> None:
    with pytest.raises(ConfigError, match=r"is no JWKS|has no Ed25519 or RSA key"):
        keys.ring(jwks=keys.write("jwks.json", said))


def test_a_private_key_in_a_set_is_passed_over(keys: Keys) -> None:
    said = json.loads(jwk_of(keys.ed25519)) | {"d": "AAAA"}
    with pytest.raises(ConfigError, match="has no Ed25519 or RSA key"):
        keys.ring(jwks=keys.write("jwks.json", json.dumps({"keys": [said]}).encode()))


def test_a_key_is_written_for_its_owner_alone_and_never_over_another(tmp_path: Path) -> None:
    path = tmp_path / "hub.key"
    write_new(path, new_secret(), 0o600)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="is there already"):
        write_new(path, new_secret(), 0o600)
    assert path.read_bytes() == before


def test_a_secret_that_everybody_can_read_is_told_apart(keys: Keys) -> None:
    assert keys.ring().exposed() == []
    for path in keys.files:
        path.chmod(0o644)
    assert keys.ring().exposed() == [keys.files[0]], "public keys may be read by anybody"


def api_file(keys: Keys, name: str = "roof", **more: object) -> tuple[str, Path]:
    """A static key for ``home``, and the file that has its hash."""
    key, hashed = new_api_key(name)
    return key, keys.write("api.toml", entry_text(name, hashed, ["home"], ["publish"], more).encode())


def test_a_static_key_gives_what_its_entry_says(keys: Keys) -> None:
    key, path = api_file(keys, rate=5)
    grant = keys.ring(api_keys=path)(key)
    assert (grant.subject, grant.roles, grant.rooms, grant.rate) == ("roof", frozenset({"publish"}), ("home",), 5.0)
    assert key.partition("roof_")[2] not in path.read_text()
    assert keys.ring(api_keys=path)(keys.token()).subject == "ana", "tokens are taken beside it"


def test_a_static_key_that_is_not_quite_it_is_refused(keys: Keys) -> None:
    key, path = api_file(keys)
    ring = keys.ring(api_keys=path)
    other = new_api_key("roof")[0]
    for wrong in (other, key[:-1], key + "x", key.replace("roof", "ruof"), key.replace("ft_", "ft_ft_"), "ft_roof_"):
        with pytest.raises(BadToken, match="not known"):
            ring(wrong)


def test_a_static_key_expires(keys: Keys) -> None:
    from datetime import UTC, datetime

    for at, good in ((NOW + 1, True), (NOW, False)):
        key, path = api_file(keys, expires=datetime.fromtimestamp(at, UTC))
        if good:
            assert keys.ring(api_keys=path)(key).expires == at
        else:
            with pytest.raises(BadToken, match="expired"):
                keys.ring(api_keys=path)(key)


def test_a_static_key_that_is_taken_out_of_the_file_is_refused_once_it_is_read_again(keys: Keys) -> None:
    key, path = api_file(keys)
    ring = keys.ring(api_keys=path)
    path.write_text("")
    assert ring(key).subject == "roof"
    ring.reload()
    with pytest.raises(BadToken):
        ring(key)


def test_keys_stay_as_they_were_where_a_file_has_become_wrong(keys: Keys) -> None:
    ring = keys.ring()
    keys.files[2].write_bytes(b"")
    with pytest.raises(ConfigError):
        ring.reload()
    assert ring(keys.token("RS256")).subject == "ana"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[key]]", "number 1: name must be"),
        ("key = 3", r"nothing but \[\[key\]\]"),
        ("[other]", r"nothing but \[\[key\]\]"),
        ("[[key]]\nname = 'a_b'", "name must be"),
        ("[[key]]\nname = 'a'\nsha256 = 'short'", "sha256 must be"),
        ("[[key]]\nname = 'a'\nsha265 = ''", "'sha265' is not known"),
        (f"[[key]]\nname = 'a'\nsha256 = '{'0' * 64}'", "rooms must be"),
        (f"[[key]]\nname = 'a'\nsha256 = '{'0' * 64}'\nrooms = ['a']\nroles = ['root']", "roles must be"),
        (f"[[key]]\nname = 'a'\nsha256 = '{'0' * 64}'\nrooms = ['a']\nroles = ['watch']\nexpires = 2027-01-01", "zone"),
        ("not toml", "is not TOML"),
    ],
)
def test_a_file_of_static_keys_that_is_wrong_is_one_sentence(keys: Keys, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        keys.ring(api_keys=keys.write("api.toml", text.encode()))


def test_two_static_keys_of_one_name_are_refused(keys: Keys) -> None:
    path = api_file(keys)[1]
    path.write_text(path.read_text() * 2)
    with pytest.raises(ConfigError, match="two keys of the name roof"):
        keys.ring(api_keys=path)
