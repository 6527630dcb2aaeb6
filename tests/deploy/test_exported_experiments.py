"""Exported scenarios, run by the stock `chaos` command against really served fleets, as a newcomer would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

import scenarios
from actors.system import Simulation
from api.victims import victims
from schemas.events import FaultInjected
from tests.api.exporting.test_exported_posts import loaded
from tests.api.serving.server_process import PROGRAM, Server

CHAOS: Final = Path(sys.executable).with_name("chaos")
SHIPPED: Final = {"sensor-drift": "240", "crash-storm": "150", "poison-pill": "1"}
"""Scenarios, and the pace at which they are driven."""
KEY: Final = "dsk_" + "k" * 40


class Done(NamedTuple):
    """What became of an experiment."""

    journal: dict[str, Any]
    said: str
    entries: list[dict[str, Any]]
    """The fleet's journal afterwards, the newest first."""

    def met(self, when: str) -> bool | None:
        state = self.journal["steady_states"][when]
        return None if state is None else bool(state["steady_state_met"])

    def failed_probe(self, when: str) -> str:
        return str(self.journal["steady_states"][when]["probes"][-1]["activity"]["name"])


def exported(folder: Path, scenario: str, *options: str) -> str:
    command = [*PROGRAM, "export", scenario, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def chaos(folder: Path, *words: str, server: Server | None = None, key: str = "") -> tuple[int, str]:
    """The stock command; its exit code and what it said."""
    url = {} if server is None else {"DATA_SIMULATOR_URL": server.url, "DATA_SIMULATOR_KEY": key}
    command = [str(CHAOS), "--no-version-check", *words]
    environment = {**os.environ, "HOME": str(folder), **url}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    return done.returncode, done.stdout + done.stderr


def driven(folder: Path, scenario: str, server: Server, *options: str, key: str = "") -> Done:
    (folder / "experiment.json").write_text(exported(folder, scenario, *options), encoding="utf-8")
    code, said = chaos(folder, "validate", "experiment.json")
    assert code == 0, said
    code, said = chaos(folder, "run", "experiment.json", "--journal-path", "journal.json", server=server, key=key)
    journal = json.loads((folder / "journal.json").read_text(encoding="utf-8"))
    assert code == int(journal["deviated"]), said
    return Done(journal, said, entries(server, key))


def entries(server: Server, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        cursor = f"&cursor={page['next']}" if page["next"] else ""
        page = server.ask(f"/v1/journal?limit=500{cursor}", key=key or None).json
        found += page["items"]
    return found


def shipped(folder: Path, name: str) -> Done:
    folder.mkdir()
    options = ("--pace", SHIPPED[name])
    (folder / "fleet.yaml").write_text(exported(folder, name, *options, "--as", "fleet"), encoding="utf-8")
    with Server(folder, "--scenario", "fleet.yaml", "--port", "0", "--state", "state") as server:
        server.ready()
        return driven(folder, name, server, *options)


@pytest.fixture(scope="module")
def all_shipped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """All of them side by side: what takes long is waiting."""
    folder = tmp_path_factory.mktemp("shipped")
    with ThreadPoolExecutor(len(SHIPPED)) as pool:
        return dict(zip(SHIPPED, pool.map(lambda name: shipped(folder / name, name), SHIPPED), strict=True))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_comes_out_as_expected(name: str, all_shipped: dict[str, Done]) -> None:
    done = all_shipped[name]
    assert (done.journal["status"], done.journal["deviated"]) == ("completed", False), done.said
    assert done.met("before"), done.failed_probe("before")
    assert done.met("after"), done.failed_probe("after")
    activities = (*done.journal["run"], *done.journal["rollbacks"])
    assert {(each["status"], each["output"]["status"] < 400) for each in activities} == {("succeeded", True)}
    (judged,) = [
        each["output"]["body"]
        for each in done.journal["steady_states"]["after"]["probes"]
        if each["activity"]["name"] == "nothing-unexpected-was-seen"
    ]
    assert {"before", "during", "after"} <= {check["phase"] for check in judged["checks"]}


def test_the_same_faults_hit_the_same_devices(all_shipped: dict[str, Done]) -> None:
    scenario = loaded(scenarios.text("sensor-drift"), "fleet[0].interval=60s", "expectations={}")
    simulation = Simulation.from_scenario(scenario, kernels="interpreted")
    simulation.run()
    wanted = [
        (each.event.device, each.event.sensor, each.event.fault)
        for each in simulation.journal.entries
        if isinstance(each.event, FaultInjected)
    ]
    found = [
        (each["device"], each["fields"]["sensor"], each["fields"]["fault"])
        for each in reversed(all_shipped["sensor-drift"].entries)
        if each["kind"] == "FaultInjected"
    ]
    assert found == wanted
    assert len(found) == 9


def begun(name: str, all_shipped: dict[str, Done], *actions: str) -> list[tuple[str, str, str]]:
    """What the served fleet's journal has of actions of chaos, in order."""
    return [
        (each["kind"], each["fields"]["action"], each["fields"]["target"].partition("/")[2])
        for each in reversed(all_shipped[name].entries)
        if each["kind"] in ("ChaosBegun", "ChaosEnded") and each["fields"]["action"] in actions
    ]


def test_the_same_is_done_to_a_sink_in_the_same_order(all_shipped: dict[str, Done]) -> None:
    wanted = [
        ("ChaosEnded" if each.undo else "ChaosBegun", each.what.removeprefix("chaos "), "kafka")
        for each in victims(loaded(scenarios.text("poison-pill")))
    ]
    actions = ("poison", "unknown-schema", "oversize", "unencodable")
    assert begun("poison-pill", all_shipped, *actions) == wanted
    assert len(wanted) == 8


def test_chance_picks_the_same_devices_again_and_again(all_shipped: dict[str, Done]) -> None:
    wanted = [
        ("ChaosBegun", "kill", device)
        for each in victims(loaded(scenarios.text("crash-storm")))
        if each.what == "chaos kill"
        for device in each.hit
    ]
    found = begun("crash-storm", all_shipped, "kill")
    # its end comes by the clock of the first post, some hundredths of a second before that of a later one
    assert found == wanted[: len(found)]
    assert len(wanted) - 2 <= len(found) >= 10


SMALL: Final = """version: 1
name: small
seed: 3
pace: 60
duration: 3m
fleet:
  - {name: pi, kind: raspberry-pi, count: 6}
sinks: [{kind: "null"}]
timeline:
  - {at: 30s, do: inject-fault, on: {count: 2}, sensor: temperature, fault: stuck, for: 1m}
expectations:
  steady_state: [{name: no-faults, truth: faults, of: sum, at_most: 0}]
  deviations: [{name: two-lie, truth: faults, of: sum, at_least: 2}]
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks for a key."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    (folder / "fleet.yaml").write_text(exported(folder, "small.yaml", "--as", "fleet"), encoding="utf-8")
    arguments = ("--scenario", "fleet.yaml", "--port", "0", "--state", "state")
    with Server(folder, *arguments, DATA_SIMULATOR_ADMIN_KEY=KEY) as server:
        yield server.ready()


SABOTAGE: Final = {
    "honest": ("", "", None),
    "unhealed": ("for: 1m", "for: 1h", "no-chaos-is-in-force"),
    "without-effect": ("at_least: 2", "at_least: 5", "nothing-unexpected-was-seen"),
    "again": ("", "", None),
}
"""What is made wrong of it, and which probe tells; one that went wrong leaves nothing to the next."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("arm", SABOTAGE)
def test_what_goes_wrong_deviates(arm: str, guarded: Server, tmp_path: Path) -> None:
    right, wrong, probe = SABOTAGE[arm]
    (tmp_path / "small.yaml").write_text(SMALL.replace(right, wrong), encoding="utf-8")
    done = driven(tmp_path, "small.yaml", guarded, key=KEY)
    assert done.met("before"), done.failed_probe("before")
    assert done.journal["deviated"] is (probe is not None), done.said
    assert probe is None or done.failed_probe("after") == probe
    assert KEY not in (tmp_path / "experiment.json").read_text(encoding="utf-8")
    assert KEY not in (tmp_path / "journal.json").read_text(encoding="utf-8")


@pytest.mark.timeout(120)
def test_where_it_is_not_steady_before_nothing_is_begun(guarded: Server, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL.replace("sum, at_most: 0", "sum, at_least: 1"), encoding="utf-8")
    newest = guarded.ask("/v1/journal?limit=1", key=KEY).json["items"][0]["number"]
    done = driven(tmp_path, "small.yaml", guarded, key=KEY)
    assert (done.met("before"), done.met("after"), done.journal["run"]) == (False, None, [])
    assert done.failed_probe("before") == "no-faults"
    assert not [each for each in done.entries if each["number"] > newest and each["kind"] == "FaultInjected"]
