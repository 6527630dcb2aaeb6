"""`data-simulator operations`: commands to many devices of a running server, and how far they have come."""

from typing import Annotated, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator operations
data-simulator operations op-1 --cancel
"""


def command(
    operation: Annotated[str | None, typer.Argument(metavar="OPERATION", help="One of them; else all.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="End OPERATION; what it has done stays done.")] = False,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Show commands to many devices, and how far they have come."""
    from api.client import desk

    desk.operations(door(server, key), operation, cancel=cancel, as_json=json_)
