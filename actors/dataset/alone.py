"""Devices lived alone, one after the other or in several processes: the same files either way."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from actors.dataset.folder import Folder, write_json
from actors.dataset.life import Life, Orders
from actors.dataset.outcome import Outcome
from actors.dataset.piece import Piece
from actors.dataset.plan import DatasetPlan, Shares, Unit, make_plan, orders_by_device
from actors.kernel_choice import KernelMode, load_kernels
from engine.clock import MAX
from schemas.scenario import Scenario

_IN_FLIGHT: Final = 4
"""Devices handed to a process ahead, so that it never waits for the next one."""
_ORPHAN_POLL_S: Final = 0.5


class Stopped(Exception):
    """Asked to stop before all was done; what is done is kept."""


Report = Callable[[int, int], None]
"""Told now and then: simulated nanoseconds and readings since it was told last."""


class Workshop:
    """What one process needs to live devices: the plan, what the timeline does, and somebody to report to."""

    def __init__(self, plan: DatasetPlan, root: Path, report: Report, stopping: Callable[[], bool]) -> None:
        self._plan = plan
        self._folder = Folder(root)
        self._report = report
        self._stopping = stopping
        self._units = {unit.id: unit for unit in plan.units}
        specs = [unit.spec for unit in plan.units]
        self._orders: Mapping[str, tuple[Orders, ...]] = orders_by_device(plan.scenario, specs)

    def make(self, device: str) -> str:
        """Live one device and write its files; the note that it is done comes last."""
        unit = self._units[device]
        outcome = self._live(unit)
        write_json(self._folder.note(device), outcome.as_dict())
        return device

    def _live(self, unit: Unit) -> Outcome:
        plan = self._plan
        life = Life(plan.scenario, unit.spec, self._orders.get(unit.id, ()))
        piece = Piece(self._folder, plan, unit)
        happened = []
        told_ns, told = plan.scenario.start_ns, 0
        for block in life.blocks(plan.until_ns):
            piece.add(block)
            _receive(piece, life)
            happened += life.take_events()
            now_ns = block.time_ns.item(-1)
            self._report(now_ns - told_ns, life.memory.readings - told)
            told_ns, told = now_ns, life.memory.readings
            if self._stopping():
                raise Stopped
        happened += life.take_events()
        _receive(piece, life)
        self._report(plan.until_ns - told_ns, 0)
        return piece.finish(happened, life.memory, life.history.hex())


def _receive(piece: Piece, life: Life) -> None:
    """Hand over what has arrived, where that is another thing than what was told."""
    for received in () if life.arrivals is None else life.arrivals.take():
        piece.receive(received)


def make_here(workshop: Workshop, devices: Iterable[str], stopping: Callable[[], bool]) -> Iterator[str]:
    """Make devices in this process; yields each when it is done."""
    for device in devices:
        if stopping():
            raise Stopped
        yield workshop.make(device)


def make_apart(
    plan: DatasetPlan,
    root: Path,
    devices: Iterable[str],
    processes: int,
    kernels: KernelMode,
    report: Report,
    stopping: Callable[[], bool],
) -> Iterator[str]:
    """Make devices in so many processes; yields each when it is done. One that fails ends all."""
    context = get_context("spawn")
    counters = context.Array("q", 3)
    begin = partial(_begin, plan.scenario, plan.shares, str(root), kernels, counters, os.getpid())
    told = [0, 0]

    def tell() -> None:
        if stopping():
            counters[2] = 1
        for place in (0, 1):
            now = counters[place]
            report(now - told[0] if place == 0 else 0, now - told[1] if place else 0)
            told[place] = now

    with ProcessPoolExecutor(processes, context, begin) as pool:
        pending: set[Future[str]] = set()
        waiting = iter(devices)
        try:
            while True:
                while len(pending) < processes * _IN_FLIGHT and (device := next(waiting, None)) is not None:
                    pending.add(pool.submit(_make, device))
                if not pending:
                    return
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
                tell()
                for future in done:
                    yield future.result()
        finally:
            counters[2] = 1
            pool.shutdown(wait=True, cancel_futures=True)


# --- inside a process of its own ---

_here: list[Workshop] = []


def _begin(scenario: Scenario, shares: Shares, root: str, kernels: KernelMode, counters: Any, parent: int) -> None:
    """Called once in each process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), name="orphan", daemon=True).start()
    plan = make_plan(scenario, shares)
    load_kernels(kernels, len(plan.units), MAX)

    def report(simulated_ns: int, readings: int) -> None:
        with counters.get_lock():
            counters[0] += simulated_ns
            counters[1] += readings

    _here.append(Workshop(plan, Path(root), report, lambda: bool(counters[2])))


def _end_with(parent: int) -> None:
    """A process whose parent was killed must not go on writing."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_ORPHAN_POLL_S)
    os._exit(1)


def _make(device: str) -> str:
    return _here[0].make(device)
