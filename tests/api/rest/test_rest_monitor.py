"""Simulated CPUs read by programs that read real ones."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from librehardwaremonitor_api import LibreHardwareMonitorClient
from librehardwaremonitor_api.parser import LibreHardwareMonitorParser

from api.access.keys import MemoryKeys, new_key
from api.models.monitor import MonitorNode
from api.roles import Role
from engine.hardware.emulation import CULTURES, VERSIONS
from engine.hardware.monitor import six_of
from engine.hardware.tree import read_tree
from tests.actors.sources.test_host_device import live
from tests.api.rest.house import House, house
from tests.api.serving.server_process import Server

SERVED = """
version: 1
name: served
fleet: [{name: cpu, kind: cpu, model: 65w, count: 2, interval: 1s}, {name: chip, kind: cpu, model: chiplet}]
sinks: [{kind: "null"}]
"""


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as made:
        yield made


@pytest.mark.parametrize("culture", CULTURES)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_tree_of_a_device_shows_its_readings(home: House, version: str, culture: str) -> None:
    path = f"/devices/cpu-0001/data.json?version={version}&culture={culture}"
    tree = home.get(path)
    MonitorNode.model_validate(tree)
    seen = six_of(read_tree(json.dumps(tree).encode()))
    said = home.get("/v1/devices/cpu-0001")["readings"]
    assert seen.temperature_c == pytest.approx(said["temperature"], abs=0.051)
    assert seen.power_w == pytest.approx(said["power"], abs=0.051)
    assert seen.load_percent == pytest.approx(said["load"], abs=0.051)
    assert seen.voltage_v == pytest.approx(said["voltage"], abs=0.00051)
    assert seen.clock_ghz == pytest.approx(said["clock"], abs=0.000051)
    assert seen.fan_rpm is not None
    assert seen.fan_rpm * 0.02 == pytest.approx(said["fan"], abs=1e-9)


def test_least_and_most_count_from_the_first_look() -> None:
    with house() as home:
        heights = []
        for _ in range(12):
            found = LibreHardwareMonitorParser().parse_data(home.get("/devices/cpu-0002/data.json?version=0.9.7"))
            package = found.sensor_data["intelcpu-0-power-0"]
            heights.append(float(package.value or "nan"))
            home.live(7)
        assert len(set(heights)) > 3
        assert float(package.min or "nan") == min(heights)
        assert float(package.max or "nan") == max(heights)


def test_the_tree_of_the_fleet_has_every_cpu_and_no_other_device(home: House) -> None:
    found = LibreHardwareMonitorParser().parse_data(home.get("/data.json"))
    assert {name for name in found.main_device_ids_and_names.values() if "board" not in name} == {
        "cpu-0001 (65w)",
        "cpu-0002 (65w)",
    }
    assert len(home.get("/data.json?limit=1")["Children"][0]["Children"]) == 2
    assert home.get("/data.json?group=pi")["Children"][0]["Children"] == []


def test_what_has_no_monitor_is_not_found(home: House) -> None:
    for device in ("pi-0001", "none"):
        result = home.call("GET", f"/devices/{device}/data.json")
        assert (result.status_code, result.json["status"]) == (404, 404)
    for wrong in ("version=0.9.5", "culture=fr", "limit=1", "x=1"):
        result = home.call("GET", f"/devices/cpu-0001/data.json?{wrong}")
        assert result.status_code == 422
        assert result.json["errors"][0]["path"].startswith("query.")


def test_a_program_that_knows_passwords_only_sends_a_key_as_one() -> None:
    secret, record = new_key("grafana", Role.READ, 0)
    with house(keys=MemoryKeys((record,))) as home:

        def status(credentials: str) -> int:
            header = b64encode(credentials.encode()).decode()
            return home.call("GET", "/data.json", Authorization=f"Basic {header}").status_code

        assert status(f"anybody:{secret}") == 200
        for wrong in (f"anybody:{secret}x", f"{secret}:", secret, "", ":", f"{secret}:{secret[:-1]}"):
            assert status(wrong) == 401
        for nonsense in ("Basic", "Basic ====", "Basic \xff", f"Basic {secret}", f"Digest {secret}"):
            assert home.call("GET", "/data.json", Authorization=nonsense).status_code == 401


def test_a_client_of_others_and_a_host_device_read_a_served_fleet(tmp_path: Path) -> None:
    (tmp_path / "served.yaml").write_text(SERVED, encoding="utf-8")
    with Server(tmp_path, "--scenario", "served.yaml", "--port", "0").ready() as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        server.until(lambda: server.ask("/v1/devices/cpu-0001").json["sequence"])
        found = asyncio.run(LibreHardwareMonitorClient(host, int(port)).get_data())
        assert found.computer_name == "served"
        assert len(found.main_device_ids_and_names) >= 3
        assert found.sensor_data["amdcpu-0-temperature-2"].unit == "°C"
        living = live(f"url: '{server.url}/devices/cpu-0001/data.json'")
        living.until(lambda: None not in living.newest() and len(living.newest()) == 6)
        summary = living.end()
        assert summary.frames
