"""`data-simulator schema`: the JSON Schema of a scenario, for editors."""

import json
import sys
from typing import Annotated, Final

import typer

EXAMPLES: Final = """
data-simulator schema > scenario.schema.json
data-simulator schema --plain > scenario.schema.json
"""


def command(
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Leave out the words that are installed here (kinds, sinks, faults...)."),
    ] = False,
) -> None:
    """Print the JSON Schema of a scenario.

    An editor that knows it completes words and marks mistakes. In a YAML file, the first line then says:
    # yaml-language-server: $schema=scenario.schema.json
    """
    from actors.vocabulary import Words
    from schemas.scenario import scenario_schema

    schema = scenario_schema(None if plain else Words())
    sys.stdout.write(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")
