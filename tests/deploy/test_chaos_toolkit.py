"""The shipped experiments, run by the stock `chaos` command against a real server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.serving.server_process import Server

ROOT = Path(__file__).parents[2]
EXPERIMENTS = sorted((ROOT / "deploy" / "chaostoolkit").glob("*.json"))
CHAOS = Path(sys.executable).with_name("chaos")
FLEET = """version: 1
name: toolkit
fleet:
  - {name: pi, kind: raspberry-pi, count: 10}
sinks: [{kind: "null"}]
"""


SEEN = {
    "pause-devices": {"they-are-paused": '"in-force"'},
    "stuck-sensors": {"they-lie": '"stuck"'},
    "crash-devices": {"they-failed": '"ActorFailed"', "they-are-back": '"ActorRestarted"'},
}
"""What each experiment must have seen while its fault was there."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("toolkit")
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    with Server(folder, "--scenario", "fleet.yaml", "--port", "0") as running:
        yield running.ready()


def experiment(file: Path, server: Server, folder: Path) -> tuple[int, dict[str, Any], str]:
    """Run one; its exit code, its journal and what it said."""
    journal = folder / "journal.json"
    done = subprocess.run(
        [str(CHAOS), "--no-version-check", "run", str(file), "--journal-path", str(journal)],
        cwd=folder,
        env={**os.environ, "DATA_SIMULATOR_URL": server.url, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout + done.stderr
    assert journal.exists(), said
    return done.returncode, json.loads(journal.read_text(encoding="utf-8")), said


def test_there_are_experiments() -> None:
    assert {file.stem for file in EXPERIMENTS} >= {"pause-devices", "stuck-sensors", "crash-devices"}
    assert CHAOS.exists()


@pytest.mark.parametrize("file", EXPERIMENTS, ids=lambda file: file.stem)
def test_an_experiment_is_completed_without_a_deviation(file: Path, server: Server, tmp_path: Path) -> None:
    code, journal, said = experiment(file, server, tmp_path)
    assert code == 0, said
    assert (journal["status"], journal["deviated"]) == ("completed", False), said
    assert journal["steady_states"]["before"]["steady_state_met"]
    assert journal["steady_states"]["after"]["steady_state_met"]
    assert all(step["status"] == "succeeded" for step in (*journal["run"], *journal["rollbacks"])), said
    # the command looks at tolerances in the hypothesis alone; what was seen meanwhile is in its journal
    outputs = {step["activity"]["name"]: step["output"]["body"] for step in journal["run"]}
    for name, wanted in SEEN[file.stem].items():
        assert wanted in json.dumps(outputs[name]), outputs[name]


def test_one_that_does_not_heal_in_time_deviates(server: Server, tmp_path: Path) -> None:
    """The sabotage arm: without an end of its own the pause is still there when the hypothesis is looked at again."""
    text = (ROOT / "deploy" / "chaostoolkit" / "pause-devices.json").read_text(encoding="utf-8")
    file = tmp_path / "unhealed.json"
    file.write_text(text.replace('"for": "3s"', '"for": "1h"'), encoding="utf-8")
    _, journal, said = experiment(file, server, tmp_path)
    assert journal["deviated"], said
    # its rollback is the one-call abort, which a deviation does not keep from being made by the default strategy
    server.ask("/v1/chaos/abort", "POST", {})
    server.until(lambda: server.ask("/v1/chaos").json["held"] == [])
