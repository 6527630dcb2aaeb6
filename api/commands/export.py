"""`data-simulator export`: a scenario as an experiment of Chaos Toolkit, and the fleet to run it against."""

import json
import sys
from typing import Annotated, Final, Literal

import typer

from api.options import DurationOption, ScenarioArgument, SeedOption, SetOption, overrides

EXAMPLES: Final = """
data-simulator export broker-outage > experiment.json
data-simulator export broker-outage --as fleet > fleet.yaml
data-simulator export sensor-drift --pace 60 > experiment.json
"""


def command(
    scenario: ScenarioArgument = None,
    as_: Annotated[
        Literal["chaos-toolkit", "fleet"],
        typer.Option("--as", help="The experiment, or the scenario that has to be served for it."),
    ] = "chaos-toolkit",
    duration: DurationOption = None,
    pace: Annotated[
        str | None,
        typer.Option(
            "--pace",
            metavar="PACE",
            help="Simulated seconds per real second, which the server has to keep.",
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = None,
    set_: SetOption = None,
) -> None:
    """Write a scenario as an experiment of Chaos Toolkit.

    `chaos run` then drives a served fleet with the same steps on the same devices, and judges by the same expectations.
    What an experiment cannot say is named on standard error and in its extensions; what cannot be done at all is
    refused.
    """
    from api.exporting.experiment import exported
    from api.exporting.fleet import fleet
    from api.loading import load

    found = load(scenario, overrides(set_, duration=duration, seed=seed, pace=pace)).scenario
    if as_ == "fleet":
        sys.stdout.write(json.dumps(fleet(found), indent=2, ensure_ascii=False) + "\n")
        return
    experiment, unsaid = exported(found)
    sys.stderr.write("".join(f"not in the experiment: {each}\n" for each in unsaid))
    sys.stdout.write(json.dumps(experiment, indent=2, ensure_ascii=False) + "\n")
