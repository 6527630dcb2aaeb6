"""Bodies alone: what one device-second costs, compiled, with everything that wears."""

import time
from typing import Final

from bench.harness import Limit, Workload
from engine import kernels
from engine.devices.base import Body, BodySpec
from engine.devices.cpu import KIND as CPU
from engine.devices.raspberry_pi import KIND as PI

STEP: Final = 60
YEAR_S: Final = 365 * 24 * 3600


def body(kind: str) -> Body:
    """A body of a common model, its kernels compiled and called once."""
    kernels.load("compiled")
    maker, model, setup = (PI, "5", "active-cooler") if kind == "pi" else (CPU, "65w", "tower")
    made: Body = maker.build(BodySpec("bench-1", 1, model, setup))
    made.advance(STEP)
    return made


def device_second(kind: str, steps: int = 20_000) -> float:
    """Microseconds of one core per device-second, in steps of 60 s."""
    living = body(kind)
    start = time.process_time()
    for tick in range(2 * STEP, (steps + 2) * STEP, STEP):
        living.advance(tick)
    return (time.process_time() - start) / (steps * STEP) * 1e6


def device_year(kind: str) -> float:
    """Seconds of one core for a year of one device at ticks of 1 s."""
    living = body(kind)
    start = time.process_time()
    for tick in range(2 * STEP, YEAR_S + STEP, STEP):
        living.advance(tick)
    return time.process_time() - start


WORKLOADS: Final = (
    Workload("physics device-second, Raspberry Pi 5", "us", lambda: device_second("pi"), pinned=True),
    Workload("physics device-second, CPU 65 W", "us", lambda: device_second("cpu"), pinned=True),
    Workload("physics device-year, Raspberry Pi 5", "s", lambda: device_year("pi"), pinned=True),
    Workload("physics device-year, CPU 65 W", "s", lambda: device_year("cpu"), pinned=True),
)

LIMITS: Final = (
    Limit("physics device-second, Raspberry Pi 5", at_most=0.5),
    Limit("physics device-second, CPU 65 W", at_most=0.5),
    Limit("physics device-year, Raspberry Pi 5", at_most=20),
    Limit("physics device-year, CPU 65 W", at_most=20),
)
