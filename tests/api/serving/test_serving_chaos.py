"""What chaos does outside the simulated world is there again when another worker has taken the fleet over."""

import os
import signal
from pathlib import Path

import psutil

from tests.api.serving.server_process import Server

FLEET = """version: 1
name: taken-over
fleet:
  - {name: pi, kind: raspberry-pi, count: 2}
sinks: [{kind: "null"}]
"""
STEPS = {
    "timeline": [
        {"at": "0s", "do": "chaos", "action": "cpu-hog", "parameters": {"processes": 1}, "for": "10m"},
        {"at": "0s", "do": "chaos", "action": "memory-hog", "parameters": {"megabytes": 1}, "for": "1s"},
    ]
}
EXPECTED = {
    "steady_state": [{"name": "nobody-lies", "truth": "faults", "of": "sum", "at_most": 0}],
    "deviations": [{"name": "never-so", "truth": "faults", "of": "sum", "at_least": 1}],
}


def test_a_fault_outside_survives_the_worker_that_began_it(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET, encoding="utf-8")
    with Server(tmp_path, "--scenario", "fleet.yaml", "--port", "0", "--state", "state") as server:
        server.ready()
        server.ask("/v1/chaos/steps", "POST", {"timeline": [], "expectations": EXPECTED})
        server.ask("/v1/chaos/steps", "POST", STEPS)

        def held() -> list[str]:
            found = server.ask("/v1/chaos")
            return [each["detail"] for each in found.json["held"]] if found.status == 200 else []

        server.until(lambda: held() == ["cpu-hog"])
        (worker,) = server.workers()
        (hog,) = psutil.Process(worker).children()
        os.kill(worker, signal.SIGKILL)
        server.until(lambda: server.workers() not in ([], [worker]))
        server.until(lambda: held() == ["cpu-hog"])
        successor = psutil.Process(server.workers()[0])
        server.until(lambda: len(successor.children()) == 1 and not hog.is_running())
        entries = [(each["kind"], each["fields"]) for each in server.ask("/v1/journal?limit=500").json["items"]]
        begun = [fields["action"] for kind, fields in entries if kind == "ChaosBegun"]
        ended = [fields["action"] for kind, fields in entries if kind == "ChaosEnded"]
        assert (sorted(begun), ended) == (["cpu-hog", "memory-hog"], ["memory-hog"])
        assert not [fields for kind, fields in entries if kind == "CommandRefused"]
        judged = server.ask("/v1/chaos").json
        assert (judged["judged"], judged["unexpected"]) == (True, ["never-so", "nobody-lies"]), "as before"
        assert server.ask("/v1/chaos/abort", "POST").status == 200
        server.until(lambda: not successor.children())
