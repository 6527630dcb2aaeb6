"""`data-simulator clock`: the clock of a running server: its pace, its pauses, its steps."""

from typing import Annotated, Any, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator clock
data-simulator clock pause
data-simulator clock step 10s
data-simulator clock pace 60
"""

group = typer.Typer(rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False)


@group.callback()
def shown(
    context: typer.Context, json_: JsonOption = False, server: ServerOption = None, key: KeyOption = None
) -> None:
    """Show the clock; pause it, let it go on, set its pace, step it."""
    if context.invoked_subcommand is None:
        _show(door(server, key).get("/v1/clock"), as_json=json_)


@group.command("pause")
def pause(json_: JsonOption = False, server: ServerOption = None, key: KeyOption = None) -> None:
    """Let the clock stand."""
    _show(door(server, key).call("PATCH", "/v1/clock", {"paused": True}), as_json=json_)


@group.command("resume")
def resume(json_: JsonOption = False, server: ServerOption = None, key: KeyOption = None) -> None:
    """Let the clock go on."""
    _show(door(server, key).call("PATCH", "/v1/clock", {"paused": False}), as_json=json_)


@group.command("pace")
def pace(
    value: Annotated[str, typer.Argument(metavar="PACE", help="Simulated seconds per real second, or max.")],
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Set the pace of the clock."""
    from api.client.words import values

    wanted = values([f"pace={value}"])
    _show(door(server, key).call("PATCH", "/v1/clock", wanted), as_json=json_)


@group.command("step")
def step(
    time: Annotated[str, typer.Argument(metavar="TIME", help="Simulated time: 1s, 10m.")] = "1s",
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Let a paused clock go on for so long."""
    _show(door(server, key).call("POST", "/v1/clock/step", {"for": time}), as_json=json_)


def _show(found: Any, *, as_json: bool) -> None:
    from api.client.desk import clock

    clock(found, as_json=as_json)
