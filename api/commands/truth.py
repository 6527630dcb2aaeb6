"""`data-simulator truth`: what is really so about the devices of a running server."""

from typing import Annotated, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator truth
data-simulator truth --health-below 0.5 --sort rul_s
"""


def command(
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind.", show_default=False)] = None,
    group: Annotated[str | None, typer.Option("--group", help="Only of this group.", show_default=False)] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state.", show_default=False)] = None,
    find: Annotated[
        str | None, typer.Option("--find", metavar="TEXT", help="Only with this in the id.", show_default=False)
    ] = None,
    health_below: Annotated[
        float | None, typer.Option("--health-below", metavar="N", help="Only less healthy ones.", show_default=False)
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", metavar="BY", help="id, state, health, kind or rul_s; with a minus downwards.")
    ] = "id",
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 50,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Show what is really so: health, remaining life, wear, true values."""
    from api.client import fleet

    query = {"kind": kind, "group": group, "state": state, "q": find, "health_below": health_below, "sort": sort}
    fleet.truth(door(server, key), query, limit, as_json=json_)
