"""The state of a run: what lets another process go on where this one ended, however it ended.

A run follows from its scenario, its seed and the commands from outside. So a process that takes it over starts from
the newest checkpoint, or from birth, and lives on as fast as it can to where the earlier one stood; what is said
meanwhile passes the sinks by, each up to the last record that it has accepted. From there on nobody can tell.
"""

import threading
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from actors.logs import logger
from actors.sinks.base import Spool
from actors.sinks.base.door import Mute
from actors.state_checkpoint import freeze, is_settled, thaw
from actors.state_commands import made_command, plain_command
from actors.state_folder import StateFolder, fingerprint
from engine.clock import MAX
from schemas.addresses import TIMELINE, device_address
from schemas.commands import Command, DeviceCommand
from schemas.problems import CannotStart
from schemas.scenario import Scenario

if TYPE_CHECKING:
    from actors.system import Simulation

CHECKPOINT_S: Final = 30.0
"""Real time between two checkpoints."""
_SAFE_S: Final = 60.0
"""Real time that the sinks get to commit what was said before a checkpoint; else it is not kept."""


class RunState:
    """One process's hold of a run. Made before the simulation; `CannotStart` when the folder cannot be used."""

    def __init__(self, folder: Path, *, checkpoint_s: float = CHECKPOINT_S, fresh: bool = False) -> None:
        """`fresh` begins another run, whatever an earlier process left; what its sinks hold is still delivered."""
        self._folder = StateFolder(folder)
        self.resumed = False
        """Whether this process goes on with a run of an earlier one."""
        self.position_ns: int | None = None
        """How far the earlier process had come, as far as the sinks know."""
        self._checkpoint_s = checkpoint_s
        self._fresh = fresh
        self._commands = 0
        self._over = Event()
        self._held: tuple[bytes, list[Event]] | None = None
        self._log = logger("state")

    @property
    def folder(self) -> Path:
        """Where the spools are."""
        return self._folder.path

    def adopt(self, scenario: Scenario) -> Scenario:
        """The scenario as this process runs it: one that starts `now` goes on from when it first did."""
        about = self._folder.about()
        self.resumed = not self._fresh and self._folder.is_same(scenario, about)
        if self.resumed:
            return scenario.model_copy(update={"start_ns": about["start_ns"]})
        self._folder.forget()
        return scenario

    # --- before the run ---

    def take_over(self, simulation: "Simulation") -> None:
        """Bring everything to where the newest checkpoint has it, before any actor lives."""
        try:
            self._take_over(simulation)
        except BaseException:
            self._folder.release()
            raise

    def _take_over(self, simulation: "Simulation") -> None:
        try:
            for spool in spools(simulation):
                if self.resumed:
                    spool.prepare()
                    spool.skip_known()
                else:
                    spool.start_epoch()
        except OSError as error:
            raise CannotStart(f"no spool can be kept in {self.folder}: {error}") from error
        self._note(simulation, ended=False)
        if not self.resumed:
            return
        marks = [
            mark.time_ns for spool in spools(simulation) for what in (0, 1) for mark in spool.high_water(what).values()
        ]
        self.position_ns = max(marks, default=None)
        data = self._folder.kept()
        if data is not None:
            try:
                self._commands = thaw(simulation, data)
            except ValueError as error:
                raise CannotStart(
                    f"the checkpoint in {self.folder} does not fit: {error}; delete it to go on"
                ) from error

    def catch_up(self, simulation: "Simulation") -> None:
        """Live again what lies between the checkpoint and where the earlier process stood, as fast as it goes."""
        if self.resumed:
            logged = self._folder.logged()[self._commands :]
            ahead_ns = self.position_ns is not None and self.position_ns >= simulation.dispatcher.now_ns
            if logged or ahead_ns:
                self._replay(simulation, logged)
        threading.Thread(target=self._keep_checkpoints, args=(simulation,), name="checkpoints", daemon=True).start()

    def _replay(self, simulation: "Simulation", logged: list[dict[str, Any]]) -> None:
        dispatcher = simulation.dispatcher
        pace, gates = dispatcher.pacer.pace, dispatcher.gates[:]
        doors = [dispatcher.directory.endpoint(sink.address) for sink in simulation.sinks if not is_durable(sink)]
        dispatcher.gates.clear()
        dispatcher.set_pace(MAX)
        for door in doors:
            door.tell(Mute(True))
        try:
            for entry in logged:
                dispatcher.run(entry["now_ns"] + entry["after"])
                dispatcher.now_ns = entry["now_ns"]
                command = made_command(entry)
                dispatcher.directory.endpoint(_addressee(command)).tell(command)
                dispatcher.run(entry["now_ns"])
                self._commands += 1
                simulation.commands += 1
            if self.position_ns is not None and self.position_ns >= dispatcher.now_ns:
                until_ns = self.position_ns + 1
                dispatcher.run(until_ns if simulation.until_ns is None else min(until_ns, simulation.until_ns))
        finally:
            for door in doors:
                door.tell(Mute(False))
            dispatcher.run(dispatcher.now_ns)
            dispatcher.gates[:] = gates
            dispatcher.set_pace(pace)

    # --- during the run ---

    def before(self, simulation: "Simulation", command: Command) -> None:
        """Write a command down where it falls; on the dispatcher's thread, right before it is told."""
        dispatcher = simulation.dispatcher
        now_ns = dispatcher.now_ns
        entry = {
            "now_ns": now_ns,
            "after": int(dispatcher.timers.next_due() > now_ns),
            **plain_command(command),
        }
        self._folder.log(entry)
        self._commands += 1

    def checkpoint(self, simulation: "Simulation") -> bool:
        """Keep a checkpoint; from another thread than the dispatcher's. False when now is not the time for one."""
        taken, took = Event(), []

        def take() -> None:
            took.append(self._take(simulation))
            taken.set()

        simulation.dispatcher.when_quiet(take)
        while not taken.wait(0.2):
            if self._over.is_set():
                return False
        return self._keep(took[0])

    def _take(self, simulation: "Simulation") -> tuple[bytes, list[Event]] | None:
        if not is_settled(simulation):
            return None
        return freeze(simulation, self._commands), [spool.barrier() for spool in spools(simulation)]

    def _keep(self, taken: tuple[bytes, list[Event]] | None) -> bool:
        """Only what the sinks have accepted may lie before a checkpoint: else it would never be said."""
        if taken is None or not all(barrier.wait(_SAFE_S) for barrier in taken[1]):
            return False
        try:
            self._folder.keep(taken[0])
        except OSError as error:
            self._log.warning("no checkpoint", reason=str(error))
            return False
        return True

    def _keep_checkpoints(self, simulation: "Simulation") -> None:
        while not self._over.wait(self._checkpoint_s):
            try:
                self.checkpoint(simulation)
            except Exception as error:  # the next one may be better
                self._log.warning("no checkpoint", reason=f"{type(error).__name__}: {error}")

    # --- after the run ---

    def hold(self, simulation: "Simulation") -> None:
        """The last instant is lived: take a checkpoint of it. On the dispatcher's thread."""
        self._over.set()
        self._held = self._take(simulation)

    def is_held(self) -> bool:
        """Whether the sinks have accepted all that was said."""
        return self._held is None or all(barrier.is_set() for barrier in self._held[1])

    def release(self, simulation: "Simulation") -> None:
        """Write down how it ended, and let the folder go."""
        self._over.set()
        if self.is_held():
            self._keep(self._held)
        self._note(simulation, ended=simulation.ended == "duration")
        self._folder.release()

    def _note(self, simulation: "Simulation", *, ended: bool) -> None:
        scenario = simulation.scenario
        about = {"name": scenario.name, "seed": scenario.seed, "start_ns": scenario.start_ns, "ended": ended}
        try:
            self._folder.note({**about, "fingerprint": fingerprint(scenario)})
        except OSError as error:
            raise CannotStart(f"no state can be kept in {self.folder}: {error}") from error


def spools(simulation: "Simulation") -> list[Spool]:
    """The spools of all sinks that have one that outlives the process."""
    return [sink.lane for sink in simulation.sinks if is_durable(sink)]


def is_durable(sink: Any) -> bool:
    """Whether what a sink has accepted outlives the process."""
    lane = getattr(sink, "lane", None)
    return isinstance(lane, Spool) and lane.durable


def _addressee(command: Command) -> str:
    """To whom a command goes."""
    return device_address(command.device) if isinstance(command, DeviceCommand) else TIMELINE
