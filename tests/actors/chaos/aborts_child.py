"""Aborts in mid-fault with everything that reaches outside the simulated world: a line of what is left after each.

In a process of its own, because limits, threads and children are the whole process's. The last line tells what was
begun in all, by word.
"""

import json
import os
import resource
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from actors.system import Simulation
from actors.transports import Transports, prepare
from actors.vocabulary import Words
from schemas.commands import AbortChaos
from schemas.scenario import Scenario, load_scenario
from schemas.settings import Settings

PROXY = ("bandwidth", "down", "latency", "limit-data", "reset-peer", "slicer", "slow-close", "timeout")
DOOR = ("wrong-address", "refuse-login")
SINK = (
    "disk",
    "torn-write",
    "bit-flip",
    "poison",
    "unencodable",
    "oversize",
    "unknown-schema",
    "schema-change",
    "flood",
)
RUN = ("broker-freeze", "kafka-errors", "registry-errors", "registry-hang", "cpu-hog", "descriptors", "threads")
MORE = {"memory-hog": "{megabytes: 4}", "process-freeze": "{seconds: 0.01}"}
FLEET = """version: 1
name: aborts
seed: 3
pace: 40
fleet:
  - {name: pi, kind: raspberry-pi, count: 3}
sinks:
  - {kind: mqtt, format: avro, options: {payload: frame, spool: {folder: FOLDER}}}
  - {kind: "null"}
proxies: [mqtt]
timeline:
"""


def steps() -> list[str]:
    """One of each, a twentieth of a simulated second apart; all would last for an hour."""
    found = [f"proxy: mqtt, action: {word}" for word in (*PROXY, *DOOR)]
    found += [f"sink: mqtt, action: {word}" for word in SINK]
    found += ["action: kill, on: {ids: [pi-0002]}"]
    # those that need a process or a file of their own, before none is to be had
    found += [f"action: {word}, parameters: {given}" for word, given in MORE.items()]
    found += [f"action: {word}" for word in RUN]
    return [f"  - {{at: {1000 + 50 * n}ms, do: chaos, for: 1h, {each}}}" for n, each in enumerate(found)]


class Before:
    """How the process and its surroundings are when nothing is wrong."""

    def __init__(self, transports: Transports) -> None:
        self.transports = transports
        self.limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.starters = {name: getattr(threading, name) for name in dir(threading) if name.startswith("_start_")}
        self.children = {child.pid for child in psutil.Process().children(recursive=True)}

    def left(self, run: Simulation) -> list[str]:
        """What is not as it was."""
        stage, timeline = run.timeline.stage, run.timeline
        found = [f"held: {key}" for key in timeline.holds] + [f"token: {key}" for key in timeline.tokens]
        found += [f"toxic: {toxic.kind}" for proxy in stage.proxies.values() for toxic in proxy.toxics]
        for sink in run.sinks:
            disk = getattr(sink, "disk", None)
            if disk is not None and (disk.error, disk.delay_s, disk.torn, disk.flips) != (None, 0.0, None, None):
                found.append(f"disk of {sink.name}: {vars(disk)}")
        for name, form in stage.formats.items():
            if form.spoils or form.wrong_id is not None or form._form is not form._sound:
                found.append(f"format of {name}")
        try:
            return found + self._outside()
        except OSError as error:  # nobody can look as long as nothing can be opened
            return [*found, f"outside: {error}"]

    def _outside(self) -> list[str]:
        found = []
        if resource.getrlimit(resource.RLIMIT_NOFILE) != self.limit:
            found.append("descriptors")
        if any(getattr(threading, name) is not start for name, start in self.starters.items()):
            found.append("threads")
        pipeline: Any = self.transports.pipeline
        for child in psutil.Process().children(recursive=True):
            if (
                child.pid not in self.children
                and child.status() != psutil.STATUS_ZOMBIE
                and "sleep" not in child.name()
            ):
                found.append(f"child {child.name()}")
        if psutil.Process(pipeline.mqtt.pid).status() == psutil.STATUS_STOPPED:
            found.append("broker stands")
        try:
            with urllib.request.urlopen(f"{pipeline.registry.url}/subjects", timeout=0.5):
                pass
        except OSError as error:
            found.append(f"registry: {error}")
        return found


def live(
    scenario: Scenario, transports: Transports, before: Before, abort_ms: int | None
) -> tuple[list[str], set[str]]:
    """One run, with an abort in the midst of it or without; what is left, and what was begun."""
    run = Simulation.from_scenario(scenario, kernels="interpreted", settings=transports.settings)
    stage = run.timeline.stage
    stage.proxies = transports.proxies.by_name if transports.proxies else {}
    stage.embedded = transports.pipeline
    run.begin()

    def to(ms: int) -> None:
        run.dispatcher.run(run.scenario.start_ns + ms * 10**6)

    try:
        to(abort_ms or 3000)
        if abort_ms is not None:
            run.dispatcher.directory.endpoint("timeline").cell.ref.ask(AbortChaos("enough"), block=False)
            to(abort_ms + 1000)
        left = before.left(run)
        entries: list[Any] = [entry.event for entry in run.journal.entries]
        begun = {event.action for event in entries if type(event).__name__ == "ChaosBegun"}
        refused = [event.reason for event in entries if type(event).__name__ == "CommandRefused"]
        return [*left, *(f"refused: {reason}" for reason in refused)], begun
    finally:
        run.close()


def main() -> None:
    """`aborts_child.py FOLDER COUNT`: so many aborts, and a run without one at the end."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    os.chdir(folder)
    text = FLEET.replace("FOLDER", str(folder)) + "\n".join(steps()) + "\n"
    scenario = load_scenario(text, "aborts.yaml", vocabulary=Words(), now=lambda: 0)
    # a broker of Kafka has to be there for its errors, and no sink has to wait for it
    kafka = load_scenario(text.replace('kind: "null"', "kind: kafka"), "k.yaml", vocabulary=Words(), now=lambda: 0)
    transports = prepare(kafka, Settings(), lambda _: None)
    try:
        before, all_begun = Before(transports), set[str]()
        for n in range(count):
            left, begun = live(scenario, transports, before, 1010 + n * (50 * len(steps()) + 100) // count)
            all_begun |= begun
            print(json.dumps(left), flush=True)
        left, begun = live(scenario, transports, before, None)
        print(json.dumps(left))
        print(json.dumps(sorted(all_begun | begun)))
    finally:
        transports.close()


if __name__ == "__main__":
    main()
