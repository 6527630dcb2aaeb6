"""`data-simulator sinks`: where the frames of a running server go, and what became of them."""

from typing import Annotated, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator sinks
data-simulator sinks mqtt --books
data-simulator sinks mqtt --off
"""


def command(
    sink: Annotated[str | None, typer.Argument(metavar="SINK", help="One sink; else all.")] = None,
    books: Annotated[bool, typer.Option("--books", help="The books of SINK, device by device.")] = False,
    turn: Annotated[
        bool | None,
        typer.Option("--on/--off", help="Let SINK send, or have it keep all.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 50,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Show the sinks with their books: accepted = acked + queued + dropped + rejected."""
    from api.client import desk

    desk.sinks(door(server, key), sink, limit, books=books, turn=turn, as_json=json_)
