"""Devices: the list, the single one, its settings, its last minutes."""

import threading
from typing import Any, Final

from api.bodies import model_body
from api.models.devices import DeviceDetail, DeviceFilter, DevicePage, HistoryQuery, HistoryShown
from api.models.orders import DevicePatch
from api.orders import order_for
from api.paging import cut
from api.problems import invalid, not_found, refused
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.run import Run
from api.selecting import chosen, order
from api.showing import detail, item
from api.tags import check_match
from schemas.commands import Refused
from schemas.durations import format_duration
from schemas.problems import Problem, suggest
from schemas.queries import GetHistory, History, SettingsView

_CHANGING: Final = threading.Lock()
"""Between looking at a tag and changing what it stands for nobody else changes it."""


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
    """Show one device, as it answers itself.

    The ETag has two parts: before the dot the settings, which is what If-Match looks at; behind it everything.
    """
    return _whole(call.world.run, call.path["device"])


@route(
    "PATCH",
    "/v1/devices/{device}",
    role=Role.OPERATE,
    body=model_body(DevicePatch),
    gives=DeviceDetail,
    problems=(409, 412),
    reads=("If-Match",),
)
def change_device(call: Call) -> Answer:
    """Change the sampling intervals and parameters of one device.

    What the device refuses is told, with what was done before that: each setting is a command of its own.
    """
    run, patch = call.world.run, call.body
    device = run.spec(call.path["device"]).id
    steps = _steps(patch)
    if not steps:
        raise invalid([Problem("", "no change", "interval, intervals or parameters")])
    orders = [order_for(run, device, step) for step in steps]
    with _CHANGING:
        check_match(call.request, _tag(run, run.settings(device)))
        for done, order_ in enumerate(orders):
            reply = run.send(order_.commands[0])
            if isinstance(reply, Refused):
                raise refused(f"{reply.reason} ({done} of {len(orders)} changes were made before)")
        return _whole(run, device)


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


def _whole(run: Run, device: str) -> Answer:
    """One device with the tag of its settings."""
    spec, settings, view = run.spec(device), run.settings(device), run.device(device)
    return Answer(detail(run, spec, view, settings.parameters), settings=_tag(run, settings))


def _tag(run: Run, settings: SettingsView) -> str:
    """Stands for all that was ever set at a device in this run of this process."""
    return f"{run.token}-{settings.revision}"


def _steps(patch: DevicePatch) -> list[dict[str, Any]]:
    """The same as steps of a scenario."""
    steps: list[dict[str, Any]] = []
    if patch.interval is not None:
        steps.append({"do": "set-interval", "interval": format_duration(patch.interval)})
    for sensor, interval in patch.intervals.items():
        steps.append({"do": "set-interval", "sensor": sensor, "interval": format_duration(interval)})
    for name, value in patch.parameters.items():
        steps.append({"do": "set-parameter", "parameter": name, "value": value})
    return steps


ROUTES: Final[tuple[Route, ...]] = (list_devices, get_device, change_device, get_device_history)
