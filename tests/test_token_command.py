"""``python -m flighttap token``: keys and tokens that a server takes, and one sentence for every mistake."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from flighttap.__main__ import main
from flighttap.access.keyring import KeyFiles, Keyring

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: Capture, *words: str) -> str:
    assert main(["token", *words]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out.strip()


@pytest.mark.parametrize(("option", "checked"), [((), "hub.key"), (("--pair",), "hub.key.pub")])
def test_a_key_made_here_makes_tokens_that_a_server_takes(capsys: Capture, option: tuple[str], checked: str) -> None:
    told = run(capsys, "key", *option, "hub.key")
    assert Path("hub.key").read_text().strip() not in told
    assert Path("hub.key").stat().st_mode & 0o777 == 0o600
    words = ("--rooms", "club,club-*", "--roles", "watch,publish", "--for", "2h", "--rate", "5", "--flights", "9")
    token = run(capsys, "make", "--key", "hub.key", *words, "--subject", "Ana", "--audience", "us")
    grant = Keyring(KeyFiles((Path(checked),), audience="us"), time.time)(token)
    assert (grant.subject, grant.rooms, grant.roles) == ("Ana", ("club", "club-*"), {"watch", "publish"})
    assert (grant.rate, grant.flights) == (5.0, 9)
    assert grant.expires == pytest.approx(time.time() + 7200, abs=60)


def test_a_token_can_begin_later_and_be_a_link(capsys: Capture) -> None:
    run(capsys, "key", "hub.key")
    page = "https://hub.example/tracker/club"
    link = run(
        capsys, "make", "-k", "hub.key", "--rooms", "club", "--from", "2040-05-01T08:00Z", "--for", "1d", "--link", page
    )
    address, _, token = link.partition("#token=")
    assert address == page
    told = run(capsys, "show", "--key", "hub.key", token)
    assert "from     2040-05-01 08:00:00Z" in told
    assert "until    2040-05-02 08:00:00Z" in told
    assert "made by  this key" in told


def test_a_token_is_looked_into_and_never_repeated(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    run(capsys, "key", "hub.key")
    run(capsys, "key", "other.key")
    token = run(capsys, "make", "-k", "hub.key", "--rooms", "*", "--subject", "Ana\x1b[31m")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"https://hub.example/tracker/x#token={token}\n"))
    told = run(capsys, "show")
    assert "kind     HS256" in told
    assert "rooms    *" in told
    assert "roles    watch" in told
    assert "\x1b" not in told
    assert token not in told
    assert main(["token", "show", "-k", "other.key", token]) == 1
    assert "another key than this" in capsys.readouterr().out
    assert main(["token", "show", "no.token.atall"]) == 2
    assert capsys.readouterr().err == "flighttap: That is no token.\n"


def test_a_static_key_is_added_to_its_file_as_a_hash(capsys: Capture) -> None:
    words = ("--rooms", "home", "--roles", "publish")
    roof = run(capsys, "apikey", "--name", "roof", *words, "--rate", "5", "--for", "1y", "keys.toml")
    barn = run(capsys, "apikey", "--name", "barn", *words, "keys.toml")
    ring = Keyring(KeyFiles(api_keys=Path("keys.toml")), time.time)
    assert (ring(roof).subject, ring(roof).rate) == ("roof", 5.0)
    assert (ring(barn).subject, ring(barn).expires) == ("barn", None)
    assert roof.removeprefix("ft_roof_") not in Path("keys.toml").read_text()
    assert main(["token", "apikey", "--name", "roof", *words, "keys.toml"]) == 2
    assert "has a key roof already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Say what to do: token key, token make, token show or token apikey."),
        (("key",), "Give one file, after the options."),
        (("key", "there"), "there is there already: choose another name, or remove it."),
        (("key", "no/such/folder"), "no/such/folder cannot be written: No such file or directory."),
        (("make", "--rooms", "a"), "Say which key makes it: --key FILE;"),
        (("make", "--key", "there"), "Say which rooms it is for: --rooms club, or --rooms '*' for all."),
        (("make", "--key", "there", "--rooms", "a"), "there holds no key: make one with"),
        (("make", "--key", "gone", "--rooms", "a"), "gone cannot be read: No such file or directory."),
        (("make", "--key", "x", "--rooms", "a b"), "--rooms must be a list of room names, in which"),
        (("make", "--key", "x", "--rooms", "a", "--roles", "root"), "--roles must be a list of some of watch,"),
        (("make", "--key", "x", "--rooms", "a", "--rate", "fast"), "--rate must be a number, not 'fast'."),
        (("make", "--key", "x", "--rooms", "a", "--rate", "nan"), "--rate must be a number"),
        (("make", "--key", "x", "--rooms", "a", "--rate", "inf"), "--rate must be a number"),
        (("make", "--key", "x", "--rooms", "a", "--flights", "0"), "--flights must be a whole number, 1 or more."),
        (("make", "--key", "x", "--rooms", "a", "--for", "soon"), "--for must be a length of time such as"),
        (("make", "--key", "x", "--rooms", "a", "--for", "0d"), "--for must be a length of time such as"),
        (("make", "--key", "x", "--rooms", "a", "--from", "2040-05-01"), "--from must be a time with its zone"),
        (("make", "word"), "'word' belongs to no option."),
        (("show", "a", "b"), "Give one token."),
        (("apikey", "--rooms", "a", "there"), "Say what to call it: --name roof;"),
        (("apikey", "--name", "a_b", "--rooms", "a", "there"), "Say what to call it: --name roof;"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_status_2(
    folder: Path, capsys: Capture, words: tuple[str, ...], sentence: str
) -> None:
    (folder / "there").write_text("")
    assert main(["token", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"flighttap: {sentence}")
    assert told.err.count("\n") == 1
