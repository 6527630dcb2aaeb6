"""`data-simulator twin`: the same past with two futures, side by side."""

import sys
from typing import Annotated, Final

import typer

from api.options import DurationOption, KernelsOption, ScenarioArgument, SeedOption, SetOption, overrides

EXAMPLES: Final = """
data-simulator twin hot-room --at 5m --duration 10m --do '{do: repair, on: all, mode: fan}'
data-simulator twin fleet.yaml --at 1h --duration 1d --without lie
data-simulator twin fleet.yaml --at 1h --duration 2h --rul cpu-0001 --horizon 90d
"""


def command(
    scenario: ScenarioArgument = None,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When the two futures part.")] = "5m",
    do: Annotated[
        list[str] | None,
        typer.Option(
            "--do",
            metavar="STEP",
            help="A step that only the second future has, as in a timeline; at once without at. May be repeated.",
            show_default=False,
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="NAME",
            help="A step of the scenario that only the first future has: its name, or its place. May be repeated.",
            show_default=False,
        ),
    ] = None,
    rul: Annotated[
        list[str] | None,
        typer.Option(
            "--rul",
            metavar="DEVICE",
            help="Tell the exact remaining life of a device in either future. May be repeated.",
            show_default=False,
        ),
    ] = None,
    horizon: Annotated[str, typer.Option("--horizon", metavar="TIME", help="How far --rul looks ahead.")] = "365d",
    duration: DurationOption = None,
    seed: SeedOption = None,
    set_: SetOption = None,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    kernels: KernelsOption = "auto",
) -> None:
    """Live the same past with two futures and tell where they differ.

    Up to --at there is one run. From there the first future is as the scenario says; the second has the steps of --do
    more and those of --without less. Nothing is sent to the sinks.
    """
    from api.twinning import Asked, report

    wanted = overrides(set_, duration=duration, seed=seed)
    asked = Asked(at, tuple(do or ()), tuple(without or ()), tuple(rul or ()), horizon, kernels)
    sys.stdout.write(report(scenario, wanted, asked, as_json=json_))
