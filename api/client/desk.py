"""Clock, sinks, journal, keys, runs, operations: what goes on around the fleet."""

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

from api.client.door import Query, ServerDoor, segment
from api.client.fleet import listed
from api.client.tables import Column, dump, facts, number_of, say, show, span, text_of, time_of
from api.exit_codes import ExitCode
from engine.clock import WallClock
from schemas.problems import InvalidInput, Problem

_LOOK_S: Final = 0.5
"""How often a running operation, or a journal that is followed, is looked at."""


def _books(item: Mapping[str, Any], which: str = "frames") -> str:
    books = item[which]
    parts = [f"{books[word]:,} {word}" for word in ("accepted", "acked")]
    parts += [f"{books[word]:,} {word}" for word in ("queued", "rejected") if books[word]]
    parts += [f"{number:,} dropped ({reason})" for reason, number in books["dropped"].items() if number]
    return ", ".join(parts)


SINKS: Final = (
    text_of("name", "sink"),
    text_of("kind"),
    Column("frames", _books),
    Column("truths", lambda item: _books(item, "truths") if item["truths"]["accepted"] else None, spare=True),
    Column("faults", lambda item: _books(item, "faults") if item["faults"]["accepted"] else None, spare=True),
    number_of("depth", "inside"),
    Column("problem", lambda item: item["problem"] or None),
)
BOOKS: Final = (text_of("device"), *SINKS[2:5])
JOURNAL: Final = (
    number_of("number", form="{}"),
    time_of("time"),
    text_of("kind"),
    text_of("device"),
    Column("what", lambda item: "  ".join(f"{name}={_word(value)}" for name, value in item["fields"].items())),
)
KEYS: Final = (text_of("id"), text_of("name"), text_of("role"), time_of("created"))
OPERATIONS: Final = (
    text_of("id"),
    text_of("do"),
    text_of("state"),
    Column("done", lambda item: f"{item['done']:,} of {item['total']:,}", right=True),
    number_of("refused_count", "refused"),
    text_of("who"),
    time_of("started"),
)


RUNS: Final = (
    text_of("id", "run"),
    text_of("scenario"),
    number_of("seed", form="{}"),
    text_of("state"),
    time_of("began"),
    time_of("ended"),
    Column("frames", lambda item: _counted(item["summary"].get("frames")), right=True),
    Column("digest", lambda item: item["summary"].get("digest")),
)


def _counted(number: int | None) -> str | None:
    return None if number is None else f"{number:,}"


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def clock(found: Mapping[str, Any], *, as_json: bool) -> None:
    """The clock."""
    if as_json:
        dump(found)
        return
    facts(_clock(found))


def _clock(found: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "now", f"{found['now'][:23]}Z{', paused' if found['paused'] else ''}"
    yield "started", f"{found['started'][:23]}Z, {span(found['simulated_s'])} ago"
    yield "until", found["until"]
    yield "pace", found["pace"] if found["pace"] == "max" else f"{found['pace']:g} times real time"
    yield "lag", f"{found['lag_ms']:.3g} ms, p99 {found['lag_p99_ms']:.3g} ms"
    yield "said", f"{found['frames']:,} frames, {found['readings']:,} readings"
    yield "skipped", span(found["skipped_s"]) if found["skipped_s"] else None


def sinks(
    door: ServerDoor, name: str | None, limit: int, *, books: bool, turn: bool | None = None, as_json: bool
) -> None:
    """All sinks, one of them, or the books of one; `turn` turns one on or off before."""
    if turn is not None:
        if name is None:
            raise InvalidInput("the command line", [Problem("SINK", "none", "the name of the one to turn on or off")])
        door.call("PATCH", f"/v1/sinks/{segment(name)}", {"enabled": turn})
    if name is None:
        listed(door, "/v1/sinks", {}, limit, SINKS, as_json=as_json, nothing="there is no sink")
    elif books:
        path = f"/v1/sinks/{segment(name)}/books"
        listed(door, path, {}, limit, BOOKS, as_json=as_json, nothing="nothing has been accepted yet")
    else:
        found = door.get(f"/v1/sinks/{segment(name)}")
        dump(found) if as_json else show(SINKS, [found])


def journal(door: ServerDoor, query: Query, limit: int, *, as_json: bool) -> None:
    """The newest entries, the newest last."""
    items = list(door.all("/v1/journal", query, limit))
    if as_json:
        dump({"items": items})
    else:
        show(JOURNAL, reversed(items), "nothing has happened yet")


def follow(door: ServerDoor, query: Query, limit: int, *, as_json: bool) -> None:
    """The newest entries, and then each as it comes; ends by Ctrl-C alone."""
    items, wall, pause = list(door.all("/v1/journal", query, limit)), WallClock(), threading.Event()
    following = items[0]["number"] + 1 if items else 0
    try:
        while True:
            for item in reversed(items):
                said = "  ".join(str(column.of(item)) for column in JOURNAL if column.of(item) not in (None, ""))
                say(json.dumps(item) if as_json else said)
            sys.stdout.flush()
            wall.wait(_LOOK_S, pause)
            items = list(door.all("/v1/journal", {**query, "since": following}))
            following = items[0]["number"] + 1 if items else following
    except KeyboardInterrupt:
        return


def operations(door: ServerDoor, id: str | None, *, cancel: bool, as_json: bool) -> None:
    """All operations, or one."""
    if id is None:
        listed(door, "/v1/operations", {}, 50, OPERATIONS, as_json=as_json, nothing="there was no operation")
        return
    found = door.call("DELETE" if cancel else "GET", f"/v1/operations/{segment(id)}")
    dump(found) if as_json else told(found)


def told(operation: Mapping[str, Any]) -> None:
    """How an operation went, with its refusals."""
    show(OPERATIONS, [operation])
    if operation["problem"]:
        say(f"it failed: {operation['problem']}")
    if operation["refused"]:
        say("")
        show((text_of("device"), text_of("reason", "why it refused")), operation["refused"])


def code_of(operation: Mapping[str, Any]) -> ExitCode:
    """The exit code that an operation earns: it has to be done, and nobody may have refused."""
    well = operation["state"] == "done" and not operation["refused_count"]
    return ExitCode.OK if well else ExitCode.REFUSED


def wait_for(door: ServerDoor, operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """An operation when it is over."""
    wall, pause = WallClock(), threading.Event()
    while operation["state"] == "running":
        wall.wait(_LOOK_S / 5, pause)
        operation = door.get(f"/v1/operations/{segment(operation['id'])}")
    return operation


def runs(door: ServerDoor, *, as_json: bool) -> None:
    """The runs, the newest first."""
    listed(door, "/v1/runs", {}, 50, RUNS, as_json=as_json, nothing="there was no run")


def keys(door: ServerDoor, *, as_json: bool) -> None:
    """The API keys, without their secrets."""
    listed(door, "/v1/keys", {}, 500, KEYS, as_json=as_json, nothing="no key: open to this machine alone")
