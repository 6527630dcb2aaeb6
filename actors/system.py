"""The simulation: puts the cast on stage, lets it live, takes commands and queries in, and sums up."""

import gc
import threading
from collections.abc import Callable, Sequence
from typing import Any

from actors.backstage import furnish
from actors.closing import close_down
from actors.fleet import Fleet, declared_faults
from actors.journal import JournalMemory
from actors.kernel_choice import KernelMode, load_kernels
from actors.live import LiveMemory
from actors.opening import open_up
from actors.reception import Reception
from actors.sources.base import Guide
from actors.sources.cast import check_sources, source_children
from actors.stage import Router, build_sinks, check_sinks, spoiled_formats
from actors.state import RunState
from actors.summary import Progress, Summary
from actors.summing import sum_up
from actors.timeline_memory import TimelineMemory
from engine.clock import MAX, Wall
from engine.dispatcher import Dispatcher
from engine.pacer import TooLateError
from engine.shutdown import ShutdownResult
from engine.streams import Stream
from engine.supervision import ChildSpec
from engine.watchdog import Watchdog
from schemas.addresses import JOURNAL, LIVE
from schemas.commands import Command, Reply
from schemas.events import ActorGivenUp, TimeSkipped
from schemas.problems import CannotStart
from schemas.scenario import DeviceSpec, Scenario, plan
from schemas.scenario import Timeline as Script
from schemas.settings import Settings


class Simulation:
    """One run of one scenario. Made by `from_scenario`; lives in the thread that calls `run`."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        kernel_mode: KernelMode = "auto",
        wall: Wall | None = None,
        settings: Settings | None = None,
        state: RunState | None = None,
        live: bool = False,
        guide: Guide | None = None,
    ) -> None:
        if state is not None:
            scenario = state.adopt(scenario)
        options = check_sinks(scenario, resumed=state is not None and state.resumed)
        self.settings = settings or Settings()
        check_sources(scenario, self.settings)
        self.scenario = scenario
        self.specs: tuple[DeviceSpec, ...] = tuple(plan(scenario))
        self.state = state
        self._set_the_clock(kernel_mode, wall)
        self._cast_sinks(options)
        self._cast_fleet(live=live)
        self._write_the_timeline()
        self.sources = source_children(self.fleet.devices, self.settings, self.dispatcher.wall, guide)
        self.beside: tuple[ChildSpec, ...] = ()
        """Actors that begin before the sinks and end after them (a bridge between brokers)."""
        self.followers: list[Any] = []
        """Who is told every entry of the journal, besides the live view."""
        self.zombies = 0
        self.closed: ShutdownResult | None = None
        self.until_ns: int | None = None
        self.ended = "duration"
        self.problem: str | None = None
        self.reception = Reception(self.dispatcher, self._note_commands)
        """Where commands and queries come in."""
        if state is not None:
            state.take_over(self)
        self._stop_asked = threading.Event()
        self._started_at = self.dispatcher.wall.monotonic_ns()
        self._ended_at: int | None = None
        self._result: Summary | None = None

    def _set_the_clock(self, kernel_mode: KernelMode, wall: Wall | None) -> None:
        scenario = self.scenario
        pace = MAX if scenario.pace == "max" else float(scenario.pace)
        self.dispatcher = Dispatcher(start_ns=scenario.start_ns, pace=pace, lag=scenario.lag, wall=wall)
        self.dispatcher.on_skip = lambda skipped_ns: self._note_skip(skipped_ns, self.dispatcher.skipped_to)
        self.kernels = load_kernels(kernel_mode, len(self.specs), pace)

    def _cast_sinks(self, options: Sequence[Any]) -> None:
        scenario, state = self.scenario, self.state
        self.formats = spoiled_formats(scenario)
        """Formats, by sink, that chaos may spoil."""
        self.sinks = build_sinks(
            scenario,
            options,
            gated=lambda: self.dispatcher.pacer.pace == MAX,
            footer=self._footer,
            ended=lambda reason: self.request_stop(),
            settings=self.settings,
            spoiled=self.formats,
            state_folder=None if state is None else state.folder,
        )
        self.dispatcher.gates += [sink.open for sink in self.sinks]

    def _cast_fleet(self, *, live: bool) -> None:
        scenario, directory = self.scenario, self.dispatcher.directory
        beside = (directory.endpoint(LIVE),) if live else ()
        self.fleet = Fleet(
            scenario,
            self.specs,
            directory,
            Router(scenario.sinks, self.sinks, directory, beside),
            blank=self.state is not None and self.state.has_checkpoint,
        )
        self.journal = JournalMemory()
        self.live = LiveMemory(self.fleet.sensors_of()) if live else None
        """What the live view keeps, when there is one."""

    def _write_the_timeline(self) -> None:
        scenario = self.scenario

        def draw(device: str, purpose: str, occurrence: int) -> float:
            return Stream(scenario.seed, device, purpose).uniform(occurrence)

        script = Script(scenario, self.specs, draw)
        self.timeline = TimelineMemory(script, scenario.start_ns, declared_faults(self.specs))
        furnish(self, draw)

    @classmethod
    def from_scenario(
        cls,
        scenario: Scenario,
        *,
        kernels: KernelMode = "auto",
        wall: Wall | None = None,
        settings: Settings | None = None,
        state: RunState | None = None,
        live: bool = False,
        guide: Guide | None = None,
    ) -> "Simulation":
        """Make everything ready; raises `InvalidInput` or `CannotStart` before anything has started.

        With `live` there is a live view, which answers for all devices at once (`GetFleet` and its like). `guide` says
        where monitors of hardware are connected to, for a scenario that may not lead everywhere.
        """
        try:
            return cls(scenario, kernel_mode=kernels, wall=wall, settings=settings, state=state, live=live, guide=guide)
        except MemoryError as error:
            raise CannotStart(f"not enough memory for scenario '{scenario.name}'") from error

    # --- life ---

    def run(
        self,
        duration_ns: int | None = None,
        *,
        on_blocked: Callable[[str], None] = lambda report: None,
        on_ready: Callable[[], None] = lambda: None,
        end_blocked_after_s: float = 60.0,
    ) -> Summary:
        """Live for a simulated duration, or until stopped; blocks the calling thread, closes everything, sums up.

        Code that blocks the fleet cannot be interrupted: `on_blocked` is told who it is, and after
        `end_blocked_after_s` of wall time the process ends with exit code 75. `on_ready` is told when everybody is
        there and has caught up with where an earlier process stood: from then on it takes commands.
        """
        duration_ns = self.scenario.duration_ns if duration_ns is None else duration_ns
        self.until_ns = None if duration_ns is None else self.scenario.start_ns + duration_ns
        self._started_at = self.dispatcher.wall.monotonic_ns()
        watchdog = Watchdog(
            self.dispatcher, lambda blocked: on_blocked(blocked.report), end_after_s=end_blocked_after_s
        )
        watchdog.start()
        try:
            self.begin()
            if self.state is not None and not self._stop_asked.is_set():
                self.state.catch_up(self)
            if not self._stop_asked.is_set():
                on_ready()
                if self.state is not None:
                    self.state.make_up(self)
            if not self._stop_asked.is_set():
                self.dispatcher.run(self.until_ns, on_idle="wait")
        except TooLateError as error:
            self.fail(str(error))
        finally:
            if self._stop_asked.is_set() and self.ended == "duration":
                self.ended = "stopped"
            self.close()
            watchdog.stop()
        return self.summary()

    def begin(self) -> None:
        """Start every actor and let each begin, at the first instant; the clock stands until `dispatcher.run`.

        A branch is started when the one before it is there: no device speaks before there is a sink to hear it. From
        then on the garbage collector need not look at the cast again and again. A process that takes over does not even
        look once: it has made no more than the cast, and is in a hurry.
        """
        if self.live is not None:
            self.fleet.show(self.live)
        if not open_up(self):
            self.request_stop()
        if self.state is None or not self.state.resumed:
            gc.collect()
        gc.freeze()

    def request_stop(self) -> None:
        """Stop in order, soon; safe from any thread and from a signal handler."""
        self._stop_asked.set()
        threading.Thread(target=self.dispatcher.stop, name="stop", daemon=True).start()

    @property
    def stop_asked(self) -> bool:
        """Whether it is to stop, or has stopped for that."""
        return self._stop_asked.is_set()

    def leave_out(self, until_ns: int) -> None:
        """Leave out simulated time up to an instant, and write that down; on the fleet's thread, between two runs."""
        now_ns = self.dispatcher.now_ns
        if until_ns > now_ns:
            self._note_skip(until_ns - now_ns, until_ns)
            self.dispatcher.leave_out(until_ns)

    def _note_skip(self, skipped_ns: int, until_ns: int) -> None:
        if self.state is not None:
            self.state.skipped(self, until_ns)
        self.dispatcher.directory.endpoint(JOURNAL).tell(TimeSkipped(skipped_ns, self.dispatcher.now_ns))

    def close(self) -> None:
        """Shut down phase by phase; nothing that was accepted is lost."""
        if self._ended_at is None:
            self._ended_at = self.dispatcher.wall.monotonic_ns()
            if self.state is not None:
                self.state.ending(self)
            self.zombies = max(self.zombies, close_down(self))
            if self.state is not None:
                self.state.release(self)
            self._result = sum_up(self, (self._ended_at - self._started_at) / 1e9)

    # --- doors ---

    def send(self, command: Command, timeout_s: float = 5.0) -> Reply:
        """Carry out one command; from any thread. Raises `pykka.Timeout` and `LookupError` (see `Reception`)."""
        return self.reception.send(command, timeout_s)

    def send_all(self, commands: Sequence[Command], timeout_s: float = 5.0) -> list[Reply]:
        """Carry out commands in one go, in their order; from any thread. Raises `pykka.Timeout`."""
        return self.reception.send_all(commands, timeout_s)

    def ask(self, query: Any, timeout_s: float = 5.0) -> Any:
        """Answer one query; from any thread."""
        return self.reception.ask(query, timeout_s)

    def progress(self) -> Progress:
        """How far the run has come; from any thread."""
        return Progress(
            now_ns=self.dispatcher.now_ns,
            started_ns=self.scenario.start_ns,
            until_ns=self.until_ns,
            frames=self.fleet.frames(),
            readings=self.fleet.readings(),
            lag_ns=self.dispatcher.pacer.lag_ns,
        )

    def summary(self) -> Summary:
        """The run so far; the final one once it has been closed."""
        return self._result or sum_up(self, (self.dispatcher.wall.monotonic_ns() - self._started_at) / 1e9)

    # --- inside ---

    def given_up(self, event: ActorGivenUp) -> None:
        """A sink that nobody writes for any more must not keep the clock waiting."""
        for sink in self.sinks:
            if event.address == sink.address or event.address.startswith(f"{sink.address}/"):
                sink.abandon()
                self.fail(f"sink {sink.name} was given up: {event.reason}")

    def collapse(self, problem: str) -> None:
        """Supervision cannot go on: the run has failed and stops."""
        self.fail(problem)
        self.request_stop()

    def haunted(self, count: int) -> None:
        """More threads than may be have been abandoned: only the end of the process frees what they hold."""
        self.zombies = count
        self.collapse(f"{count} actors did not end in time")

    def fail(self, problem: str) -> None:
        """The run has failed; the first problem is the one that is told."""
        self.ended = "failed"
        self.problem = self.problem or problem

    def _note_commands(self, commands: Sequence[Command]) -> None:
        if self.state is not None:
            self.state.before_all(self, commands)

    def _footer(self) -> str:
        progress = self.progress()
        seconds = (progress.now_ns - progress.started_ns) / 1e9
        counts = f"{progress.frames:,} frames   {progress.readings:,} readings"
        return f"{seconds:,.0f} s simulated   {counts}   lag {progress.lag_ns / 1e6:.1f} ms"
