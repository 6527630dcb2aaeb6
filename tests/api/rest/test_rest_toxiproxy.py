"""The fault proxies of a served run, driven as Toxiproxy's clients do; what they do is chaos like any other."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.serving.server_process import Got, Server

FLEET = """version: 1
name: proxied
fleet: [{name: cpu, kind: cpu, count: 2}]
sinks: [{kind: kafka, format: json, options: {payload: frame}}]
proxies: [kafka]
"""
BASE = "/v1/toxiproxy"
MQTT_LESS = {"kafka"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("toxiproxy")
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    with Server(folder, "--scenario", "fleet.yaml", "--port", "0", "--state", "state") as running:
        yield running.ready()


@pytest.fixture(autouse=True)
def well(server: Server) -> Iterator[None]:
    yield
    assert server.ask(f"{BASE}/reset", "POST").status == 204
    assert server.ask("/v1/chaos").json["held"] == []


def toxic(server: Server, **body: Any) -> Got:
    return server.ask(f"{BASE}/proxies/kafka/toxics", "POST", body)


def kafka(server: Server) -> Any:
    return server.ask(f"{BASE}/proxies").json["kafka"]


def test_proxies_are_shown_as_toxiproxy_shows_them(server: Server) -> None:
    assert server.ask(f"{BASE}/version").json == {"version": "2.12.0"}
    found = server.ask(f"{BASE}/proxies").json
    assert found.keys() == MQTT_LESS
    shown = found["kafka"]
    assert (shown["name"], shown["enabled"], shown["toxics"]) == ("kafka", True, [])
    assert shown == server.ask(f"{BASE}/proxies/kafka").json
    host, _, port = shown["listen"].rpartition(":")
    socket.create_connection((host, int(port)), 5).close()


def test_a_toxic_is_added_felt_changed_and_removed(server: Server) -> None:
    added = toxic(server, type="latency", attributes={"latency": 700})
    wanted = {
        "name": "latency_downstream",
        "type": "latency",
        "stream": "downstream",
        "toxicity": 1.0,
        "attributes": {"latency": 700.0, "jitter": 0.0},
    }
    assert (added.status, added.json) == (200, wanted)
    assert kafka(server)["toxics"] == [wanted]
    (held,) = server.ask("/v1/chaos").json["held"]
    assert (held["target"], held["detail"]) == ("kafka", "latency")
    assert toxic(server, type="latency", stream="upstream").status == 409
    path = f"{BASE}/proxies/kafka/toxics/latency_downstream"
    changed = server.ask(path, "PATCH", {"attributes": {"latency": 300}, "toxicity": 0.5})
    assert (changed.json["attributes"], changed.json["toxicity"]) == ({"latency": 300.0, "jitter": 0.0}, 0.5)
    assert server.ask(path, "DELETE").status == 204
    assert server.ask(path).status == 404
    assert kafka(server)["toxics"] == []


def test_a_proxy_that_is_disabled_lets_nobody_in(server: Server) -> None:
    host, _, port = kafka(server)["listen"].rpartition(":")
    off = server.ask(f"{BASE}/proxies/kafka", "POST", {"enabled": False})
    assert (off.status, off.json["enabled"]) == (200, False)

    def refused() -> bool:
        try:
            socket.create_connection((host, int(port)), 5).close()
        except ConnectionRefusedError:
            return True
        time.sleep(0.02)
        return False

    server.until(refused)
    assert server.ask(f"{BASE}/proxies/kafka", "PATCH", {"enabled": True, "name": "kafka"}).json["enabled"]
    server.until(lambda: not refused())


@pytest.mark.parametrize("kind", ["bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"])
def test_every_type_has_its_numbers_under_toxiproxys_names(kind: str, server: Server) -> None:
    added = toxic(server, type=kind, stream="both", toxicity=0.25).json
    numbers = {name: value + 1 for name, value in added["attributes"].items()}
    changed = server.ask(f"{BASE}/proxies/kafka/toxics/{kind}_both", "POST", {"attributes": numbers}).json
    assert changed["attributes"] == numbers
    assert changed["toxicity"] == 0.25


def test_an_abort_ends_toxics_too_and_mistakes_are_named(server: Server) -> None:
    toxic(server, type="timeout", attributes={"timeout": 0})
    assert server.ask("/v1/chaos/abort", "POST").status == 200
    assert kafka(server)["toxics"] == []
    for body, words in (
        ({"type": "latency", "attributes": {"lat": 5}}, "a toxic of the type latency has latency, jitter"),
        ({"type": "latency", "name": "mine"}, "latency_downstream"),
    ):
        got = toxic(server, **body)
        assert (got.status, words in got.json["detail"]) == (409, True), got
    assert toxic(server, type="latency", attributes={"latency": -1}).status in (409, 422)
    assert server.ask(f"{BASE}/proxies/kafka", "POST", {"enabled": True, "listen": "0.0.0.0:1"}).status == 409
    assert server.ask(f"{BASE}/proxies/nobody").status == 404
    assert server.ask(f"{BASE}/proxies", "POST", {}).status == 405


def test_a_dose_that_is_refused_leaves_the_toxic_as_it_was(server: Server) -> None:
    before = toxic(server, type="latency", attributes={"latency": 200}).json
    path = f"{BASE}/proxies/kafka/toxics/latency_downstream"
    for wrong in ({"latency": -1}, {"latency": 1e12}):
        refused = server.ask(path, "PATCH", {"attributes": wrong})
        assert refused.status == 409, refused
        assert kafka(server)["toxics"] == [before]
    assert server.ask(path, "DELETE").status == 204
