"""The journal: what has happened, and who asked for what."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from actors.journal import GetJournal, subject
from api.models.desk import JournalEntry, JournalPage, JournalQuery
from api.problems import invalid
from api.roles import Role
from api.route import Answer, Call, Route, route
from schemas.events import Entry
from schemas.problems import Problem

_ALL: Final = 1_000_000


@route("GET", "/v1/journal", role=Role.READ, gives=JournalPage, query=JournalQuery)
def list_journal(call: Call) -> Answer:
    """List what has happened, the newest first.

    The newest 10,000 entries are kept. A cursor is the number of an entry.
    """
    query = call.query
    entries: list[Entry] = call.world.run.ask(GetJournal(_ALL))
    found = [entry for entry in reversed(entries) if _wanted(entry, query)]
    earlier = before(query.cursor)
    page = [entry for entry in found if earlier is None or entry.number < earlier]
    more = len(page) > query.limit
    items = tuple(shown(entry) for entry in page[: query.limit])
    return Answer(JournalPage(items=items, next=str(items[-1].number) if more else None, total=len(found)))


def shown(entry: Entry) -> JournalEntry:
    """One entry."""
    event = entry.event
    rest: dict[str, Any] = {
        field.name: _plain(getattr(event, field.name))
        for field in fields(event)
        if field.name not in ("time_ns", "device")
    }
    return JournalEntry(
        number=entry.number,
        history=entry.history,
        kind=event.__class__.__name__,
        time=event.time_ns,
        device=subject(event),
        fields=rest,
    )


def _wanted(entry: Entry, query: JournalQuery) -> bool:
    return (
        (query.kind is None or entry.event.__class__.__name__ == query.kind)
        and (query.history is None or entry.history == query.history)
        and (query.since is None or entry.number >= query.since)
        and (query.device is None or subject(entry.event) == query.device)
    )


def before(cursor: str | None) -> int | None:
    """The number that a cursor is. Raises `ApiProblem` (422)."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise invalid([Problem("query.cursor", ascii(cursor[:40]), "`next` of the page before")])
    return int(cursor)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


ROUTES: Final[tuple[Route, ...]] = (list_journal,)
