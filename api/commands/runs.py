"""`data-simulator runs`: the runs of a running server: the present one, former ones, another one in its place."""

from typing import Annotated, Any, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator runs
data-simulator runs start thousand
data-simulator runs start fleet.yaml
data-simulator runs stop run-2
"""

group = typer.Typer(rich_markup_mode=None, invoke_without_command=True, no_args_is_help=False)


@group.callback()
def listing(
    context: typer.Context, json_: JsonOption = False, server: ServerOption = None, key: KeyOption = None
) -> None:
    """List the runs, the newest first; start another one, or stop the present one."""
    if context.invoked_subcommand is None:
        from api.client import desk

        desk.runs(door(server, key), as_json=json_)


@group.command("start")
def start(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A YAML file, or the name of a scenario that the server has.")
    ],
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Run another scenario in the place of the present one, which is stopped in order first."""
    from api.client.words import scenario_body

    _follow(door(server, key), "POST", "/v1/runs", scenario_body(scenario), as_json=json_)


@group.command("stop")
def stop(
    run: Annotated[str, typer.Argument(metavar="RUN", help="As the list shows it.")],
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Stop the present run in order; the server goes on without one."""
    from api.client.door import segment

    _follow(door(server, key), "DELETE", f"/v1/runs/{segment(run)}", None, as_json=json_)


def _follow(there: Any, method: str, path: str, body: Any, *, as_json: bool) -> None:
    import sys

    from api.client import desk
    from api.client.tables import dump

    found = desk.wait_for(there, there.call(method, path, body))
    dump(found) if as_json else desk.told(found)
    sys.exit(desk.code_of(found))
