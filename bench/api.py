"""The API in front of 10,000 living devices, as a client of a served process sees it."""

import http.client
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.harness import Limit, Workload

FLEET: Final = """
version: 1
name: bench
pace: 1
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 5000, interval: 5s}
  - {name: cpu, kind: cpu, model: 65w, count: 4000, interval: 5s}
  - {name: hit, kind: cpu, model: 65w, count: 1000, interval: 5s, labels: {site: hit}}
sinks:
  - {kind: 'null', truth: true}
"""
ROUNDS: Final = 300
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Client:
    """A program that calls the API over one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request; the JSON of its answer, which must be a success."""
        data = None if body is None else json.dumps(body)
        head = {} if data is None else {"Content-Type": "application/json"}
        self._connection.request(method, path, data, head)
        response = self._connection.getresponse()
        text = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:300]!r}")
        return json.loads(text)


@contextmanager
def served() -> Iterator[Client]:
    """A served fleet whose devices have all spoken, and that has found its pace."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "fleet.yaml"
        scenario.write_text(FLEET, encoding="utf-8")
        command = [sys.executable, "-m", "api.cli", "serve", "--scenario", str(scenario), "--port", "0"]
        process = subprocess.Popen(
            [*command, "--state", f"{folder}/state"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            client = Client(_port(process))
            _until(lambda: client.call("GET", "/v1/clock")["frames"] >= 20_000)
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if found := _ADDRESS.search(line):
            return int(found[1])
    raise RuntimeError("the server has ended without a word about its address")


def _until(holds: Callable[[], bool], most_s: float = 180) -> None:
    deadline = time.monotonic() + most_s
    while True:
        try:
            if holds():
                return
        except (RuntimeError, OSError, http.client.HTTPException):
            pass
        if time.monotonic() > deadline:
            raise RuntimeError("the fleet has not come to life in time")
        time.sleep(0.2)


def p99(path: Callable[[int], str]) -> float:
    """Milliseconds from request to answer, 99th percentile, beside the living fleet."""
    with served() as client:
        took = []
        for number in range(ROUNDS):
            start = time.perf_counter()
            client.call("GET", path(number))
            took.append((time.perf_counter() - start) * 1e3)
            time.sleep(0.01)
        return statistics.quantiles(took, n=100)[98]


def injected() -> tuple[float, float]:
    """Seconds until 1,000 devices by a selector have answered an injection; the worst lateness meanwhile, ms."""
    with served() as client:
        late = []
        start = time.perf_counter()
        order = {"do": "inject-fault", "sensor": "power", "fault": "stuck", "on": {"labels": {"site": "hit"}}}
        operation = client.call("POST", "/v1/commands", order)
        while operation["state"] == "running":
            time.sleep(0.02)
            operation = client.call("GET", f"/v1/operations/{operation['id']}")
            late.append(client.call("GET", "/v1/clock")["lag_ms"])
        took = time.perf_counter() - start
        if (operation["done"], operation["refused_count"]) != (1000, 0):
            raise RuntimeError(f"not all were hit: {operation}")
        return took, max(late)


WORKLOADS: Final = (
    Workload("api one device p99", "ms", lambda: p99(lambda n: f"/v1/devices/pi-{n + 1:04d}"), timeout_s=400),
    Workload(
        "api list page p99", "ms", lambda: p99(lambda n: "/v1/devices?sort=-health&limit=100&kind=cpu"), timeout_s=400
    ),
    Workload("api inject into 1,000", "s", lambda: injected()[0], timeout_s=400),
    Workload("api lag while injecting", "ms", lambda: injected()[1], timeout_s=400),
)

LIMITS: Final = (
    Limit("api one device p99", at_most=20),
    Limit("api list page p99", at_most=100),
    Limit("api inject into 1,000", at_most=2),
    Limit("api lag while injecting", at_most=5000),
)
