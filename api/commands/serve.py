"""`data-simulator serve`: a fleet that goes on, with its API and its dashboard."""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal

import typer

from api.interrupts import Interrupts
from api.options import KernelsOption, SeedOption, SetOption, overrides

EXAMPLES: Final = """
data-simulator serve
data-simulator serve --scenario fleet.yaml --port 9000
data-simulator serve --scenario thousand --state ./state --downtime skip
"""


def command(
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario",
            metavar="SCENARIO",
            help="A YAML file, the name of an embedded scenario, or - for standard input; else the default fleet.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Where to listen: 127.0.0.1 unless said.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65_535, help="8080, or a free one when that is taken; 0 is any free one."),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="Keep everything in DIR; else below DATA_SIMULATOR_STATE_DIR, or in the user's folder for state.",
            show_default=False,
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin another run, whatever an earlier process left behind.")
    ] = False,
    downtime: Annotated[
        Literal["auto", "catch-up", "skip", "hold"] | None,
        typer.Option(
            "--downtime",
            help="The time while no process ran the fleet: say now what was missed, leave it out and count it, or let "
            "the fleet's clock stand. auto: catch up after a crash, hold after an orderly end.",
            show_default=False,
        ),
    ] = None,
    pace: Annotated[str | None, typer.Option("--pace", metavar="PACE", help="As for run.", show_default=False)] = None,
    seed: SeedOption = None,
    set_: SetOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The address and errors only.")] = False,
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
    """Serve a fleet: API, dashboard, metrics, probes.

    The fleet goes on where the last process left it, however that ended. Options win over the variables
    DATA_SIMULATOR_HOST, _PORT, _SCENARIO, _STREAMS and _DOWNTIME. Ctrl-C or SIGTERM stops in order and loses nothing.
    """
    with Interrupts():
        from api.loading import load
        from api.serving.launch import serve
        from api.serving.plan import RunOptions, ServePlan, load_settings
        from api.serving.reach import listening_option

        settings = load_settings()
        server = settings.server()
        given: dict[str, Any] = {"host": listening_option(host), "port": port, "downtime": downtime}
        server = replace(server, **{name: value for name, value in given.items() if value is not None})
        wanted = overrides(set_, seed=seed, pace=pace)
        chosen = load(scenario or server.scenario, wanted).scenario
        options = RunOptions(kernels, quiet=quiet, log=log, log_level=log_level, state=state, fresh=fresh)
        serve(ServePlan(settings, server, options), chosen)
