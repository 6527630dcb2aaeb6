"""Devices, faults, truth: what the fleet is, for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from api.client.door import Query, ServerDoor, segment
from api.client.tables import Column, dump, facts, number_of, readings, say, show, span, text_of, time_of

DEVICES: Final = (
    text_of("id", "device"),
    Column("kind", lambda item: f"{item['kind']} {item['model']}"),
    text_of("state"),
    number_of("health", form="{:.2f}"),
    number_of("faults"),
    number_of("sequence", "frame"),
    Column("readings", lambda item: readings(item["readings"])),
)


def _most_worn(wear: Sequence[Mapping[str, Any]]) -> str | None:
    """The part that is nearest to its end, with its damage."""
    worst = min(wear, key=lambda part: float(part["event_state"]), default=None)
    return None if worst is None else f"{worst['mode']} {worst['damage']:.2f}"


FAULTS: Final = (
    text_of("id", "fault id"),
    text_of("sensor"),
    text_of("fault"),
    Column("parameters", lambda item: "  ".join(f"{name}={value}" for name, value in item["parameters"].items())),
    time_of("since"),
    time_of("until"),
)
TRUTH: Final = (
    text_of("device"),
    text_of("state"),
    number_of("health", form="{:.3f}"),
    Column("rul", lambda item: span(item["rul_s"])),
    Column("most worn", lambda item: _most_worn(item["wear"])),
    Column("symptoms", lambda item: item["symptoms"] or None),
    Column("faults", lambda item: len(item["faults"]) or None, right=True),
    Column("clean", lambda item: readings(item["clean"])),
)


def listed(
    door: ServerDoor, path: str, query: Query, limit: int, columns: tuple[Column, ...], *, as_json: bool, nothing: str
) -> None:
    """A list; how many more there are is said below it."""
    total = door.count(path, query)
    items = list(door.all(path, query, limit)) if total else []
    if as_json:
        dump({"items": items, "total": total})
        return
    show(columns, items, nothing)
    if total > len(items):
        say(f"... and {total - len(items):,} more; --limit shows more of them")


def devices(door: ServerDoor, query: Query, limit: int, *, as_json: bool) -> None:
    """The devices for which everything asked for holds."""
    listed(door, "/v1/devices", query, limit, DEVICES, as_json=as_json, nothing="no such device")


def device(door: ServerDoor, id: str, changes: Mapping[str, Any], *, as_json: bool) -> None:
    """One device, after these changes."""
    path = f"/v1/devices/{segment(id)}"
    if changes:
        door.call("PATCH", path, dict(changes))
    found = door.get(path)
    if as_json:
        dump(found)
        return
    facts(_about(found))
    if found["faults_in_force"]:
        say("")
        show(FAULTS, found["faults_in_force"])


def _about(found: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "device", found["id"]
    yield "kind", f"{found['kind']} {found['model']}, {found['setup']}"
    yield "group", found["group"]
    yield "labels", "  ".join(f"{name}:{value}" for name, value in found["labels"].items())
    yield "state", f"{found['state']} ({found['cause']})"
    yield "symptoms", found["symptoms"]
    yield "frame", None if found["sequence"] is None else f"{found['sequence']:,} at {found['time'][:23]}Z"
    yield "readings", readings(found["readings"])
    distinct = set(found["intervals"].values())
    several = "  ".join(f"{name}={value}" for name, value in found["intervals"].items())
    yield "interval", several if len(distinct) > 1 else "".join(distinct)
    truth = found["truth"] or {}
    yield "truth", readings(truth.get("clean", {}))
    yield "health", None if found["health"] is None else f"{found['health']:.3f}"
    yield "remaining", span(found["rul_s"])
    for part in truth.get("wear", ()):
        left = "" if part["rul_s"] is None else f", {span(part['rul_s'])} left"
        yield f"wear {part['mode']}", f"{part['damage']:.3f}{left}"
    yield "modes", ", ".join(found["modes"])
    for one in found["settable"]:
        value = "" if one["value"] is None else f"{one['value']}   "
        yield f"may set {one['name']}", f"{value}{one['allowed']}"
    yield "digest", found["digest"]


def faults(door: ServerDoor, query: Query, limit: int, *, as_json: bool) -> None:
    """The faults in force."""
    listed(door, "/v1/faults", query, limit, FAULTS, as_json=as_json, nothing="no sensor fault is in force")


def truth(door: ServerDoor, query: Query, limit: int, *, as_json: bool) -> None:
    """What is really so."""
    listed(door, "/v1/truth", query, limit, TRUTH, as_json=as_json, nothing="no device has said anything yet")
