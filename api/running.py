"""One run as the command line sees it: logs, signals, progress, summary and the exit code."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actors import logs
from actors.embedded.tail import Tailed
from actors.system import Simulation
from actors.transports import prepare
from api import summary as summaries
from api.exit_codes import ExitCode
from api.interrupts import Interrupts
from api.keeping import state_for
from api.options import Kernels
from api.progress import ProgressReport
from engine import kernels
from engine.clock import WallClock
from schemas.settings import Settings

if TYPE_CHECKING:
    from actors.summary import Summary
    from schemas.scenario import Scenario


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line may ask of a run besides its scenario."""

    kernels: Kernels = "auto"
    summary: str | None = None
    digests: bool = False
    no_sinks: bool = False
    quiet: bool = False
    log: logs.Style = "console"
    log_level: logs.Level = "warning"
    state: str | None = None
    fresh: bool = False


def run(scenario: "Scenario", options: RunOptions, interrupts: Interrupts) -> ExitCode:
    """Run a scenario to its end, or until a signal stops it; what is wrong is found before anything starts."""
    file = None if options.summary is None else summaries.SummaryFile(options.summary)
    if options.no_sinks:
        scenario = without_sinks(scenario)
    settings = load_settings()
    now: list[Callable[[], int]] = [lambda: scenario.start_ns]
    logs.configure(options.log, level=options.log_level, now_ns=lambda: now[0](), secrets=settings.secrets())
    announce(options)
    transports = prepare(scenario, settings, _passing_by(options))
    try:
        state = state_for(
            scenario, settings, options.state, fresh=options.fresh, lasting=transports.pipeline is None
        )
        simulation = Simulation.from_scenario(
            scenario, kernels=options.kernels, settings=transports.settings, state=state
        )
        simulation.beside = transports.children
        now[0] = lambda: simulation.progress().now_ns
        _say(options, transports.notices())
        return _live(simulation, options, interrupts, file)
    finally:
        transports.close()


def load_settings() -> Settings:
    """The settings of this process and of an `.env` file in its folder."""
    env_file = Path(".env")
    return Settings.load(env_file=env_file if env_file.is_file() else None)


def _live(
    simulation: Simulation, options: RunOptions, interrupts: Interrupts, file: "summaries.SummaryFile | None"
) -> ExitCode:
    scenario = simulation.scenario
    interrupts.guard(simulation.request_stop)
    with _progress(simulation, scenario, options):
        summary = simulation.run(scenario.duration_ns, on_blocked=_blocked)
    if file is not None:
        file.write(as_document(summary, scenario, digests=options.digests))
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
        return ExitCode.FAILED
    return ExitCode.ZOMBIES if summary.zombies else ExitCode.OK


def _blocked(report: str) -> None:
    logs.logger("watchdog").error("an actor's code blocks the fleet", report=report)
