"""A scenario lived by its actors, its frames and truths taken out as a data set: for whatever can happen in it."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from actors.dataset.alone import Report, Stopped
from actors.dataset.block import block_of
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
        self._kept: dict[str, list[tuple[Frame, Truth]]] = {unit.id: [] for unit in plan.units}
        self._most = max(16, _ALL // len(plan.units))
        self._told = [plan.scenario.start_ns, 0]
        self.stopped = False

    def gate(self) -> bool:
        """Never holds the clock up; looks whether there is enough to take out."""
        if len(self._sink.truths) >= _TAKEN and len(self._sink.frames) == len(self._sink.truths):
            self.take()
            if self._stopping() and not self.stopped:
                self.stopped = True
                self._simulation.request_stop()
        return True

    def take(self) -> None:
        """Take out what there is."""
        frames, truths = self._sink.take()
        for frame, truth in zip(frames, truths, strict=True):
            kept = self._kept[frame.device]
            kept.append((frame, truth))
            if len(kept) >= self._most:
                self._flush(frame.device)
        progress = self._simulation.progress()
        done = (progress.now_ns - self._told[0]) * len(self._pieces)
        self._report(done, progress.readings - self._told[1])
        self._told = [progress.now_ns, progress.readings]

    def _flush(self, device: str) -> None:
        kept = self._kept[device]
        if kept:
            self._pieces[device].add(block_of(kept, self._simulation.fleet.devices[device].sensors))
            kept.clear()

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
