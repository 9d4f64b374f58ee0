"""A receiver of our own on a real socket: it sends what it was given, as fast as the other side takes it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["deliver", "deliver_paced", "free_port", "receiver"]


def free_port() -> int:
    """A TCP port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def deliver(port: int, data: bytes, seconds: float = 60.0) -> None:
    """Dial a port and send, then close in order: all of it is on its way when this returns.

    :param seconds: how long the other side may take none of it.
    """
    with socket.create_connection(("127.0.0.1", port), seconds) as connection:
        connection.sendall(data)


def deliver_paced(port: int, messages: Sequence[bytes], rate: float) -> None:
    """Dial a port and send messages at an even rate, so many a second."""
    began, sent = time.monotonic(), 0
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        while sent < len(messages):
            due = min(len(messages), int((time.monotonic() - began) * rate) + 1)
            connection.sendall(b"".join(messages[sent:due]))
            sent = due
            time.sleep(0.01)


@contextmanager
def receiver(data: bytes, times: int = 1, seconds: float = 60.0) -> Iterator[int]:
    """A port that sends to whoever connects first, and keeps that connection until the block ends."""
    over = threading.Event()

    def send(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(seconds)
            for _ in range(times):
                connection.sendall(data)
            over.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(seconds)
        sender = threading.Thread(target=send, args=(listener,), daemon=True)
        sender.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            sender.join(seconds)
