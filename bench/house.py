"""The whole house: physics, sensors, devices, books and sinks together, as a user runs them."""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from actors.system import Simulation
from actors.vocabulary import Words
from bench.harness import Limit, Ratio, Workload
from schemas.scenario import load_scenario

NS: Final = 1_000_000_000
FLEET: Final = """
version: 1
name: bench
pace: {pace}
fleet:
  - {{name: pi, kind: raspberry-pi, model: "4", count: {half}, interval: {interval}s}}
  - {{name: cpu, kind: cpu, model: 65w, count: {half}, interval: {interval}s}}
sinks:
  - {sink}
"""
NULL: Final = "{kind: 'null'}"


@contextmanager
def living(devices: int, interval_s: int, pace: float | str = "max", sink: str = NULL) -> Iterator[Simulation]:
    """A fleet that has begun to live: half Raspberry Pis, half CPUs."""
    text = FLEET.format(pace=pace, half=devices // 2, interval=interval_s, sink=sink)
    scenario = load_scenario(text, "bench", vocabulary=Words())
    simulation = Simulation.from_scenario(scenario, kernels="compiled")
    simulation.begin()
    try:
        yield simulation
    finally:
        simulation.close()


def rate(devices: int, interval_s: int, intervals: int) -> float:
    """Readings per second of one core's time in virtual time, to the null sink, once the fleet lives.

    Counted in the process's own time, so that what else the machine does is left out.
    """
    with living(devices, interval_s) as simulation:
        at = simulation.scenario.start_ns + 2 * interval_s * NS
        simulation.dispatcher.run(at)
        before, start = simulation.fleet.readings(), time.process_time()
        simulation.dispatcher.run(at + intervals * interval_s * NS)
        return (simulation.fleet.readings() - before) / (time.process_time() - start)


def rate_json() -> float:
    """Readings per second written as JSON Lines: until the last line is in the file."""
    with tempfile.TemporaryDirectory() as folder:
        sink = f"{{kind: file, options: {{path: {folder}/frames.jsonl}}}}"
        start = time.perf_counter()
        with living(1000, 60, sink=sink) as simulation:
            start = time.perf_counter()
            simulation.dispatcher.run(simulation.scenario.start_ns + 120 * 60 * NS)
            while simulation.sinks[0].depth:
                simulation.dispatcher.run(simulation.dispatcher.now_ns)
                time.sleep(0.001)
            took = time.perf_counter() - start
        with (Path(folder) / "frames.jsonl").open(encoding="utf-8") as file:
            return sum(1 for _ in file) * 6 / took


def first_reading() -> float:
    """Seconds from loading the scenario to the first readings of 10,000 devices, all of them."""
    start = time.perf_counter()
    with living(10_000, 5, pace=1) as simulation:
        while simulation.fleet.frames() < 10_000:
            simulation.dispatcher.run(simulation.dispatcher.now_ns + NS // 10)
        return time.perf_counter() - start


def memory() -> float:
    """Peak resident megabytes of the whole process with 10,000 devices, after half a minute of their lives."""
    with living(10_000, 5) as simulation:
        simulation.dispatcher.run(simulation.scenario.start_ns + 30 * NS)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def held(measure: Callable[[Simulation, float, float], float]) -> float:
    """10,000 devices at a 5 s interval in real time for 20 s, after a first interval; what `measure` makes of it."""
    with living(10_000, 5, pace=1) as simulation:
        dispatcher = simulation.dispatcher
        dispatcher.run(simulation.scenario.start_ns + 6 * NS)
        dispatcher.pacer.gauge.reset()
        cpu, wall = time.process_time(), time.perf_counter()
        dispatcher.run(simulation.scenario.start_ns + 26 * NS)
        return measure(simulation, time.process_time() - cpu, time.perf_counter() - wall)


def p99_lag() -> float:
    """Milliseconds from due time to emission, 99th percentile."""
    return held(lambda simulation, cpu, wall: simulation.dispatcher.pacer.gauge.percentile(99) / 1e6)


def core_share() -> float:
    """Share of one core used."""
    return held(lambda simulation, cpu, wall: cpu / wall)


WORKLOADS: Final = (
    Workload("house 1,000 devices, 60 s", "readings/s", lambda: rate(1000, 60, 120), pinned=True),
    Workload("house 1,000 devices, 5 s", "readings/s", lambda: rate(1000, 5, 120), pinned=True),
    Workload("house 1,000 devices, 1 s", "readings/s", lambda: rate(1000, 1, 120), pinned=True),
    Workload("house 10,000 devices, 60 s", "readings/s", lambda: rate(10_000, 60, 12), pinned=True),
    Workload("house JSON Lines", "readings/s", rate_json, "1,000 devices, 60 s, two threads"),
    Workload("house first readings", "s", first_reading, "10,000 devices with six sensors, 70,000 actors"),
    Workload("house memory", "MB", memory, "10,000 devices, whole process"),
    Workload("house lag p99", "ms", p99_lag, "10,000 devices, 5 s interval, pace 1"),
    Workload("house core share", "cores", core_share, "10,000 devices, 5 s interval, pace 1"),
)

RATIOS: Final = (
    Ratio("cost per reading at 10,000 devices", "house 10,000 devices, 60 s", "house 1,000 devices, 60 s", 1 / 1.3),
)

LIMITS: Final = (
    Limit("house 1,000 devices, 60 s", at_least=150_000),
    Limit("house JSON Lines", at_least=80_000),
    Limit("house first readings", at_most=10),
    Limit("house memory", at_most=400),
    Limit("house lag p99", at_most=100),
    Limit("house core share", at_most=0.5),
)
