"""`data-simulator devices`: the fleet of a running server, or one device of it."""

from typing import Annotated, Any, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator devices
data-simulator devices --kind cpu --state degraded --sort health
data-simulator devices pi4-0001
data-simulator devices pi4-0001 --set room_temperature_c=35 --interval 500ms
"""


def command(
    device: Annotated[str | None, typer.Argument(metavar="DEVICE", help="One device; else a list.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind.", show_default=False)] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state.", show_default=False)] = None,
    group: Annotated[str | None, typer.Option("--group", help="Only of this group.", show_default=False)] = None,
    model: Annotated[str | None, typer.Option("--model", help="Only of this model.", show_default=False)] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME:VALUE", help="Only with this label; repeatable.", show_default=False),
    ] = None,
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
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter of DEVICE.", show_default=False),
    ] = None,
    interval: Annotated[
        str | None, typer.Option("--interval", metavar="TIME", help="Change DEVICE's interval.", show_default=False)
    ] = None,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """List the devices of a running server, or show one."""
    from api.client import fleet

    there = door(server, key)
    if device is None:
        query = {"kind": kind, "state": state, "group": group, "model": model, "label": label or None, "q": find}
        fleet.devices(there, {**query, "health_below": health_below, "sort": sort}, limit, as_json=json_)
        return
    changes: dict[str, Any] = {}
    if set_ or interval:
        from api.client.words import values

        changes = {"parameters": values(set_ or [], "--set")} | ({"interval": interval} if interval else {})
    fleet.device(there, device, changes, as_json=json_)
