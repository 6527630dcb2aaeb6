"""One run with all that belongs to it: brokers, state, what people are told, and its exit code."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from actors import logs
from actors.embedded.tail import Tailed
from actors.fault_file import write_faults
from actors.sources.base import Guide
from actors.state import RunState
from actors.system import Simulation
from actors.transports import prepare
from api import summary as summaries
from api.exit_codes import ExitCode
from api.keeping import state_for
from api.progress import ProgressReport
from api.serving.plan import RunOptions
from engine import kernels
from engine.clock import WallClock

if TYPE_CHECKING:
    from actors.summary import Summary
    from schemas.scenario import Scenario
    from schemas.settings import Settings


class Production:
    """Makes a run ready; what is wrong is found before anything has started. Left, it has ended its brokers."""

    def __init__(
        self,
        scenario: "Scenario",
        settings: "Settings",
        options: RunOptions,
        *,
        live: bool = False,
        state: RunState | None = None,
        guide: Guide | None = None,
    ) -> None:
        """With `live` somebody answers for all devices at once. Without `state`, the options say where it is."""
        self._options = options
        self._file = None if options.summary is None else summaries.SummaryFile(options.summary)
        scenario = without_sinks(scenario) if options.no_sinks else scenario
        now: list[Callable[[], int]] = [lambda: scenario.start_ns]
        logs.configure(options.log, level=options.log_level, now_ns=lambda: now[0](), secrets=settings.secrets())
        announce(options)
        self._transports = prepare(scenario, settings, _passing_by(options))
        try:
            state = state or state_for(
                scenario,
                settings,
                options.state,
                fresh=options.fresh,
                lasting=self._transports.pipeline is None,
            )
            self.simulation = Simulation.from_scenario(
                scenario,
                kernels=options.kernels,
                settings=self._transports.settings,
                state=state,
                live=live,
                guide=guide,
            )
        except BaseException:
            self._transports.close()
            raise
        self._transports.join(self.simulation)
        if options.faults is not None:
            self.simulation.fleet.keep_records()
        now[0] = lambda: self.simulation.progress().now_ns

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transports.close()

    def run(self, on_ready: Callable[[], None] = lambda: None) -> ExitCode:
        """Live to the end, or until it is stopped; tell people, write the summary."""
        simulation, options = self.simulation, self._options
        scenario = simulation.scenario
        _say(options, self._transports.notices())
        with _progress(simulation, scenario, options):
            summary = simulation.run(scenario.duration_ns, on_blocked=_blocked, on_ready=on_ready)
        if self._file is not None:
            self._file.write(as_document(summary, scenario, digests=options.digests))
        if options.faults is not None:
            write_faults(options.faults, simulation.fleet.fault_records())
        if not options.quiet:
            sys.stderr.write(summaries.text(summary.as_dict()))
        return end_code(summary)


def _say(options: RunOptions, lines: Sequence[str]) -> None:
    if not options.quiet:
        sys.stderr.write("".join(f"{line}\n" for line in lines))


def _passing_by(options: RunOptions) -> Callable[[Tailed], None]:
    """Shows what passes by at embedded brokers, but not to a terminal, where the live table is."""
    shown = not options.quiet and not sys.stderr.isatty()

    def show(record: Tailed) -> None:
        if shown:
            sys.stderr.write(f"{record.line()}\n")

    return show


def announce(options: RunOptions) -> None:
    """Say that the physics has yet to be compiled here: the first run may keep its reader waiting for that."""
    if not options.quiet and options.kernels != "interpreted" and not kernels.ready():
        sys.stderr.write("The first run here: the physics is being compiled, once, for some seconds.\n")


def without_sinks(scenario: "Scenario") -> "Scenario":
    """The scenario with a sink of kind `null` in the place and under the name of each of its sinks.

    They stay as actors, because a timeline may crash or hang them by name.
    """
    nulls = tuple(sink.model_copy(update={"kind": "null", "options": {}, "truth": False}) for sink in scenario.sinks)
    return scenario.model_copy(update={"sinks": nulls})


def as_document(summary: "Summary", scenario: "Scenario", *, digests: bool) -> dict[str, Any]:
    """The summary as it is written: with the scenario as it was run, so that the file is enough to run it again."""
    document = summary.as_dict()
    if not digests:
        document.pop("digests", None)
    document["document"] = scenario.document()
    return document


def _progress(simulation: Simulation, scenario: "Scenario", options: RunOptions) -> AbstractContextManager[object]:
    """A report of progress for bounded runs; a live table at the same terminal speaks for itself."""
    console = any(sink.kind == "console" for sink in scenario.sinks)
    shared = console and sys.stdout.isatty() and sys.stderr.isatty()
    if options.quiet or shared or scenario.duration_ns is None:
        return nullcontext()
    return ProgressReport(simulation.progress, lambda: WallClock().monotonic_ns() / 1e9)


def end_code(summary: "Summary") -> ExitCode:
    """The exit code that a finished run earns."""
    if summary.ended == "failed":
        sys.stderr.write(f"the run failed: {summary.problem}\n")
    if summary.zombies:
        return ExitCode.ZOMBIES
    return ExitCode.FAILED if summary.ended == "failed" else ExitCode.OK


def _blocked(report: str) -> None:
    logs.logger("watchdog").error("an actor's code blocks the fleet", report=report)
