"""`data-simulator kinds`: the words that a scenario may use here."""

import json
import sys
from typing import Annotated, Final

import typer

EXAMPLES: Final = """
data-simulator kinds
data-simulator kinds devices
data-simulator kinds --json
"""


def command(
    family: Annotated[
        str | None,
        typer.Argument(metavar="FAMILY", help="Only devices, sensors, modes, faults, sinks or formats."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the words that a scenario may use.

    Device kinds with their models, set-ups, sensors and settable parameters, failure modes, sensor faults, sinks and
    formats: this product's own and those of installed packages.
    """
    from api.catalogue import catalogue, text

    found = catalogue(family)
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if json_ else text(found))
