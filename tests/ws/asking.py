"""Plain HTTP to a server of :mod:`tests.ws.support`."""

from __future__ import annotations

import json
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol

from tests.web.support import Answer, Raw, head, parse
from tests.ws.support import Server

__all__ = ["asked", "posted", "scraped"]


async def asked(server: Server, path: str, *lines: str, method: str = "GET", body: bytes = b"") -> Answer:
    """One request on a connection of its own."""
    raw: Raw = await connectProtocol(TCP4ClientEndpoint(server.reactor, "127.0.0.1", server.port), Raw())
    host = () if any(line.startswith("Host:") for line in lines) else (f"Host: 127.0.0.1:{server.port}",)
    raw.write(head(path, *host, "Connection: close", *lines, method=method) + body)
    await raw.lost
    return parse(raw.data)


async def posted(server: Server, path: str, said: Any, *lines: str, kind: str = "application/json") -> Answer:
    """One POST of JSON."""
    body = json.dumps(said).encode()
    return await asked(
        server, path, f"Content-Type: {kind}", f"Content-Length: {len(body)}", *lines, method="POST", body=body
    )


async def scraped(server: Server) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of ``/metrics`` by its name and labels."""
    answer = await asked(server, "/metrics")
    assert answer.status == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }
