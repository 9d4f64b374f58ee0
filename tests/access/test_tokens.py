"""Which tokens are taken, and which never are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.access.grant import Grant
from flighttap.errors import BadToken
from tests.access.keys import Keys, jwk_of, private_pem, rsa_key

NOW = 1_795_000_000.0


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"), lambda: NOW)


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA", "RS256"])
def test_a_token_of_each_kind_of_key_gives_what_it_says(keys: Keys, algorithm: str) -> None:
    token = keys.token(algorithm, rate=5, flights=3)
    grant = keys.ring()(token)
    assert grant == Grant(
        "ana", grant.identity, frozenset({"watch", "publish"}), ("club",), NOW + 600, rate=5.0, flights=3
    )
    assert grant.identity not in token
    assert grant.identity != keys.ring()(keys.token(algorithm)).identity


def test_every_forged_or_unfit_token_is_refused(keys: Keys) -> None:
    ring, outcomes = keys.ring(), {}
    for what, token in keys.forged().items():
        try:
            outcomes[what] = f"taken: {ring(token)}"
        except BadToken as refused:
            told = str(refused)
            outcomes[what] = "refused" if told.endswith(".") and (not token or token not in told) else told
    assert {what: outcome for what, outcome in outcomes.items() if outcome != "refused"} == {}


def test_what_is_wrong_with_a_token_is_said_where_its_owner_can_help_it(keys: Keys) -> None:
    forged, ring = keys.forged(), keys.ring()
    for what, words in {
        "expired": "has expired",
        "not yet": "not good yet",
        "another audience": "for another hub",
        "no audience": "for another hub",
        "no rooms": "rooms must be",
        "no expiry": "until when",
        "alg none": "not made by a key",
        "HS256 by the public RSA key": "not made by a key",
    }.items():
        with pytest.raises(BadToken, match=words):
            ring(forged[what])


def test_a_token_ends_to_the_second_and_begins_with_some_slack_for_clocks(keys: Keys) -> None:
    ring = keys.ring()
    assert ring(keys.token(exp=NOW + 0.5)).expires == NOW + 0.5
    with pytest.raises(BadToken, match="expired"):
        ring(keys.token(exp=NOW))
    assert ring(keys.token(nbf=NOW + 9)).subject == "ana"
    with pytest.raises(BadToken, match="not good yet"):
        ring(keys.token(nbf=NOW + 11))


def test_one_of_several_audiences_is_enough(keys: Keys) -> None:
    assert keys.ring()(keys.token(aud=["elsewhere", "flighttap"])).subject == "ana"
    assert keys.ring(audience="elsewhere")(keys.token(aud="elsewhere")).subject == "ana"


def test_a_set_of_keys_is_chosen_from_by_name_and_by_kind(tmp_path: Path) -> None:
    keys = Keys(tmp_path, lambda: NOW)
    keys.files = []
    entries: list[dict[str, Any]] = [
        json.loads(jwk_of(rsa_key(1))) | {"kid": "old", "alg": "RS256"},
        json.loads(jwk_of(keys.rsa)) | {"kid": "new"},
        json.loads(jwk_of(keys.ed25519)),
        {"kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg", "kid": "shared"},
        json.loads(jwk_of(rsa_key(2))) | {"use": "enc"},
        json.loads(jwk_of(rsa_key(3))) | {"alg": "RS512"},
    ]
    ring = keys.ring(jwks=keys.write("jwks.json", json.dumps({"keys": entries}).encode()))
    signed = lambda key, **headers: jwt.encode(keys.claims(), key, "RS256", headers=headers)  # noqa: E731
    for token in (
        signed(rsa_key(1), kid="old"),
        signed(rsa_key(1)),
        signed(keys.rsa, kid="new"),
        keys.token("EdDSA"),
    ):
        assert ring(token).subject == "ana"
    for token in (
        signed(rsa_key(1), kid="new"),
        signed(rsa_key(2)),
        signed(rsa_key(3)),
        jwt.encode(keys.claims(), b"x" * 32, "HS256", headers={"kid": "shared"}),
    ):
        with pytest.raises(BadToken):
            ring(token)


@given(text=st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,20}"))
def test_no_text_raises_anything_but_a_refusal(keys: Keys, text: str) -> None:
    for token in (text, f"ft_{text}"):
        with pytest.raises(BadToken):
            keys.ring()(token)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 5))
def test_a_token_with_a_character_changed_is_refused(keys: Keys, at: int, bit: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = keys.token()
    place = at % len(token)
    if token[place] == ".":
        return
    other = alphabet[alphabet.index(token[place]) ^ (1 << bit)]
    changed = token[:place] + other + token[place + 1 :]
    try:
        grant = keys.ring()(changed)
    except BadToken:
        return
    assert place == len(token) - 1, "only the bits that base64 does not use may be changed"
    assert grant.subject == "ana"


def test_a_private_key_is_no_key_for_the_server(keys: Keys) -> None:
    from flighttap.access.keys import read_key
    from flighttap.errors import ConfigError

    with pytest.raises(ConfigError, match="is a private key"):
        read_key(keys.write("ed.key", private_pem(keys.ed25519)))
