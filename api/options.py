"""Options that several sub-commands share, so that one word means one thing everywhere."""

from typing import Annotated, Literal

import typer

Kernels = Literal["auto", "compiled", "interpreted"]

ScenarioArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="SCENARIO",
        help="A YAML file, the name of an embedded scenario, or - for standard input. Without it: the default fleet.",
        show_default=False,
    ),
]
DurationOption = Annotated[
    str | None,
    typer.Option(
        "--duration", metavar="TIME", help="How much simulated time to run: 90s, 10m, 6h, 1d.", show_default=False
    ),
]
SeedOption = Annotated[
    str | None,
    typer.Option("--seed", metavar="N", help="Another seed: another fleet of the same kind.", show_default=False),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Override one value of the scenario, such as fleet[0].count=100. May be repeated.",
        show_default=False,
    ),
]
KernelsOption = Annotated[
    Kernels,
    typer.Option(
        "--kernels",
        envvar="DATA_SIMULATOR_KERNELS",
        help="How the physics runs; the results are the same bits. auto: interpreted until compiled is ready.",
    ),
]


def overrides(
    given: list[str] | None, *, duration: str | None = None, seed: str | None = None, pace: str | None = None
) -> list[str]:
    """Every option as an override of the scenario: one door, one validation. Named options win over `--set`."""
    named = {"duration": duration, "seed": seed, "pace": pace}
    return [*(given or []), *(f"{path}={value}" for path, value in named.items() if value is not None)]
