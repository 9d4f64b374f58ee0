"""What a real server does on SIGHUP and on a second SIGTERM."""

from __future__ import annotations

import os
import pty
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.certificates import certificate, trusting
from tests.daemon import LISTEN, Server, running, until
from tests.needs import need_script

pytestmark = pytest.mark.slow

WHERE = "ssl:0:interface=127.0.0.1:privateKey=key.pem:certKey=cert.pem"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the server is started; it runs elsewhere, as under systemd."""
    (tmp_path / "elsewhere").mkdir()
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    certificate(folder)
    with running(listen=WHERE, twistd=("-n", "--pidfile=", "--rundir=elsewhere"), cwd=folder) as server:
        yield server


def presented(server: Server) -> bytes:
    """The certificate that a new connection is shown, DER."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain, blind.wrap_socket(plain) as secure:
        shown = secure.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def hang_up(server: Server, said: str) -> list[str]:
    """Send SIGHUP; gives what was logged of it, once this has been said."""
    before = len(server.output)
    server.process.send_signal(signal.SIGHUP)
    until(lambda: any(said in line for line in server.output[before:]), f"it says {said!r}")
    return [line for line in server.output[before:] if "certificate" in line]


def echoes(watcher: ClientConnection, text: str) -> bool:
    watcher.send(text)
    return text in str(watcher.recv(5))


def test_sighup_exchanges_the_certificate_and_drops_no_connection(folder: Path, server: Server):
    first = presented(server)
    trust = trusting(folder)
    with connect(server.room("a").replace("ws:", "wss:"), ssl=trust, server_hostname="localhost") as watcher:
        assert echoes(watcher, '{"id":"before"}')
        second = certificate(folder)
        assert presented(server) == first != second
        assert len(hang_up(server, "was read again")) == 1
        assert presented(server) == second
        assert echoes(watcher, '{"id":"after"}')
        trust = trusting(folder)
        with connect(server.room("a").replace("ws:", "wss:"), ssl=trust, server_hostname="localhost") as other:
            assert echoes(other, '{"id":"other"}')
            assert "other" in str(watcher.recv(5))


def test_a_file_that_cannot_be_used_keeps_the_old_certificate_and_is_one_clear_line(folder: Path, server: Server):
    first = presented(server)
    key = (folder / "key.pem").read_bytes()
    certificate(folder)
    (folder / "key.pem").write_bytes(key)  # of the certificate before
    lines = [*hang_up(server, "stays as it was")]
    (folder / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n")
    lines += hang_up(server, "stays as it was")
    (folder / "cert.pem").unlink()
    lines += hang_up(server, "cert.pem: No such file")
    assert len(lines) == 3
    assert all(line.endswith(".") and str(folder) in line for line in lines)
    assert "Traceback" not in "\n".join(server.output)
    assert presented(server) == first


def test_sighup_without_a_certificate_ends_nothing(folder: Path):
    with running(cwd=folder) as server, connect(server.room("a")) as watcher:
        server.process.send_signal(signal.SIGHUP)
        assert echoes(watcher, '{"id":"after"}')


def test_a_terminal_that_is_closed_takes_the_server_in_its_foreground_along(folder: Path):
    master, slave = pty.openpty()
    command = [need_script("twistd"), "-n", "--pidfile=", "--logfile=server.log"]
    process = subprocess.Popen(
        [*command, "flighttap", "--listen", LISTEN], stdin=slave, stdout=slave, stderr=slave, cwd=folder
    )
    os.close(slave)
    try:
        assert b"Open http" in os.read(master, 100)
        log = folder / "server.log"
        until(lambda: log.exists() and "starting up" in log.read_text(), "it runs")
        process.send_signal(signal.SIGHUP)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait(10)
        os.close(master)
    assert "Server Shut Down" in log.read_text()


def test_a_second_sigterm_waits_for_nobody(folder: Path):
    with running(cwd=folder) as server, socket.create_connection(("127.0.0.1", server.port)) as deaf:
        deaf.sendall(
            b"GET /ws/tracker/a/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b"101" in deaf.recv(100)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: any("Port" in line and "Closed" in line for line in server.output), "it stops listening")
        assert server.stop() < 1.5  # for a peer that does not answer the close frame it would wait two seconds
        assert server.process.returncode == -signal.SIGTERM
        assert any("waiting for nobody" in line for line in server.output)
        assert "Traceback" not in "\n".join(server.output)
