"""API keys: who may come in. The secret is shown once and never kept."""

import threading
from typing import Final

from api.access.keys import KeyRecord, new_key
from api.bodies import model_body
from api.models.access import KeyItem, KeyPage, MadeKey, NewKey
from api.models.base import Paged
from api.paging import cut
from api.problems import not_found, refused
from api.roles import Role
from api.route import Answer, Call, Gives, Route, route
from engine.clock import WallClock
from schemas.instants import iso

_CHANGING: Final = threading.Lock()
"""Between looking whether a change is allowed and making it nobody else makes one."""

_NEXT: Final = (("deleteKey", "key", "$response.body#/id"),)


@route("GET", "/v1/keys", role=Role.ADMIN, gives=KeyPage, query=Paged)
def list_keys(call: Call) -> Answer:
    """List the API keys, without their secrets."""
    query, records = call.query, call.world.door.keys.records()
    page = cut(records, limit=query.limit, cursor=query.cursor, sort="id", id_of=lambda record: record.id)
    return Answer(KeyPage(items=tuple(map(_shown, page.items)), next=page.next, total=len(records)))


@route(
    "POST",
    "/v1/keys",
    role=Role.ADMIN,
    body=model_body(NewKey),
    gives={
        201: Gives(
            "The key, with its secret, this once.",
            MadeKey,
            headers=("Location",),
            links=_NEXT,
        )
    },
    problems=(409,),
)
def make_key(call: Call) -> Answer:
    """Make an API key.

    The first one must have the role admin: from then on nobody comes in without a key.
    """
    wanted, keys = call.body, call.world.door.keys
    with _CHANGING:
        there = keys.records()
        if not there and wanted.role is not Role.ADMIN:
            raise refused("the first key must have the role admin, or nobody could make another")
        if len(there) >= call.world.limits.keys:
            raise refused(f"there are {len(there)} keys; allowed: {call.world.limits.keys}")
        secret, record = new_key(wanted.name, wanted.role, WallClock.epoch_ns())
        keys.add(record)
    made = MadeKey(**_shown(record).model_dump(), key=secret)
    return Answer(made, 201, {"Location": f"/v1/keys/{record.id}"})


@route(
    "DELETE",
    "/v1/keys/{key}",
    role=Role.ADMIN,
    gives={204: Gives("The key and its sessions let nobody in any more.", empty=True)},
    problems=(409,),
)
def delete_key(call: Call) -> Answer:
    """Take an API key away."""
    keys, id = call.world.door.keys, call.path["key"]
    with _CHANGING:
        records = keys.records()
        record = next((each for each in records if each.id == id), None)
        if record is None:
            raise not_found("key", id)
        if record.role is Role.ADMIN and sum(each.role is Role.ADMIN for each in records) == 1:
            raise refused("this is the last key with the role admin; make another one first")
        keys.remove(id)
    return Answer(status=204)


def _shown(record: KeyRecord) -> KeyItem:
    return KeyItem(id=record.id, name=record.name, role=record.role, created=iso(record.created_ns))


ROUTES: Final[tuple[Route, ...]] = (list_keys, make_key, delete_key)
