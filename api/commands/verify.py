"""`data-simulator verify`: is a run repeatable? Runs it again and compares the digests."""

import sys
from typing import Annotated, Final

import typer

from api.options import DurationOption, KernelsOption, ScenarioArgument, SeedOption, SetOption, overrides

EXAMPLES: Final = """
data-simulator verify --duration 10m
data-simulator verify fleet.yaml --duration 1d --seed 7
data-simulator verify --against day.json
"""


def command(
    scenario: ScenarioArgument = None,
    duration: DurationOption = None,
    seed: SeedOption = None,
    set_: SetOption = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="Compare one run with the summary an earlier run wrote, for the same stretch of time.",
            show_default=False,
        ),
    ] = None,
    kernels: KernelsOption = "auto",
) -> None:
    """Tell whether a run is repeatable.

    Runs the scenario twice, each in a process of its own and as fast as possible, and compares what the devices said.
    With --against, run once more what that summary tells of, and compare with it. Nothing is sent to the sinks.
    The exit code is 0 when the digests are the same, and 1 when they differ or the run cannot be repeated.
    """
    from api.replay import Replay, RunFailed, compare, compare_with

    wanted = overrides(set_, duration=duration, seed=seed)
    try:
        if against is not None:
            raise typer.Exit(compare_with(against, scenario, wanted, kernels))
        raise typer.Exit(compare(Replay.of(scenario, wanted, kernels)))
    except RunFailed as error:
        sys.stderr.write(f"data-simulator: {error}\n")
        raise typer.Exit(error.code) from error
