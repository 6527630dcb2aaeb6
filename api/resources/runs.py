"""Runs: the present one and former ones; another one in the place of the present one."""

from collections.abc import Callable
from typing import Final

import scenarios
from api.bodies import model_body
from api.host import Host
from api.models.base import Paged
from api.models.orders import OperationItem
from api.models.runs import NewRun, RunItem, RunPage
from api.operations import Operation
from api.paging import cut
from api.problems import ApiProblem, invalid, not_found, not_valid, refused
from api.resources._shown import operation_item
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from api.serving.orders import Turn
from api.serving.runs import RunRow, all_runs, find
from api.targets import foreign_targets
from schemas.instants import iso
from schemas.problems import InvalidInput, Problem
from schemas.scenario import Scenario, device_count

LONGEST_S: Final = 120.0
"""So long a change of runs may take."""
_ACCEPTED: Final = Gives("It is on its way; follow the operation.", OperationItem, headers=("Location",))


@route("GET", "/v1/runs", role=Role.READ, gives=RunPage, query=Paged)
def list_runs(call: Call) -> Answer:
    """List the runs of this server, the newest first."""
    query, rows = call.query, _rows(call)
    page = cut(rows, limit=query.limit, cursor=query.cursor, sort="-id", id_of=lambda row: row.id)
    return Answer(RunPage(items=tuple(map(_item, page.items)), next=page.next, total=len(rows)))


@route("GET", "/v1/runs/{run}", role=Role.READ, gives=RunItem)
def get_run(call: Call) -> Answer:
    """Show one run."""
    return Answer(_item(_known(call)))


@route(
    "POST",
    "/v1/runs",
    role=Role.ADMIN,
    body=model_body(NewRun),
    gives={202: _ACCEPTED},
    problems=(409, 413),
    repeatable=True,
)
def start_run(call: Call) -> Answer:
    """Start another scenario in the place of the present one.

    The present run is stopped in order first. A scenario may name hosts and files only as far as the server's settings
    allow it.
    """
    scenario = _scenario(call)
    host = _host(call)
    return _follow(call, "start-run", lambda: host.begin(scenario))


@route("DELETE", "/v1/runs/{run}", role=Role.ADMIN, gives={202: _ACCEPTED}, problems=(409,))
def stop_run(call: Call) -> Answer:
    """Stop the present run in order; the server goes on without one."""
    id, host = _known(call).id, _host(call)
    return _follow(call, "stop-run", lambda: host.end_run(id))


def _follow(call: Call, do: str, ask: Callable[[], Turn]) -> Answer:
    """Ask for it now, so that a refusal is the answer; what follows takes a while."""
    turn = ask()

    def work(operation: Operation) -> None:
        over = turn.wait(LONGEST_S)
        operation.done = 1
        operation.problem = turn.problem if over else f"not over within {LONGEST_S:g} s"
        operation.state = "failed" if operation.problem else "done"

    operation = Operation(do, call.caller.key or call.caller.how, 1)
    call.world.operations.start(operation, work)
    return Answer(operation_item(operation.view()), 202, {"Location": f"/v1/operations/{operation.id}"})


def _scenario(call: Call) -> Scenario:
    from actors.stage import check_sinks
    from api.loading import build

    wanted: NewRun = call.body
    if (wanted.text is None) == (wanted.name is None):
        raise invalid([Problem("", "both or neither", "text, or the name of a scenario that comes with the product")])
    try:
        if wanted.text is not None:
            found = build(wanted.text, "text")
            if problems := foreign_targets(found, call.world.egress, call.world.files):
                raise invalid(problems)
        else:
            found = build(scenarios.text(str(wanted.name)), f"scenario {wanted.name}")
        check_sinks(found)
    except InvalidInput as error:
        raise not_valid(error) from None
    devices, most = device_count(found), call.world.limits.devices
    if devices > most:
        raise ApiProblem("too-large", f"{devices:,} devices; allowed: {most:,}")
    return found


def _host(call: Call) -> Host:
    host = call.world.host
    if not isinstance(host, Host):
        raise refused("this server has one run for good")
    return host


def _rows(call: Call) -> list[RunRow]:
    host = call.world.host
    if isinstance(host, Host) and host.folder is not None:
        return all_runs(host.folder.db)
    simulation = host.simulation
    scenario = simulation.scenario
    return [RunRow("run-1", scenario.name, scenario.seed, 0, None, "running", {})]


def _known(call: Call) -> RunRow:
    id, host = call.path["run"], call.world.host
    if isinstance(host, Host) and host.folder is not None:
        row = find(host.folder.db, id)
    else:
        row = next((each for each in _rows(call) if each.id == id), None)
    if row is None:
        raise not_found("run", id)
    return row


def _item(row: RunRow) -> RunItem:
    return RunItem(
        id=row.id,
        scenario=row.name,
        seed=row.seed,
        began=iso(row.began_ns),
        ended=None if row.ended_ns is None else iso(row.ended_ns),
        state=row.how,
        summary=row.summary,
    )


ROUTES: Final[tuple[Route, ...]] = (list_runs, get_run, start_run, stop_run)
