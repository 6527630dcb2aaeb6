"""The live view: what every device last said and is, the last minutes of it, and the newest records of all.

It stands beside the sinks: frames and truths come to it as to them, what is in the journal follows. It answers those
who ask from outside, so that nobody has to ask ten thousand devices. What it keeps is bounded, and so is what it costs:
per frame a few entries are set, nothing is encoded and nothing waits. Whoever reads slower than records come finds the
oldest ones gone, and how many.
"""

from array import array
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import islice
from math import inf, isinf, isnan, nan
from typing import Any, Final

from engine.actor import DispatchedActor
from schemas import events
from schemas.commands import Crash
from schemas.events import Entry
from schemas.queries import (
    FleetView,
    GetFleet,
    GetHistory,
    GetRecords,
    GetSettings,
    History,
    Point,
    Record,
    Records,
    SettingsView,
)
from schemas.readings import FaultTruth, Frame, Truth

ROWS: Final = 600_000
"""Frames of history kept of all devices together, about 110 bytes each."""
LEAST_DEPTH: Final = 60
MOST_DEPTH: Final = 720
"""Frames of history kept of one device, however large or small the fleet is."""
KEPT: Final = 20_000
"""Records kept for those who follow."""
_GONE: Final = inf
"""Stands where a frame has no value of a sensor; `nan` where the sensor knew none."""


class Trace:
    """The last frames of one device: a ring of rows, for each sensor what it said and what was so."""

    __slots__ = ("_at", "_blank", "_columns", "_depth", "_rows", "_times", "_values", "_width")

    def __init__(self, sensors: Iterable[str], depth: int) -> None:
        self._columns = {sensor: 2 * n for n, sensor in enumerate(sensors)}
        self._width = 2 * len(self._columns)
        self._depth = depth
        self._blank = array("d", [_GONE] * self._width)
        self._values = array("d")
        self._times = array("q")
        self._rows = 0
        self._at = -1

    def add(self, frame: Frame) -> None:
        """A new row."""
        at = self._at = (self._at + 1) % self._depth
        width, values = self._width, self._values
        if self._rows <= at:
            self._rows = at + 1
            values.extend(self._blank)
            self._times.append(frame[3])
        else:
            values[at * width : (at + 1) * width] = self._blank
            self._times[at] = frame[3]
        base, columns = at * width, self._columns
        for sensor, _, _, value, _ in frame[4]:
            values[base + columns[sensor]] = nan if value is None else value

    def complete(self, truth: Truth) -> None:
        """What was so in the newest row."""
        at = self._at
        if at >= 0 and self._times[at] == truth[2]:
            base, columns, values = at * self._width + 1, self._columns, self._values
            for sensor, clean in truth[9]:
                values[base + columns[sensor]] = nan if clean is None else clean

    def history(self, sensor: str, limit: int) -> tuple[Point, ...]:
        """The newest points of one sensor, the oldest of them first."""
        column = self._columns[sensor]
        points: list[Point] = []
        for back in range(self._rows):
            at = (self._at - back) % self._depth
            value, clean = self._values[at * self._width + column], self._values[at * self._width + column + 1]
            if isinf(value):
                continue
            points.append(
                Point(self._times[at], None if isnan(value) else value, clean if -inf < clean < inf else None)
            )
            if len(points) == limit:
                break
        return tuple(reversed(points))

    @property
    def sensors(self) -> tuple[str, ...]:
        """Its sensors."""
        return tuple(self._columns)


class LiveMemory:
    """What the live view keeps; outlives the actor."""

    def __init__(self, sensors: Mapping[str, tuple[str, ...]], kept: int = KEPT, rows: int = ROWS) -> None:
        """`sensors` are the names of each device's sensors."""
        depth = max(LEAST_DEPTH, min(MOST_DEPTH, rows // max(1, len(sensors))))
        self.traces = {device: Trace(names, depth) for device, names in sensors.items()}
        self.frames: dict[str, Frame] = {}
        self.truths: dict[str, Truth] = {}
        self.states: dict[str, str] = {}
        self.faults: dict[str, tuple[FaultTruth, ...]] = {}
        self.revisions: dict[str, int] = {}
        """How often a parameter or an interval of a device was set; counts from 0."""
        self.parameters: dict[str, Mapping[str, float | int | str | bool]] = {}
        """What was set at each device, by name."""
        self.intervals: dict[str, Mapping[str, int]] = {}
        self.records: deque[Record] = deque(maxlen=kept)
        self.count = 0
        """Records that ever came: the number of the next one."""

    def begin(
        self,
        device: str,
        state: str,
        intervals: Mapping[str, int],
        frame: Frame | None,
        faults: tuple[FaultTruth, ...],
    ) -> None:
        """How a device stands before anybody has said anything."""
        self.states[device] = state
        self.intervals[device] = dict(intervals)
        if frame is not None:
            self.frames[device] = frame
        if faults:
            self.faults[device] = faults


class Live(DispatchedActor):
    """Takes frames, truths and journal entries; answers for all devices at once."""

    def __init__(self, memory: LiveMemory) -> None:
        super().__init__()
        self._memory = memory

    def on_receive(self, message: Any) -> Any:
        memory = self._memory
        match message:
            case Frame():
                device = message[0]
                memory.frames[device] = message
                memory.traces[device].add(message)
                memory.records.append(message)
                memory.count += 1
            case Truth():
                device = message[0]
                memory.truths[device] = message
                memory.traces[device].complete(message)
                memory.records.append(message)
                memory.count += 1
            case Entry():
                self._follow(message.event)
                memory.records.append(message)
                memory.count += 1
            case GetFleet():
                return self._fleet()
            case GetSettings(device=device):
                return SettingsView(memory.revisions.get(device, 0), memory.parameters.get(device, {}))
            case GetHistory():
                return self._history(message)
            case GetRecords():
                return self._records(message)
            case Crash(message=text):
                raise RuntimeError(text)
            case _:
                raise TypeError(f"live view: unknown message {message!r}")
        return None

    def _follow(self, event: events.Event) -> None:
        memory = self._memory
        match event:
            case events.StateChanged(device=device, after=after):
                memory.states[device] = after
            case events.FaultInjected(device=device):
                fault = FaultTruth(event.id, event.sensor, event.fault, event.time_ns)
                memory.faults[device] = (*memory.faults.get(device, ()), fault)
            case events.FaultCleared(device=device, id=id):
                memory.faults[device] = tuple(fault for fault in memory.faults.get(device, ()) if fault.id != id)
            case events.ParameterSet(device=device, name=name, value=value):
                memory.parameters[device] = {**memory.parameters.get(device, {}), name: value}
                memory.revisions[device] = memory.revisions.get(device, 0) + 1
            case events.IntervalSet(device=device, sensor=sensor, interval_ns=interval_ns):
                names = memory.intervals[device] if sensor is None else (sensor,)
                memory.intervals[device] = {**memory.intervals[device], **dict.fromkeys(names, interval_ns)}
                memory.revisions[device] = memory.revisions.get(device, 0) + 1
            case _:
                pass

    def _fleet(self) -> FleetView:
        """Copies of tables whose entries never change."""
        memory = self._memory
        return FleetView(
            dict(memory.frames),
            dict(memory.truths),
            dict(memory.states),
            {device: faults for device, faults in memory.faults.items() if faults},
            dict(memory.revisions),
            dict(memory.parameters),
            dict(memory.intervals),
            memory.count,
        )

    def _history(self, query: GetHistory) -> History | None:
        trace = self._memory.traces.get(query.device)
        if trace is None:
            return None
        names = trace.sensors if query.sensor is None else (query.sensor,)
        return History(
            query.device, tuple((name, trace.history(name, query.limit)) for name in names if name in trace.sensors)
        )

    def _records(self, query: GetRecords) -> Records:
        memory = self._memory
        first = memory.count - len(memory.records)
        start = min(max(query.start, first), memory.count)
        behind = memory.count - start
        if behind <= query.limit:
            # from the young end: as a rule there is little that is new
            newest = list(islice(reversed(memory.records), behind))
            newest.reverse()
            return Records(start, tuple(newest), memory.count)
        skip = start - first
        return Records(start, tuple(islice(memory.records, skip, skip + query.limit)), memory.count)
