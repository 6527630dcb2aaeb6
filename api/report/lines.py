"""Frames and truths as a file sink wrote them, read back into columns by device."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Final, cast

import numpy as np

from api.report.model import Numbers
from schemas.problems import InvalidInput, Problem
from schemas.scenario.instants import parse_instant

_NS: Final = 1e9
_NOT_SENSORS: Final = frozenset({"device", "kind", "sequence", "time", "throttled", "units", "extra"})


class Told:
    """What one device said and what was so, sample by sample."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.time_s: list[float] = []
        self.said: dict[str, list[float]] = {}
        self.units: Mapping[str, str] = {}
        self.truth_s: list[float] = []
        self.states: list[str] = []
        self.health: list[float] = []
        self.rul_s: list[float] = []
        self.damage: dict[str, list[float]] = {}
        self.clean: dict[str, list[float]] = {}
        self.faults: list[dict[str, str]] = []

    def frame(self, at_s: float, line: Mapping[str, Any]) -> None:
        """Take a frame in."""
        before = len(self.time_s)
        self.time_s.append(at_s)
        # a sensor that says nothing in this frame has no unit in it either
        self.units = {**self.units, **(line.get("units") or {})}
        _fill(self.said, {name: line.get(name) for name in self.units}, before)

    def truth(self, at_s: float, line: Mapping[str, Any]) -> None:
        """Take a truth in."""
        before = len(self.truth_s)
        self.truth_s.append(at_s)
        self.states.append(line["state"])
        self.health.append(line["health"])
        self.rul_s.append(_number(line["rul_s"]))
        _fill(self.damage, {part["mode"]: part["damage"] for part in line["wear"]}, before)
        _fill(self.clean, line["clean"], before)
        self.faults.append({fault["sensor"]: fault["fault"] for fault in line["faults"]})


def _fill(columns: dict[str, list[float]], values: Mapping[str, Any], before: int) -> None:
    for name, value in values.items():
        columns.setdefault(name, [np.nan] * before).append(_number(value))
    for column in columns.values():
        if len(column) == before:
            column.append(np.nan)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def numbers(values: list[float]) -> Numbers:
    """A column as an array."""
    return np.array(values, np.float64)


def truth_file(frames: Path) -> Path:
    """The file of truths that a file sink puts beside its frames."""
    packed = ".gz" if frames.suffix == ".gz" else ""
    stem = frames.name.removesuffix(packed)
    name, _, kind = stem.rpartition(".")
    return frames.with_name(f"{name}.truth.{kind}{packed}")


def read(frames: Path) -> tuple[dict[str, Told], int]:
    """Every device of a file of frames, with the truths beside it; and the first instant, ns since the Unix epoch."""
    devices: dict[str, Told] = {}
    start_ns: int | None = None
    for line in _lines(frames):
        time_ns = parse_instant(line["time"])
        start_ns = time_ns if start_ns is None else start_ns
        told = devices.setdefault(line["device"], Told(line["kind"]))
        told.frame((time_ns - start_ns) / _NS, line)
    if start_ns is None:
        raise InvalidInput(str(frames), [Problem("(file)", "no frames", "frames as a file sink writes them")])
    truths = truth_file(frames)
    if truths.exists():
        for line in _lines(truths):
            if line["device"] in devices:
                devices[line["device"]].truth((parse_instant(line["time"]) - start_ns) / _NS, line)
    return devices, start_ns


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    number = 0
    with _opened(path) as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
                if not {"device", "time"} <= line.keys():
                    raise ValueError("no frame")
            except (ValueError, AttributeError, TypeError) as error:
                allowed = "lines that a file sink of format json writes"
                raise InvalidInput(str(path), [Problem(f"line {number}", str(error), allowed)]) from error
            yield line


def holds_frames(path: Path) -> bool:
    """Whether the first line of a file is a frame; a monitor's alerts are lines of JSON as well."""
    with _opened(path) as file:
        try:
            first = json.loads(file.readline())
        except ValueError:
            return False
    return isinstance(first, dict) and "sequence" in first


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return cast("IO[str]", gzip.open(path, "rt", encoding="utf-8"))
    return open(path, encoding="utf-8")
