"""A scenario lived by its actors, its frames and truths taken out as a data set: for whatever can happen in it."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from actors.dataset.alone import Report, Stopped
from actors.dataset.block import block_of, received_of
from actors.dataset.folder import Folder, write_json
from actors.dataset.piece import Piece
from actors.dataset.plan import DatasetPlan
from actors.journal import subject
from actors.kernel_choice import KernelMode
from actors.system import Simulation
from schemas.readings import Frame, Truth
from schemas.scenario import Scenario, SinkSpec

_TAKEN: Final = 20_000
"""Frames in the sink before they are taken out."""
_ALL: Final = 200_000
"""Frames kept in all, before those of a device become a block."""


def make_by_actors(
    plan: DatasetPlan, root: Path, kernels: KernelMode, report: Report, stopping: Callable[[], bool]
) -> list[str]:
    """Live the whole fleet in this process and write every device's files; answers the devices, in order."""
    simulation = Simulation.from_scenario(_with_memory(plan.scenario), kernels=kernels)
    simulation.journal.entries = deque()
    taker = _Taker(plan, root, simulation, report, stopping)
    simulation.dispatcher.gates.append(taker.gate)
    summary = simulation.run(plan.scenario.duration_ns)
    if taker.stopped:
        raise Stopped
    if summary.ended != "duration":
        raise RuntimeError(f"the run ended: {summary.ended}, {summary.problem or 'nobody says why'}")
    taker.take()
    return taker.finish()


def _with_memory(scenario: Scenario) -> Scenario:
    """The scenario as fast as can be, with one sink, in memory."""
    options = {"limit": 100 * _TAKEN, "policy": "drop-newest"}
    sink = SinkSpec.model_validate({"name": "dataset", "kind": "memory", "truth": True, "options": options})
    return scenario.model_copy(update={"sinks": (sink,), "pace": "max", "lag": "stretch"})


class _Stamped(deque[Any]):
    """The frames of the sink in memory, each with the instant at which it came."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        super().__init__()
        self._now_ns = now_ns

    def append(self, frame: Frame) -> None:
        """Keep it."""
        super().append((frame, self._now_ns()))


class _Taker:
    """Takes frames out of the sink while the run goes on, in the loop's own thread."""

    def __init__(
        self, plan: DatasetPlan, root: Path, simulation: Simulation, report: Report, stopping: Callable[[], bool]
    ) -> None:
        self._plan = plan
        self._folder = Folder(root)
        self._simulation = simulation
        self._report = report
        self._stopping = stopping
        self._sink: Any = simulation.sinks[0]
        self._pieces = {unit.id: Piece(self._folder, plan, unit) for unit in plan.units}
        if plan.links:
            self._sink.frames = _Stamped(lambda: simulation.dispatcher.now_ns)
        self._kept: dict[str, list[tuple[Frame, Truth]]] = {unit.id: [] for unit in plan.units}
        self._arrived: dict[str, list[tuple[Frame, int]]] = {unit.id: [] for unit in plan.units}
        self._most = max(16, _ALL // len(plan.units))
        self._told = [plan.scenario.start_ns, 0]
        self.stopped = False

    def gate(self) -> bool:
        """Never holds the clock up; looks whether there is enough to take out."""
        whole = self._plan.links or len(self._sink.frames) == len(self._sink.truths)
        if whole and len(self._sink.truths) >= _TAKEN:
            self.take()
            if self._stopping() and not self.stopped:
                self.stopped = True
                self._simulation.request_stop()
        return True

    def take(self) -> None:
        """Take out what there is."""
        frames, truths = self._sink.take()
        if self._plan.links:
            self._take_arrived(frames)
            frames = [Frame(truth.device, "", truth.sequence, truth.time_ns, (), None) for truth in truths]
        for frame, truth in zip(frames, truths, strict=True):
            kept = self._kept[frame.device]
            kept.append((frame, truth))
            if len(kept) >= self._most:
                self._flush(frame.device)
        progress = self._simulation.progress()
        done = (progress.now_ns - self._told[0]) * len(self._pieces)
        self._report(done, progress.readings - self._told[1])
        self._told = [progress.now_ns, progress.readings]

    def _take_arrived(self, pairs: list[Any]) -> None:
        for frame, came_ns in pairs:
            arrived = self._arrived[frame.device]
            arrived.append((frame, came_ns))
            if len(arrived) >= self._most:
                self._flush(frame.device)

    def _flush(self, device: str) -> None:
        sensors = self._simulation.fleet.devices[device].sensors
        kept, arrived = self._kept[device], self._arrived[device]
        if kept:
            self._pieces[device].add(block_of(kept, sensors))
            kept.clear()
        if arrived:
            self._pieces[device].receive(received_of(arrived, [fact.name for fact in sensors]))
            arrived.clear()

    def finish(self) -> list[str]:
        """Write every device's files."""
        journal = self._simulation.journal
        happened: dict[str, list[Any]] = {unit.id: [] for unit in self._plan.units}
        for entry in journal.entries:
            device = subject(entry.event)
            if device in happened:
                happened[device].append(entry.event)
        for device, piece in self._pieces.items():
            self._flush(device)
            memory = self._simulation.fleet.devices[device]
            history = journal.digests[device].hex() if device in journal.digests else ""
            outcome = piece.finish(happened[device], memory, history)
            write_json(self._folder.note(device), outcome.as_dict())
        return list(self._pieces)
