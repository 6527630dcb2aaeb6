"""How figures are made: a fresh process per measurement, interleaved rounds, medians, same-round ratios.

A module of benchmarks has `WORKLOADS`, and if it likes `RATIOS` and `LIMITS`. A workload is a function without
arguments that gives one number. The machine's own speed is measured beside it (`calibration`), because a number
without it says little.
"""

import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

MODULES: Final = ("runtime", "physics", "house", "transports_mqtt", "api")
"""Modules of this package that hold workloads; one that is not there is left out."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One thing to measure."""

    name: str
    unit: str
    run: Callable[[], float]
    note: str = ""
    pinned: bool = False
    """Run on one core only."""
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """One workload's figure over another's, round by round."""

    name: str
    top: str
    bottom: str
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """What a workload's median must stay within."""

    workload: str
    at_most: float | None = None
    at_least: float | None = None


@dataclass(slots=True)
class Result:
    """The figures of one run."""

    values: dict[str, list[float | None]] = field(default_factory=dict)
    """Per workload one figure per round; `None` where a round failed."""
    errors: dict[str, str] = field(default_factory=dict)


def modules(names: Sequence[str] = MODULES) -> Iterator[ModuleType]:
    """The modules of benchmarks that are there."""
    for name in names:
        try:
            yield importlib.import_module(f"bench.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"bench.{name}":
                raise


def calibration() -> float:
    """Nanoseconds per turn of an empty loop: how fast this machine is at this moment."""
    start = time.perf_counter_ns()
    for _ in range(2_000_000):
        pass
    return (time.perf_counter_ns() - start) / 2_000_000


def run_child(module: str, workload: Workload) -> float:
    """Measure one workload once in a fresh process; `RuntimeError` with its last words when that fails."""
    command = [sys.executable, "-m", "bench", "--child", f"{module}:{workload.name}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=workload.timeout_s, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}")
    return float(json.loads(done.stdout.splitlines()[-1]))


def child(spec: str) -> None:
    """What the fresh process does: one measurement, printed as JSON."""
    name, _, wanted = spec.partition(":")
    module = importlib.import_module(f"bench.{name}")
    workload = next(w for w in module.WORKLOADS if w.name == wanted)
    if workload.pinned and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(workload.run()))


def measure(chosen: Sequence[tuple[str, Workload]], rounds: int, tell: Callable[[str], None]) -> Result:
    """All workloads, one after the other, round after round."""
    result = Result()
    for number in range(rounds):
        for module, workload in chosen:
            values = result.values.setdefault(workload.name, [])
            try:
                values.append(run_child(module, workload))
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                values.append(None)
                result.errors[workload.name] = str(error)
            tell(f"round {number + 1}/{rounds} {workload.name}: {show(values[-1])} {workload.unit}")
        result.values.setdefault("calibration", []).append(calibration())
    return result


def ratios_of(result: Result, ratio: Ratio) -> list[float]:
    """The ratio in every round in which both figures are there."""
    pairs = zip(result.values.get(ratio.top, ()), result.values.get(ratio.bottom, ()), strict=False)
    return [top / bottom for top, bottom in pairs if top is not None and bottom]


def summary(values: Sequence[float | None]) -> Mapping[str, float] | None:
    """Median, least and greatest of what was measured."""
    there = [value for value in values if value is not None]
    if not there:
        return None
    return {"median": statistics.median(there), "min": min(there), "max": max(there)}


def report(found: Sequence[ModuleType], result: Result) -> dict[str, Any]:
    """Everything as one object: what `--json` writes."""
    workloads: dict[str, Any] = {}
    ratios: dict[str, Any] = {}
    for module in found:
        limits = {limit.workload: limit for limit in getattr(module, "LIMITS", ())}
        for workload in module.WORKLOADS:
            if workload.name in result.values:
                workloads[workload.name] = _figure(workload, result, limits.get(workload.name))
        for ratio in getattr(module, "RATIOS", ()):
            if values := ratios_of(result, ratio):
                figure: dict[str, Any] = {**(summary(values) or {}), "target": ratio.at_least}
                figure["reached"] = ratio.at_least is None or figure["median"] >= ratio.at_least
                ratios[ratio.name] = figure
    calibrations = summary(result.values["calibration"])
    machine = {"python": sys.version.split()[0], "cores": os.cpu_count(), "calibration_ns": calibrations}
    return {"machine": machine, "workloads": workloads, "ratios": ratios}


def _figure(workload: Workload, result: Result, limit: Limit | None) -> dict[str, Any]:
    values = result.values[workload.name]
    figure: dict[str, Any] = {"unit": workload.unit, **(summary(values) or {}), "values": values}
    if workload.pinned:
        figure["pinned"] = True
    if workload.name in result.errors:
        figure["error"] = result.errors[workload.name]
    if limit is not None:
        figure["target"] = {"at_most": limit.at_most, "at_least": limit.at_least}
        median = figure.get("median")
        figure["reached"] = median is not None and (
            (limit.at_most is None or median <= limit.at_most) and (limit.at_least is None or median >= limit.at_least)
        )
    return figure


def show(value: float | None) -> str:
    """A figure with three or so digits that mean something."""
    if value is None:
        return "failed"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
