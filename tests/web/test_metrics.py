"""``/metrics`` and ``/readyz``: who may ask, what they get, and a dashboard that asks for nothing that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from flighttap.access.access import Access
from flighttap.rooms.policy import Limits, RoomRules
from flighttap.web.metrics import MetricsResource
from flighttap.web.operator import Door
from tests.needs import REPOSITORY
from tests.web.support import Served, Spec, hear, new_hub, serve_rooms, upgraded

DASHBOARD = json.loads((REPOSITORY / "docs" / "grafana.json").read_text())


async def test_metrics_come_in_either_format_that_prometheus_asks_for(served: Served) -> None:
    hear(served, "4ca7b5")
    plain = await served.ask("/metrics")
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    asked = await served.ask("/metrics", Accept="application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1")
    assert asked.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    for read, answer in ((text_format, plain), (open_metrics, asked)):
        samples = {s.name: s for family in read(answer.body.decode()) for s in family.samples}
        assert samples["flighttap_aircraft"].value == 1
        assert samples["flighttap_feed_observations_total"].value == 1
        assert samples["process_resident_memory_bytes"].value > 1 << 20


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
async def test_metrics_are_for_this_machine_alone(served: Served, header: str) -> None:
    refused = await served.ask("/metrics", **{header: "192.0.2.1"})
    assert refused.status == 403
    assert b"flighttap_" not in refused.body
    assert (await served.ask("/metrics", host="hub.example.org")).status == 403


async def test_only_rooms_of_the_operators_have_labels_of_their_own(served: Served) -> None:
    hub = served.hub
    hub.declare("declared", RoomRules())
    hub.add_feed(Spec(rooms=("fed",)))
    for number in range(300):
        hub.enter(f"anybodys{number}")
    families = text_format((await served.ask("/metrics")).body.decode())
    rooms = {sample.labels["room"] for family in families for sample in family.samples if "room" in sample.labels}
    assert rooms == {"declared", "fed", "(others)"}


async def test_a_peer_cannot_make_series_with_close_codes_of_its_own(served: Served) -> None:
    for code in range(3000, 5000):
        served.hub.meter.closes["peer", code] += 1
    families = text_format((await served.ask("/metrics")).body.decode())
    closes = {
        s.labels["code"]: s.value for family in families for s in family.samples if s.name.endswith("closes_total")
    }
    assert len(closes) == 14
    assert sum(closes.values()) == 2000
    assert closes["other"] == 2000 - 13


async def test_connections_over_the_cap_are_counted(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(connections_per_address=2))
    raws = [await served.connect() for _ in range(3)]
    await raws[2].lost
    await raws[1].drop()
    families = text_format((await served.ask("/metrics")).body.decode())
    assert [s.value for family in families for s in family.samples if s.name == "flighttap_capped_total"] == [1]


async def test_ready_is_said_only_while_people_are_let_in(serve: Callable[..., Served]) -> None:
    served = serve_rooms(serve, Limits())
    starting = await served.ask("/readyz")
    assert (starting.status, starting.body) == (503, b"starting\n")
    served.hub.start()
    served.hub.add_feed(Spec()).state_changed("down")
    assert (await served.ask("/readyz")).body == b"ready\n"
    raw = await upgraded(served)
    served.hub.crowd.stopping = True  # type: ignore[misc]
    draining = await served.ask("/readyz", X_Forwarded_For="192.0.2.1")
    assert (draining.status, draining.body, draining.headers["retry-after"]) == (503, b"draining\n", "5")
    assert (await served.ask("/healthz")).body == b"ok\n"
    await raw.drop()


# ---- the dashboard


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (variable["query"]["query"] for variable in DASHBOARD["templating"]["list"])


@pytest.fixture
def families() -> dict[str, Any]:
    """What is really served, name of a sample to its family."""
    hub = new_hub(Limits())
    resource = MetricsResource(hub, Door(Access(hub.rules_of)), lambda: 0)
    collected = list(resource.registry.collect())
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {family.name + suffix: family for family in collected for suffix in suffixes[family.type]}


def test_the_dashboard_asks_for_metrics_that_are_served(families: dict[str, Any]) -> None:
    named = {name for each in expressions() for name in re.findall(r"\b(?:flighttap|process)_\w+", each)}
    assert named <= families.keys()
    assert len(named) > 25, "the dashboard shows most of what there is"


def test_the_dashboard_takes_rates_of_counters_and_of_nothing_else(families: dict[str, Any]) -> None:
    for each in expressions():
        for before, name in re.findall(r"(rate\()?\b((?:flighttap|process)_\w+)\{", each):
            grows = families[name].type in ("counter", "histogram")
            assert bool(before) == (grows and name != "flighttap_info"), each


def test_the_dashboard_groups_and_chooses_by_labels_that_are_there(families: dict[str, Any]) -> None:
    of_prometheus = {"job", "instance"}
    for each in expressions():
        (name, *_) = re.findall(r"\b(?:flighttap|process)_\w+", each)
        known = {*families[name]._labelnames, *of_prometheus} if name.startswith("flighttap") else of_prometheus
        known |= {"le"} if name.endswith("_bucket") else set()
        grouped = {label for group in re.findall(r"by \((.*?)\)", each) for label in group.split(", ")}
        chosen = set(re.findall(r"(\w+)=~?\"", each))
        assert grouped | chosen <= known, each


def test_the_dashboard_s_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
