"""Fleets: the groups of the scenario, each counted together."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from api.models.base import Paged
from api.models.orders import GroupItem, GroupPage
from api.paging import cut
from api.problems import not_found
from api.roles import Role
from api.route import Answer, Call, Route, route
from api.run import Run
from schemas.durations import format_duration
from schemas.queries import FleetView
from schemas.scenario import DeviceSpec


@route("GET", "/v1/fleets", role=Role.READ, gives=GroupPage, query=Paged)
def list_fleets(call: Call) -> Answer:
    """List the groups of the fleet."""
    run, query = call.world.run, call.query
    groups = run.groups
    page = cut(list(groups), limit=query.limit, cursor=query.cursor, sort="id", id_of=lambda name: name)
    view = run.fleet()
    items = tuple(shown(groups[name], view) for name in page.items)
    return Answer(GroupPage(items=items, next=page.next, total=len(groups)))


@route("GET", "/v1/fleets/{group}", role=Role.READ, gives=GroupItem)
def get_fleet(call: Call) -> Answer:
    """Show one group of the fleet."""
    run: Run = call.world.run
    devices = run.groups.get(call.path["group"])
    if devices is None:
        raise not_found("group", call.path["group"])
    return Answer(shown(devices, run.fleet()))


def shown(devices: Sequence[DeviceSpec], view: FleetView) -> GroupItem:
    """One group, counted together; every group has a device."""
    group = devices[0].group
    healths = [view.truths[spec.id].health for spec in devices if spec.id in view.truths]
    return GroupItem(
        name=group.name,
        kind=group.kind,
        model=group.model,
        setup=group.setup,
        profile=group.profile,
        labels=dict(group.labels),
        interval=format_duration(group.interval_ns),
        count=len(devices),
        states=dict(sorted(Counter(view.states[spec.id] for spec in devices).items())),
        health_mean=sum(healths) / len(healths) if healths else None,
        health_min=min(healths, default=None),
        faults=sum(len(view.faults.get(spec.id, ())) for spec in devices),
    )


ROUTES: Final[tuple[Route, ...]] = (list_fleets, get_fleet)
