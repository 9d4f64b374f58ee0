"""The channel under random bytes: nothing escapes, and how bytes are cut into reads changes nothing."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet import address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.server import Request

from flighttap.web.answers import SECURITY_HEADERS, Node, send
from flighttap.web.hardening import HardenedSite

PIECES = [
    b"GET /a HTTP/1.1\r\n",
    b"GET /a HTTP/1.0\r\n",
    b"POST /a HTTP/1.1\r\n",
    b"HEAD /a HTTP/1.1\r\n",
    b"Host: x\r\n",
    b"Host: x\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 101\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"X: a\x85b\r\n",
    b"\r\n",
    b"\r\n",
    b"5\r\nhello\r\n",
    b"60\r\n" + b"y" * 0x60 + b"\r\n",
    b"0\r\n\r\n",
    b"hello",
    b"\x00\xff\r",
    b"\n",
    b" folded\r\n",
]

requests = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=14).map(b"".join)


class Echo(Node):
    isLeaf = True

    def render_GET(self, request: Request) -> int:
        return send(request, 200, b"text/plain", b"ok")

    def render_POST(self, request: Request) -> int:
        content = request.content
        assert content is not None
        return send(request, 200, b"text/plain", bytes(content.read()))


def answers_to(pieces: list[bytes]) -> bytes:
    """Everything that the channel writes, dates left out; checks what holds for every conversation."""
    clock = Clock()
    peer = address.IPv4Address("TCP", "192.0.2.7", 4000)
    site = HardenedSite(Echo(), reactor=clock, header_deadline=5, body_cap=100, connections_per_address=1)
    channel = site.buildProtocol(peer)
    transport = StringTransport(peerAddress=peer)
    channel.makeConnection(transport)
    for piece in pieces:
        if not transport.disconnecting:
            channel.dataReceived(piece)
    written = transport.value()
    for seconds in (5, 30, 60):
        if not transport.disconnecting:
            clock.advance(seconds)
    assert transport.disconnecting
    channel.connectionLost()
    assert clock.getDelayedCalls() == []
    assert site.cap.counts == {}
    answered = len(re.findall(rb"HTTP/1\.[01] (?!100 )\d\d\d ", written))
    for name, _ in SECURITY_HEADERS:
        assert written.count(b"\r\n" + name + b": ") == answered
    return re.sub(rb"Date: [^\r]*", b"Date: -", written)


@settings(deadline=None, max_examples=150)
@given(requests, st.lists(st.integers(0, 200), max_size=6))
def test_how_bytes_are_cut_into_reads_changes_nothing(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    cut = [data[start:end] for start, end in pairwise(edges) if start < end]
    assert answers_to(cut) == answers_to([data])
    assert answers_to([data[i : i + 1] for i in range(len(data))]) == answers_to([data])
