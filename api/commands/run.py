"""`data-simulator run`: the main job - a scenario in, a living fleet, frames out."""

from typing import Annotated, Final, Literal

import typer

from api.interrupts import Interrupts
from api.options import (
    DurationOption,
    KernelsOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    overrides,
)

EXAMPLES: Final = """
data-simulator run
data-simulator run default --duration 1d --pace max --summary day.json
data-simulator run fleet.yaml --pace 10 --seed 7 --set fleet[0].count=100
"""


def command(
    scenario: ScenarioArgument = None,
    duration: DurationOption = None,
    pace: Annotated[
        str | None,
        typer.Option(
            "--pace",
            metavar="PACE",
            help="Simulated seconds per real second: 1, 10, 0.5, or max for as fast as possible.",
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = None,
    set_: SetOption = None,
    summary: Annotated[
        str | None,
        typer.Option("--summary", metavar="FILE", help="Write the summary as JSON to FILE.", show_default=False),
    ] = None,
    digests: Annotated[bool, typer.Option("--digests", help="Put the digest of every device into FILE.")] = False,
    faults: Annotated[
        str | None,
        typer.Option(
            "--faults",
            metavar="FILE",
            help="Write a record of every fault at the end: lines of JSON, or Avro into *.avro.",
            show_default=False,
        ),
    ] = None,
    no_sinks: Annotated[
        bool, typer.Option("--no-sinks", help="Send the frames nowhere: to measure, or for the digest alone.")
    ] = False,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="Keep the state of the run in DIR: the next process goes on where this one ended. Sinks that carry "
            "to brokers keep it by themselves, below DATA_SIMULATOR_STATE_DIR.",
            show_default=False,
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin another run, whatever an earlier process left behind.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary, errors only.")] = False,
    log: Annotated[
        Literal["console", "json"],
        typer.Option("--log", envvar="DATA_SIMULATOR_LOG", help="How log lines look; they go to stderr."),
    ] = "console",
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        typer.Option("--log-level", envvar="DATA_SIMULATOR_LOG_LEVEL", help="The least that is logged."),
    ] = "warning",
    kernels: KernelsOption = "auto",
) -> None:
    """Run a scenario.

    Without arguments: the default fleet, in real time, until Ctrl-C, with a dashboard in the browser. The first Ctrl-C
    (or SIGTERM) stops in order and loses nothing; a second Ctrl-C forces the end.
    """
    wanted = overrides(set_, duration=duration, seed=seed, pace=pace)
    with Interrupts() as interrupts:
        from api.loading import load

        chosen = load(scenario, wanted).scenario

        from api.serving.plan import RunOptions, ServePlan, load_settings

        options = RunOptions(kernels, summary, digests, no_sinks, quiet, log, log_level, state, fresh, faults)
        if chosen.duration_ns is None:
            from api.serving.launch import serve

            settings = load_settings()
            serve(ServePlan(settings, settings.server(), options, ends_with_run=True), chosen)

        from api.running import run

        raise typer.Exit(run(chosen, options, interrupts))
