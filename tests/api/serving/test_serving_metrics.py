"""Metrics and probes of a running server; the Grafana dashboard asks for nothing that there is not."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from tests.api.serving.server_process import Server

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.timeout(180)
SCENARIO = """\
version: 1
name: measured
pace: 20
fleet:
  - {name: pi, kind: raspberry-pi, count: 200, interval: 500ms}
sinks:
  - {kind: mqtt, truth: true, format: json, options: {host: 127.0.0.1, port: 9, payload: frame}}
  - {kind: "null", name: nowhere}
timeline:
  - {at: 1s, do: crash, on: {count: 1}}
"""
ENDINGS = ("_total", "_created", "_bucket", "_sum", "_count", "_info", "_run")
NAME = re.compile(r"\b(?:data_simulator|process)_[a-z0-9_]+")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("measured")
    (folder / "measured.yaml").write_text(SCENARIO, encoding="utf-8")
    arguments = ("--scenario", "measured.yaml", "--port", "0", "--state", "st", "--kernels", "interpreted")
    with Server(folder, *arguments) as running:
        yield running.ready()


def samples(server: Server) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Every sample of a scrape by its name."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in parse(server.ask("/metrics").body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_a_scrape_is_right_and_has_no_series_for_each_device(server: Server) -> None:
    server.until(lambda: samples(server).get("data_simulator_restarts_total", [({}, 0)])[0][1])
    found = samples(server)
    assert sum(value for _, value in found["data_simulator_devices"]) == 200
    records = {
        (labels["sink"], labels["what"], labels["outcome"]): value
        for labels, value in found["data_simulator_sink_records_total"]
    }
    queued = {(labels["sink"], labels["what"]): value for labels, value in found["data_simulator_sink_queued"]}
    assert records["nowhere", "frame", "acked"] > 0
    assert records["mqtt", "frame", "acked"] == 0 < queued["mqtt", "frame"]
    by_sink = {labels["sink"]: value for labels, value in found["data_simulator_sink_down"]}
    assert by_sink == {"mqtt": 1.0, "nowhere": 0.0}
    assert found["data_simulator_sink_spool_bytes"][0][1] > 10_000
    assert found["data_simulator_sink_spool_rows"][0][1] > 0
    oldest = {labels["sink"]: value for labels, value in found["data_simulator_sink_oldest_seconds"]}
    assert oldest["mqtt"] > 1
    assert found["process_resident_memory_bytes"][0][1] > 10_000_000
    assert sum(map(len, found.values())) < 200, "as many series as there are words, not as there are devices"


def test_counters_go_on(server: Server) -> None:
    before = samples(server)
    server.until(lambda: samples(server)["data_simulator_readings_total"] > before["data_simulator_readings_total"])
    after = samples(server)
    for name in ("process_cpu_seconds_total", "data_simulator_frames_total", "data_simulator_simulated_seconds"):
        assert after[name][0][1] > before[name][0][1]
    answered = {
        (labels["method"], labels["status"]): value for labels, value in after["data_simulator_http_requests_total"]
    }
    assert answered["GET", "2xx"] >= 2


def test_the_dashboard_asks_for_nothing_that_there_is_not(server: Server) -> None:
    document = json.loads((ROOT / "deploy/grafana/data-simulator.json").read_text(encoding="utf-8"))
    asked = {
        name for panel in document["panels"] for target in panel["targets"] for name in NAME.findall(target["expr"])
    }
    assert len(asked) > 25
    families = {
        name
        for family in parse(server.ask("/metrics").body.decode())
        for name in (family.name, f"{family.name}_total", *(sample.name for sample in family.samples))
    }
    assert not asked - families
    page = set(NAME.findall((ROOT / "docs/server.md").read_text(encoding="utf-8")))
    assert not page - families - {"data_simulator_dead_letters_total"}, "as the page says"
    ours = {name for name in families if name.startswith("data_simulator_") and not name.endswith(ENDINGS)}
    assert not {name for name in ours if name not in page and f"{name}_total" not in page}, "all are on the page"
    places = [tuple(panel["gridPos"][key] for key in ("x", "y")) for panel in document["panels"]]
    assert len(set(places)) == len(places)
    assert {panel["datasource"]["uid"] for panel in document["panels"]} == {"prometheus"}


def test_probes_name_their_checks_and_a_broker_that_is_down_is_only_a_note(server: Server) -> None:
    server.until(lambda: b"sink mqtt" in server.ask("/readyz?verbose").body)
    ready = server.ask("/readyz?verbose")
    assert ready.status == 200
    lines = ready.body.decode().splitlines()
    assert lines[-1] == "readyz check passed"
    assert [line.split()[0] for line in lines if line.startswith("[+]")] == [
        f"[+]{check}" for check in ("ping", "scheduler", "run", "draining", "state", "spool", "zombies")
    ]
    assert server.ask("/readyz").body == b"ok"
    assert server.ask("/livez?verbose").body.decode().splitlines()[-1] == "livez check passed"
    assert server.ask("/readyz/spool").body == b"ok"
    missing = server.ask("/readyz/nothing")
    assert missing.status == 404
    assert "spool" in missing.json["detail"]


def test_a_fleet_that_hangs_is_not_alive_and_a_full_disk_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    from api import probes
    from api.host import Host, HostState

    host = Host()
    host.state = HostState.RUNNING
    host.pulse.felt()
    assert not any(probes.look(probes.LIVE, host).values())
    monkeypatch.setattr(host.pulse, "_felt_ns", host.pulse._felt_ns - 6 * 10**9)
    assert "no answer for 6 s" in probes.look(probes.LIVE, host)["scheduler"]
    host.pulse.zombies = 9
    assert "9 threads" in probes.look(probes.READY, host)["zombies"]
    host.closing.set()
    assert probes.look(probes.READY, host)["draining"]
    host.state = HostState.FAILED
    assert probes.look(probes.LIVE, host)["scheduler"] == "the run has failed"


def test_a_disk_that_is_nearly_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from actors.state_folder import StateFolder
    from api import probes
    from api.host import Host

    host = Host()
    host.folder = StateFolder(tmp_path / "st")
    assert probes.state(host) == ""
    usage = shutil.disk_usage(tmp_path)
    full = usage._replace(free=usage.total // 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    assert "1.0% of the disk is free" in probes.state(host)
    host.folder.release()
