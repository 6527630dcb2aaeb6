"""`data-simulator dataset`: a scenario as a data set - Parquet files with splits, a sealed test and a data card."""

from typing import Annotated, Final

import typer

from api.interrupts import Interrupts
from api.options import DurationOption, KernelsOption, ScenarioArgument, SeedOption, SetOption, overrides

EXAMPLES: Final = """
data-simulator dataset dataset-sites --out sites
data-simulator dataset fleet.yaml --out fleet --duration 24d --processes 2
data-simulator dataset fleet.yaml --out fleet --split 60/20/20 --set fleet[0].count=50
"""


def command(
    scenario: ScenarioArgument = None,
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="The folder of the data set: empty, new, or begun before.")
    ] = "dataset",
    duration: DurationOption = None,
    seed: SeedOption = None,
    set_: SetOption = None,
    split: Annotated[
        str,
        typer.Option("--split", metavar="A/B/C", help="Percent of the units for training, validation and test."),
    ] = "70/15/15",
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, max=256, help="Default: one for each core.", show_default=False),
    ] = None,
    by_actors: Annotated[
        bool, typer.Option("--by-actors", help="Live every device as actors: slower, and the same files.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary, errors only.")] = False,
    kernels: KernelsOption = "auto",
) -> None:
    """Make a data set of a scenario.

    Runs it in virtual time and writes Parquet: telemetry, truth, events and metadata apart, by site and device, split
    by unit and by time, with a test set that is cut before its units fail and whose answers are sealed. Sinks and pace
    of the scenario do not matter.

    A process that was killed leaves what it had finished; the same command goes on from there and comes to the same
    files. Neither that nor --processes changes a byte.
    """
    wanted = overrides(set_, duration=duration, seed=seed)
    with Interrupts() as interrupts:
        from api.loading import load

        loaded = load(scenario, wanted)

        from api.datasets import DatasetOptions, make

        options = DatasetOptions(out, split, processes, by_actors, quiet, kernels)
        raise typer.Exit(make(loaded.scenario, options, interrupts))
