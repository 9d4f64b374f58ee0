"""The pauses before a client comes back are the same in programs and on the page."""

from __future__ import annotations

import re
from random import Random

from flighttap.client.link import SETTLED, Backoff
from tests.needs import REPOSITORY

NET = REPOSITORY / "flighttap" / "web" / "static" / "js" / "net"


def constant(file: str, name: str) -> float:
    (found,) = re.findall(rf"^(?:export )?const {name} = (\d+);.*$", (NET / file).read_text(), re.MULTILINE)
    return float(found) / 1000


def test_the_page_waits_as_the_client_does() -> None:
    backoff = Backoff()
    assert (constant("backoff.js", "FIRST_MS"), constant("backoff.js", "LONGEST_MS")) == (backoff.first, backoff.most)
    assert constant("connection.js", "SETTLED_MS") == SETTLED


def test_a_thousand_clients_that_lost_the_same_server_come_back_all_over_the_time_they_have() -> None:
    random = Random(1).random
    for failures, bound in enumerate((1, 2, 4, 8, 16, 30, 30)):
        tenths = [0] * 10
        for _ in range(1000):
            tenths[int(10 * Backoff().pause(failures, random) / bound)] += 1
        assert min(tenths) > 60
