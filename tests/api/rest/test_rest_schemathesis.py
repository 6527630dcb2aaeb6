"""Schemathesis, all phases, against a served fleet. The long run is in docs/api.md.

What ends the run or the key it is made with is left out, and so is the stream, which never ends. The words that break
actors answer 503 while these are started again, so commands are sent with a key that may not say them.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

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

    port: int
    keys: dict[str, str]


def call(port: int, method: str, path: str, body: Any = None, key: str = "") -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    assert response.status < 400, response.read()
    return json.loads(response.read())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    command = [sys.executable, "-m", "api.cli", "serve", "--scenario", "fleet.yaml", "--port", "0", "--state", "state"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        port = _port(process)
        keys: dict[str, str] = {}
        for role in ("admin", "operate"):
            made = call(port, "POST", "/v1/keys", {"name": role, "role": role}, keys.get("admin", ""))
            keys[role] = made["key"]
        yield Served(port, keys)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            port = int(found[1])
            # nobody reads the rest, and a full pipe would stop the server
            threading.Thread(target=process.stdout.read, daemon=True).start()
            _await_fleet(port)
            return port
    raise AssertionError("the server has ended")


def _await_fleet(port: int) -> None:
    for _ in range(300):
        try:
            call(port, "GET", "/v1/clock")
        except (OSError, AssertionError):
            threading.Event().wait(0.2)
        else:
            return
    raise AssertionError("the fleet is not there")


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
            f"http://127.0.0.1:{served.port}/openapi.json",
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
