"""Devices: the list and the single one."""

from typing import Any, Final

from api.models.devices import DeviceDetail, DeviceFilter, DeviceItem, DevicePage, HistoryQuery, HistoryShown
from api.paging import cut
from api.problems import invalid, not_found
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.selecting import chosen, order
from api.showing import detail, item
from schemas.problems import Problem, suggest
from schemas.queries import GetHistory, History


@route("GET", "/v1/devices", role=Role.READ, gives=DevicePage, query=DeviceFilter)
def list_devices(call: Call) -> Answer:
    """List devices with what they said last."""
    run, query = call.world.run, call.query
    view = run.fleet()
    specs = chosen(run, view, query)
    page = cut(
        specs,
        limit=query.limit,
        cursor=query.cursor,
        sort=query.sort,
        id_of=lambda spec: spec.id,
        value_of=order(query.sort, view),
    )
    items = tuple(item(spec, view) for spec in page.items)
    return Answer(DevicePage.model_construct(items=items, next=page.next, total=len(specs)))


@route("GET", "/v1/devices/{device}", role=Role.READ, gives=DeviceDetail)
def get_device(call: Call) -> Answer:
    """Show one device, as it answers itself."""
    run = call.world.run
    spec = run.spec(call.path["device"])
    view = run.device(spec.id)
    parameters = run.fleet().parameters.get(spec.id, {})
    return Answer(detail(run, spec, view, parameters))


@route("GET", "/v1/devices/{device}/history", role=Role.READ, gives=HistoryShown, query=HistoryQuery)
def get_device_history(call: Call) -> Answer:
    """Show the last minutes of one device.

    Kept in memory: 60 to 720 frames of each device, the more the smaller the fleet is.
    """
    run, query = call.world.run, call.query
    spec = run.spec(call.path["device"])
    sensors = run.kind(spec.kind).sensors
    if query.sensor is not None and query.sensor not in sensors:
        raise invalid(
            [Problem("query.sensor", ascii(query.sensor), ", ".join(sensors), suggest(query.sensor, sensors))]
        )
    history: History | None = run.ask(GetHistory(spec.id, query.sensor, query.limit))
    if history is None:
        raise not_found("history of", spec.id)
    points: dict[str, Any] = {
        sensor: tuple((point.time_ns / 1e9, point.value, point.clean) for point in series)
        for sensor, series in history.sensors
    }
    return Answer(HistoryShown(device=spec.id, sensors=points))


ROUTES: Final[tuple[Route, ...]] = (list_devices, get_device, get_device_history)
__all__ = ["ROUTES", "DeviceItem"]
