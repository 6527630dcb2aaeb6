"""`data-simulator check`: what would run, without running it."""

import json
import sys
from typing import Annotated, Final

import typer

from api.options import DurationOption, ScenarioArgument, SeedOption, SetOption, overrides

EXAMPLES: Final = """
data-simulator check
data-simulator check fleet.yaml
data-simulator check fleet.yaml --victims
data-simulator check fleet.yaml --set fleet[0].count=5000 --json
"""


def command(
    scenario: ScenarioArgument = None,
    duration: DurationOption = None,
    pace: Annotated[str | None, typer.Option("--pace", metavar="PACE", help="As for run.", show_default=False)] = None,
    seed: SeedOption = None,
    set_: SetOption = None,
    victims: Annotated[
        bool, typer.Option("--victims", help="A dry run of the timeline: each step with its time and its victims.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what would run, without running it.

    Validates the scenario and tells what it would start, at which rate and with how much memory.
    """
    from api.loading import load

    loaded = load(scenario, overrides(set_, duration=duration, seed=seed, pace=pace))

    from api.outlook import outlook, text

    plan = outlook(loaded.scenario)
    shown = text(plan, loaded.source)
    if victims:
        from api.victims import as_data
        from api.victims import text as listed
        from api.victims import victims as found

        planned = found(loaded.scenario)
        plan = {**plan, "victims": as_data(planned)}
        shown += listed(planned)
    sys.stdout.write(json.dumps(plan, indent=2) + "\n" if json_ else shown)
