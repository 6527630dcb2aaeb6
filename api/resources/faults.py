"""Sensor faults: which are in force, one more, one less."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from api.bodies import step_body
from api.models.base import Paged
from api.models.devices import FaultItem
from api.models.orders import FaultFilter, FaultPage
from api.paging import cut
from api.problems import ApiProblem, not_found, refused
from api.resources.commands import carry_out
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from api.run import Run
from api.showing import fault_item, fault_name
from schemas.commands import ClearFault, Refused
from schemas.queries import FaultView, FleetView
from schemas.readings import FaultTruth

Row = tuple[str, FaultTruth]

_NEXT: Final = (
    ("getFault", "fault", "$response.body#/id"),
    ("clearFault", "fault", "$response.body#/id"),
)


@route("GET", "/v1/faults", role=Role.READ, gives=FaultPage, query=FaultFilter)
def list_faults(call: Call) -> Answer:
    """List the sensor faults in force."""
    run, query = call.world.run, call.query
    rows = [
        (device, fault)
        for device, fault in _rows(run.fleet())
        if (query.device is None or device == query.device)
        and (query.sensor is None or fault.sensor == query.sensor)
        and (query.fault is None or fault.fault == query.fault)
    ]
    return Answer(_page(run, rows, query))


@route("GET", "/v1/devices/{device}/faults", role=Role.READ, gives=FaultPage, query=Paged)
def list_device_faults(call: Call) -> Answer:
    """List the sensor faults in force at one device."""
    run = call.world.run
    spec = run.spec(call.path["device"])
    rows = [(spec.id, fault) for fault in run.fleet().faults.get(spec.id, ())]
    return Answer(_page(run, rows, call.query))


@route(
    "POST",
    "/v1/devices/{device}/faults",
    role=Role.CHAOS,
    body=step_body(word="inject-fault"),
    gives={
        201: Gives(
            "The fault is in force; Location leads to it.",
            FaultItem,
            headers=("Location",),
            links=_NEXT,
        )
    },
    problems=(409,),
    repeatable=True,
)
def inject_fault(call: Call) -> Answer:
    """Make a sensor of one device lie."""
    device = call.path["device"]
    _, reply = carry_out(call, call.body)
    fault = _find(call.world.run.device(device).hanging, reply.detail)
    if fault is None:
        raise refused("the fault is over already")
    return Answer(fault_item(device, fault), 201, {"Location": _location(device, fault.id)})


@route("GET", "/v1/faults/{fault:path}", role=Role.READ, gives=FaultItem)
def get_fault(call: Call) -> Answer:
    """Show one sensor fault in force."""
    device, fault = _known(call)
    return Answer(fault_item(device, fault))


@route(
    "DELETE",
    "/v1/faults/{fault:path}",
    role=Role.CHAOS,
    gives={204: Gives("The fault is over.", empty=True)},
    problems=(409,),
)
def clear_fault(call: Call) -> Answer:
    """End one sensor fault."""
    device, fault = _known(call)
    reply = call.world.run.send(ClearFault(device, fault.id))
    if isinstance(reply, Refused):
        raise refused(reply.reason)
    return Answer(status=204)


def _rows(view: FleetView) -> list[Row]:
    return [(device, fault) for device in sorted(view.faults) for fault in view.faults[device]]


def _page(run: Run, rows: list[Row], query: Paged) -> FaultPage:
    page = cut(rows, limit=query.limit, cursor=query.cursor, sort="id", id_of=lambda row: fault_name(row[0], row[1].id))
    told: dict[str, Mapping[str, FaultView]] = {}
    for device, _ in page.items:
        if device not in told:
            told[device] = _hanging(run, device)
    items = tuple(fault_item(device, told[device].get(fault.id) or _bare(fault)) for device, fault in page.items)
    return FaultPage(items=items, next=page.next, total=len(rows))


def _hanging(run: Run, device: str) -> Mapping[str, FaultView]:
    """A device's faults with all that is known of them; nothing while it cannot be asked."""
    try:
        return {fault.id: fault for fault in run.device(device).hanging}
    except ApiProblem:
        return {}


def _bare(fault: FaultTruth) -> FaultView:
    return FaultView(fault.id, fault.sensor, fault.fault, fault.since_ns, None, {})


def _known(call: Call) -> tuple[str, FaultView]:
    name = call.path["fault"]
    device, slash, rest = name.partition("/")
    run = call.world.run
    if not slash or device not in run.specs:
        raise not_found("fault", name)
    hanging = run.device(device).hanging
    fault = _find(hanging, name) or _find(hanging, rest)
    if fault is None:
        raise not_found("fault", name)
    return device, fault


def _find(hanging: tuple[FaultView, ...], id: str) -> FaultView | None:
    return next((fault for fault in hanging if fault.id == id), None)


def _location(device: str, id: str) -> str:
    return f"/v1/faults/{quote(fault_name(device, id), safe='')}"


ROUTES: Final[tuple[Route, ...]] = (list_faults, list_device_faults, inject_fault, get_fault, clear_fault)
