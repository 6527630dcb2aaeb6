"""`data-simulator journal`: what has happened at a running server, and who asked for what."""

from typing import Annotated, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator journal
data-simulator journal --device pi4-0001 --kind StateChanged
data-simulator journal --follow
"""


def command(
    device: Annotated[str | None, typer.Option("--device", help="Only of this device.", show_default=False)] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only of this class: StateChanged, RequestMade...", show_default=False)
    ] = None,
    history: Annotated[
        bool | None,
        typer.Option("--history/--operations", help="Only the simulated world, or only the rest.", show_default=False),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 20,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Show what has happened, the newest last."""
    from api.client import desk

    said = None if history is None else str(history).lower()
    there = door(server, key)
    query = {"device": device, "kind": kind, "history": said}
    if follow:
        desk.follow(there, query, limit, as_json=json_)
    else:
        desk.journal(there, query, limit, as_json=json_)
