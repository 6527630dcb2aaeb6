"""The state of a run: what lets another process go on where this one ended, however it ended.

A run follows from its scenario, its seed and the commands from outside. So a process that takes it over starts from
the newest checkpoint, or from birth, and lives on as fast as it can to where the earlier one stood; what is said
meanwhile passes the sinks by, each up to the last record that it has accepted. From there on nobody can tell.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from actors import state_journal
from actors.logs import logger
from actors.sinks.base.records import WORDS
from actors.state_checkpoint import OutdatedError, make_so, read
from actors.state_commands import plain_command
from actors.state_db import Beat, StateDb
from actors.state_downtime import Downtime, make_up
from actors.state_folder import StateFolder, fingerprint
from actors.state_keeping import Keeper, spools
from actors.state_replay import outside_left_alone, replay
from engine.clock import WallClock
from schemas.commands import Command
from schemas.events import Entry
from schemas.problems import CannotStart
from schemas.scenario import Scenario

if TYPE_CHECKING:
    from actors.system import Simulation

CHECKPOINT_S: Final = 30.0
"""Real time between two checkpoints."""
BEAT_S: Final = 1.0
"""Real time between two notes of how the clocks stand."""
_UNSURE_NS: Final = 2 * 10**9
"""Before the last beat: what sinks that keep nothing have surely been told by then."""


class RunState:
    """One process's hold of a run. Made before the simulation; `CannotStart` when the folder cannot be used."""

    def __init__(
        self,
        folder: Path | StateFolder,
        *,
        checkpoint_s: float = CHECKPOINT_S,
        fresh: bool = False,
        downtime: Downtime = "hold",
    ) -> None:
        """`fresh` begins another run, whatever an earlier process left; what its sinks hold is still delivered.

        A `StateFolder` that is given stays with who gave it. `downtime`: what becomes of the time in between.
        """
        self._lent = isinstance(folder, StateFolder)
        self._folder = folder if isinstance(folder, StateFolder) else StateFolder(folder)
        self.resumed = False
        """Whether this process goes on with a run of an earlier one."""
        self.position_ns: int | None = None
        """How far the earlier process had come, as far as is known."""
        self.since: Beat | None = None
        """How the earlier process's clocks stood last."""
        self.downtime: Downtime = downtime
        self.caught_up_ns = 0
        """Simulated time that passed while no process ran the fleet, and was lived afterwards."""
        self._checkpoint_s = checkpoint_s
        self._fresh = fresh
        self._commands = 0
        self._kept: dict[str, Any] | None = None
        self._written = 0
        self._later: list[Entry] = []
        self._making_up = False
        self._paused: bool | None = None
        self.problem = ""
        """Why the state cannot be kept now."""
        self._over = Event()
        self._log = logger("state")
        self._keeper = Keeper(self._folder, self._over, self._log)

    @property
    def folder(self) -> Path:
        """Where the spools are."""
        return self._folder.path

    @property
    def db(self) -> StateDb:
        """The file in which everything is kept."""
        return self._folder.db

    def adopt(self, scenario: Scenario) -> Scenario:
        """The scenario as this process runs it: one that starts `now` goes on from when it first did."""
        about = self._folder.about()
        self.resumed = not self._fresh and self._folder.is_same(scenario, about)
        if self.resumed:
            self._read_checkpoint()
            return scenario.model_copy(update={"start_ns": about["start_ns"]})
        self._folder.forget()
        return scenario

    def _read_checkpoint(self) -> None:
        data = self.db.kept()
        try:
            self._kept = None if data is None else read(data)
        except OutdatedError as error:
            self._log.warning("the checkpoint is not used: the run is lived from its birth", reason=str(error))
        except ValueError as error:
            self._let_go()
            raise self._unfit(error) from error

    def _unfit(self, error: ValueError) -> CannotStart:
        return CannotStart(f"the checkpoint in {self.folder} does not fit: {error}; --fresh begins anew")

    @property
    def has_checkpoint(self) -> bool:
        """Whether `take_over` will restore every device from a checkpoint."""
        return self._kept is not None

    # --- before the run ---

    def take_over(self, simulation: "Simulation") -> None:
        """Bring everything to where the newest checkpoint has it, before any actor lives."""
        try:
            self._take_over(simulation)
        except BaseException:
            self._let_go()
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
        simulation.timeline.stage.first_time = self._folder.is_first
        if self.resumed:
            self._recall(simulation)

    def _recall(self, simulation: "Simulation") -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            try:
                self._commands = make_so(simulation, kept)
            except ValueError as error:
                raise self._unfit(error) from error
        self._later = state_journal.restore(simulation.journal, self.db)
        self._written = simulation.journal.number
        self.since = self.db.last_beat()
        marks = [
            mark.time_ns
            for spool in spools(simulation)
            for what in range(len(WORDS))
            for mark in spool.high_water(what).values()
        ]
        self.position_ns = max(marks, default=None)
        if self.position_ns is None and self.since is not None:
            self.position_ns = self.since.now_ns - (0 if self.since.orderly else _UNSURE_NS)
        if self.since is not None:
            self._folder.restore_pace(simulation, self.since)

    def catch_up(self, simulation: "Simulation") -> None:
        """Live again what lies between the checkpoint and where the earlier process stood, as fast as it goes."""
        if self.resumed:
            logged = self.db.logged(self._commands)
            ahead_ns = self.position_ns is not None and self.position_ns >= simulation.dispatcher.now_ns
            if logged or ahead_ns:
                with outside_left_alone(simulation):
                    replay(simulation, logged, self.position_ns)
                self._commands += len(logged)
            state_journal.retell(simulation, self._later)
        threading.Thread(target=self._keep_going, args=(simulation,), name="state", daemon=True).start()

    def make_up(self, simulation: "Simulation") -> None:
        """What becomes of the time while no process ran the fleet; commands are taken meanwhile."""
        if self.resumed and self.since is not None:
            self._making_up = True
            try:
                with outside_left_alone(simulation):
                    self.caught_up_ns = make_up(simulation, self.since, self.downtime, self._log)
            finally:
                self._making_up = False

    # --- during the run ---

    def before_all(self, simulation: "Simulation", commands: Sequence[Command]) -> None:
        """Write commands down where they fall; on the dispatcher's thread, right before they are told.

        They are safe together, by one wait for the disk.
        """
        entries = [self._entry(simulation, plain_command(command)) for command in commands]
        self.db.log_all(self._commands, entries)
        self._commands += len(entries)

    def skipped(self, simulation: "Simulation", until_ns: int) -> None:
        """Write down that simulated time was left out up to an instant; on the dispatcher's thread, before it is."""
        self._note_input(simulation, {"skip_to_ns": until_ns})

    def _note_input(self, simulation: "Simulation", what: dict[str, Any]) -> None:
        self.db.log_all(self._commands, [self._entry(simulation, what)])
        self._commands += 1

    def _entry(self, simulation: "Simulation", what: dict[str, Any]) -> dict[str, Any]:
        dispatcher = simulation.dispatcher
        now_ns = dispatcher.now_ns
        return {"now_ns": now_ns, "after": int(dispatcher.timers.next_due() > now_ns), **what}

    def checkpoint(self, simulation: "Simulation") -> bool:
        """Keep a checkpoint; from another thread than the dispatcher's. False when now is not the time for one."""
        if not self._making_up:
            self.beat(simulation)  # the journal up to here, which a checkpoint leaves out
        return self._keeper.checkpoint(simulation, lambda: self._commands)

    def _keep_going(self, simulation: "Simulation") -> None:
        """A beat every second, a checkpoint now and then."""
        period_s = min(BEAT_S, self._checkpoint_s)
        left_s = self._checkpoint_s
        while not self._over.wait(period_s):
            left_s -= period_s
            try:
                if not self._making_up:  # until the present is reached, the last beat says best where it is
                    self.beat(simulation)
                if left_s <= 0:
                    left_s = self._checkpoint_s
                    self.checkpoint(simulation)
                self.problem = ""
            except Exception as error:  # the next one may be better
                self.problem = f"{type(error).__name__}: {error}"
                self._log.warning("the state is not kept", reason=self.problem)

    def beat(self, simulation: "Simulation", *, orderly: bool = False) -> None:
        """Note how the clocks stand and what has come into the journal. Raises `OSError`."""
        dispatcher = simulation.dispatcher
        pacer = dispatcher.pacer
        now_ns, wall_ns = dispatcher.now_ns, WallClock.epoch_ns()
        paused = pacer.paused if self._paused is None else self._paused
        rows = state_journal.news(simulation.journal, self._written)
        self.db.beat(Beat(wall_ns, now_ns, pacer.pace, paused, orderly), rows, quick=not orderly)
        if rows:
            self._written = rows[-1][0] + 1

    # --- after the run ---

    def ending(self, simulation: "Simulation") -> None:
        """The end begins: the clock is stopped next, which is no pause that anybody asked for."""
        self._paused = simulation.dispatcher.pacer.paused
        self._over.set()

    def hold(self, simulation: "Simulation") -> None:
        """The last instant is lived: take a checkpoint of it. On the dispatcher's thread."""
        self._keeper.hold(simulation, self._commands)

    def is_held(self) -> bool:
        """Whether the sinks have accepted all that was said."""
        return self._keeper.is_held()

    def release(self, simulation: "Simulation") -> None:
        """Write down how it ended, and let the folder go."""
        self._over.set()
        try:
            self.beat(simulation, orderly=True)
            self._keeper.keep_held()
            self._note(simulation, ended=simulation.ended == "duration")
        except OSError as error:
            self._log.error("the end of the run could not be written down", reason=str(error))
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if not self._lent:
            self._folder.release()

    def _note(self, simulation: "Simulation", *, ended: bool) -> None:
        scenario = simulation.scenario
        about = {"name": scenario.name, "seed": scenario.seed, "start_ns": scenario.start_ns, "ended": ended}
        about |= {"fingerprint": fingerprint(scenario), "pace": str(scenario.pace), "document": scenario.document()}
        try:
            self._folder.note(about)
        except OSError as error:
            raise CannotStart(f"no state can be kept in {self.folder}: {error}") from error
