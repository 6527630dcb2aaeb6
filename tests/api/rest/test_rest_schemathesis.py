"""Schemathesis, all phases, against a served fleet. The long run is in docs/api.md.

What ends the run or the key it is made with is left out, and so is the stream, which never ends. The words that break
actors answer 503 while these are started again, so commands are sent with a key that may not say them.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.api.serving.server_process import Server

FLEET: Final = """
version: 1
name: small
fleet:
  - {name: pi, kind: raspberry-pi, count: 5, labels: {site: berlin}}
  - {name: cpu, kind: cpu, count: 5}
sinks:
  - {kind: 'null', truth: true}
"""
TOOL: Final = "schemathesis >=4.32, <4.33"
EXAMPLES: Final = os.environ.get("SCHEMATHESIS_EXAMPLES", "8")
COMMANDS: Final = ("sendCommand", "sendCommands")
LEFT_OUT: Final = ("follow", "deleteKey", "startRun", "stopRun")


class Served(NamedTuple):
    """A served fleet with a key for each role that is needed."""

    url: str
    keys: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    with Server(folder, "--scenario", "fleet.yaml", "--port", "0", "--state", "state") as server:
        server.ready().until(lambda: server.ask("/v1/clock").json["frames"] >= 10)
        keys: dict[str, str] = {}
        for role in ("admin", "operate"):
            made = server.ask("/v1/keys", "POST", {"name": role, "role": role}, key=keys.get("admin"))
            keys[role] = made.json["key"]
        yield Served(server.url, keys)


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Schemathesis in a place of its own: it brings along what the product must not depend on."""
    folder = tmp_path_factory.mktemp("schemathesis")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin/pip"), "install", "-q", TOOL.replace(" ", "")], check=True)
    return folder / "bin/st"


@pytest.mark.network
@pytest.mark.timeout(600)
@pytest.mark.parametrize("who", ["admin", "operate"])
def test_no_error_no_deviation_no_way_around_the_door(served: Served, tool: Path, who: str, tmp_path: Path) -> None:
    if who == "admin":
        chosen = [f"--exclude-operation-id={name}" for name in (*LEFT_OUT, *COMMANDS)]
    else:
        chosen = [f"--include-operation-id={name}" for name in COMMANDS]
    done = subprocess.run(
        [
            str(tool),
            f"--config-file={Path(__file__).with_name('schemathesis.toml')}",
            "run",
            f"{served.url}/openapi.json",
            f"--header=Authorization: Bearer {served.keys[who]}",
            "--phases=examples,coverage,fuzzing,stateful",
            f"--max-examples={EXAMPLES}",
            "--max-response-time=2",
            "--rate-limit=150/s",
            "--continue-on-failure",
            "--seed=1",
            "--no-color",
            *chosen,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    found = re.search(r"(\d+) generated", done.stdout)
    assert found is not None
    assert int(found[1]) > 500
