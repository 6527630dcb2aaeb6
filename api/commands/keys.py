"""`data-simulator keys`: who may come in at a running server."""

from typing import Annotated, Final, Literal

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator keys
data-simulator keys make grafana --role read
data-simulator keys delete key-0123456789ab
"""

group = typer.Typer(rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False)


@group.callback()
def listing(
    context: typer.Context, json_: JsonOption = False, server: ServerOption = None, key: KeyOption = None
) -> None:
    """List the API keys; make or delete one."""
    if context.invoked_subcommand is None:
        from api.client import desk

        desk.keys(door(server, key), as_json=json_)


@group.command("make")
def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is, or what it is for.")],
    role: Annotated[
        Literal["read", "operate", "chaos", "admin"], typer.Option("--role", help="Each includes those before it.")
    ] = "read",
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Make an API key. Its secret goes to standard output, this once."""
    from api.client.tables import dump, say

    found = door(server, key).call("POST", "/v1/keys", {"name": name, "role": role})
    dump(found) if json_ else say(found["key"])


@group.command("delete")
def delete(
    id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As the list shows it.")],
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Take an API key away."""
    from api.client.door import segment
    from api.client.tables import say

    door(server, key).call("DELETE", f"/v1/keys/{segment(id)}")
    say("deleted")
