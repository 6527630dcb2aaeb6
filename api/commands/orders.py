"""`data-simulator commands`: whatever a scenario's timeline can do, done now at a running server."""

import sys
from typing import Annotated, Any, Final

import typer

from api.client.options import JsonOption, KeyOption, ServerOption, door

EXAMPLES: Final = """
data-simulator commands restart pi4-0001
data-simulator commands pause --group pi4 --percent 50 --dry-run
data-simulator commands set-parameter --kind cpu -p parameter=demand -p value=0.9
data-simulator commands inject-fault all -p sensor=temperature -p fault=stuck -p for=1m
"""


def command(
    do: Annotated[str, typer.Argument(metavar="WORD", help="A word of the timeline: pause, restart, inject-wear...")],
    devices: Annotated[
        list[str] | None, typer.Argument(metavar="[DEVICE]...", help="Ids of devices, or the word all.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", "--with", metavar="NAME=VALUE", help="Keys of the step; repeatable.", show_default=False),
    ] = None,
    groups: Annotated[list[str] | None, typer.Option("--group", help="Devices of a group.", show_default=False)] = None,
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Devices of a kind.", show_default=False)] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME:VALUE", help="With a label.", show_default=False),
    ] = None,
    percent: Annotated[
        float | None, typer.Option("--percent", metavar="N", help="So many of 100, by lot.", show_default=False)
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", metavar="N", help="So many, by lot.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who would be hit.")] = False,
    json_: JsonOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
) -> None:
    """Have devices carry out a command.

    One device answers at once. For several, the operation is followed to its end; the exit code is 7 when any refused.
    """
    from api.client import desk
    from api.client.door import segment
    from api.client.tables import dump, say
    from api.client.words import selector, values

    there, ids = door(server, key), devices or []
    step: dict[str, Any] = {"do": do, **values(parameters or [], "--with")}
    one = len(ids) == 1 and ids != ["all"] and not (groups or kinds or labels or percent or count or dry_run)
    if one:
        found = there.call("POST", f"/v1/devices/{segment(ids[0])}/commands", step)
        dump(found) if json_ else say(f"{found['do']}: done{': ' + found['detail'] if found['detail'] else ''}")
        return
    step["on"] = selector(ids, groups or [], kinds or [], labels or [], percent, count)
    found = there.call("POST", "/v1/commands", step, {"dry_run": "true"} if dry_run else None)
    if dry_run:
        dump(found) if json_ else say(f"{found['do']} would hit {found['count']:,}: {', '.join(found['devices'])}")
        return
    found = desk.wait_for(there, found)
    dump(found) if json_ else desk.told(found)
    sys.exit(desk.code_of(found))
