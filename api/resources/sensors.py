"""Sensors: what each one measures, how often, and what it said last."""

from typing import Final

from actors.families import DEVICES, SENSORS
from api.bodies import model_body
from api.models.orders import SensorFilter, SensorItem, SensorPage, SensorPatch
from api.paging import cut
from api.problems import not_found, refused
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.run import Run
from schemas.commands import Refused, SetInterval
from schemas.durations import format_duration
from schemas.queries import FleetView

Row = tuple[str, str]


@route("GET", "/v1/sensors", role=Role.READ, gives=SensorPage, query=SensorFilter)
def list_sensors(call: Call) -> Answer:
    """List the sensors of the fleet with what they said last."""
    run, query = call.world.run, call.query
    rows = [
        (spec.id, sensor)
        for spec in run.specs.values()
        if (query.device is None or spec.id == query.device)
        and (query.kind is None or spec.kind == query.kind)
        and (query.group is None or spec.group.name == query.group)
        for sensor in run.kind(spec.kind).sensors
        if query.sensor is None or sensor == query.sensor
    ]
    page = cut(rows, limit=query.limit, cursor=query.cursor, sort="id", id_of="/".join)
    view = run.fleet()
    items = tuple(shown(run, view, device, sensor) for device, sensor in page.items)
    return Answer(SensorPage(items=items, next=page.next, total=len(rows)))


@route("GET", "/v1/devices/{device}/sensors/{sensor}", role=Role.READ, gives=SensorItem)
def get_sensor(call: Call) -> Answer:
    """Show one sensor of one device."""
    device, sensor = _known(call)
    run = call.world.run
    return Answer(shown(run, run.fleet(), device, sensor))


@route(
    "PATCH",
    "/v1/devices/{device}/sensors/{sensor}",
    role=Role.OPERATE,
    body=model_body(SensorPatch),
    gives=SensorItem,
    problems=(409,),
)
def change_sensor(call: Call) -> Answer:
    """Change the sampling interval of one sensor."""
    device, sensor = _known(call)
    run = call.world.run
    reply = run.send(SetInterval(device, call.body.interval, sensor))
    if isinstance(reply, Refused):
        raise refused(reply.reason)
    return Answer(shown(run, run.fleet(), device, sensor))


def shown(run: Run, view: FleetView, device: str, sensor: str) -> SensorItem:
    """One sensor as it is shown."""
    fit = next(fit for fit in DEVICES.get(run.specs[device].kind).sensors if fit.name == sensor)
    frame = view.frames.get(device)
    said = [reading for reading in frame.readings if reading.sensor == sensor] if frame is not None else []
    return SensorItem(
        device=device,
        sensor=sensor,
        quantity=fit.quantity,
        unit=SENSORS.get(fit.sensor).unit,
        interval=format_duration(view.intervals[device][sensor]),
        value=said[-1].value if said else None,
        time=said[-1].time_ns if said else None,
        faults=sum(fault.sensor == sensor for fault in view.faults.get(device, ())),
    )


def _known(call: Call) -> Row:
    run = call.world.run
    spec, sensor = run.spec(call.path["device"]), call.path["sensor"]
    sensors = run.kind(spec.kind).sensors
    if sensor not in sensors:
        raise not_found("sensor", sensor, f"{spec.id} has {', '.join(sensors)}")
    return spec.id, sensor


ROUTES: Final[tuple[Route, ...]] = (list_sensors, get_sensor, change_sensor)
