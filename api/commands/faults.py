"""`data-simulator faults`: sensor faults in force at a running server, one more, one less."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

if TYPE_CHECKING:
    from api.client.door import ServerDoor

EXAMPLES: Final = """
data-simulator faults
data-simulator faults inject pi4-0001 temperature drift per_day=48 --for 10m
data-simulator faults clear pi4-0001/temperature/0
"""

group = typer.Typer(rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False)


@group.callback()
def listing(
    context: typer.Context,
    device: Annotated[str | None, typer.Option("--device", help="Only of this device.", show_default=False)] = None,
    sensor: Annotated[str | None, typer.Option("--sensor", help="Only at this sensor.", show_default=False)] = None,
    fault: Annotated[str | None, typer.Option("--fault", help="Only of this kind.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many.")] = 50,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """List the sensor faults in force; inject or clear one."""
    if context.invoked_subcommand is not None:
        context.obj = server, key  # what is said before the word holds for it too
        return
    from api.client import fleet

    fleet.faults(door(server, key), {"device": device, "sensor": sensor, "fault": fault}, limit, as_json=json_)


@group.command("inject")
def inject(
    context: typer.Context,
    device: Annotated[str, typer.Argument(metavar="DEVICE")],
    sensor: Annotated[str, typer.Argument(metavar="SENSOR", help="The sensor that shall lie.")],
    fault: Annotated[str, typer.Argument(metavar="FAULT", help="`data-simulator kinds faults` lists them.")],
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="What this kind of fault wants to know.")
    ] = None,
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long; else until cleared.", show_default=False),
    ] = None,
    name: Annotated[str | None, typer.Option("--id", metavar="NAME", help="A name to clear it by.")] = None,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Make a sensor of one device lie."""
    from api.client.door import segment
    from api.client.tables import dump, say
    from api.client.words import values

    body: dict[str, Any] = {"sensor": sensor, "fault": fault, "parameters": values(parameters or [], "NAME=VALUE")}
    body |= {word: value for word, value in (("for", for_), ("id", name)) if value is not None}
    found = _door(context, server, key).call("POST", f"/v1/devices/{segment(device)}/faults", body)
    dump(found) if json_ else say(f"in force: {found['id']}; `data-simulator faults clear {found['id']}` ends it")


@group.command("clear")
def clear(
    context: typer.Context,
    fault: Annotated[str, typer.Argument(metavar="FAULT_ID", help="As the list shows it.")],
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """End one sensor fault."""
    from api.client.door import segment

    _door(context, server, key).call("DELETE", f"/v1/faults/{segment(fault)}")
    sys.stdout.write("cleared\n")


def _door(context: typer.Context, server: str | None, key: str | None) -> "ServerDoor":
    """The server that is meant, be it said before the word or after it."""
    earlier, its_key = context.obj
    return door(server or earlier, key or its_key)
