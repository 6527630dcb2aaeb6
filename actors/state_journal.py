"""The journal on its way to the state's file and back."""

import marshal
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from actors.journal import JournalMemory, subject
from actors.state_db import StateDb
from schemas import events
from schemas.addresses import JOURNAL
from schemas.events import Entry

if TYPE_CHECKING:
    from actors.system import Simulation

_FORMAT: Final = 2
_FROM_OUTSIDE: Final = (events.RequestMade, events.TimeSkipped)
"""Events that do not come about again when a run is lived again."""

Row = tuple[int, int, str, str | None, int, bytes]


def row(entry: Entry) -> Row:
    """An entry as it is kept: number, whether it is history, kind, device, instant, and the event itself."""
    event = entry.event
    values = tuple(_plain(getattr(event, name)) for name in event.__dataclass_fields__)
    return (
        entry.number,
        int(entry.history),
        type(event).__name__,
        subject(event),
        event.time_ns,
        marshal.dumps(values, _FORMAT),
    )


def entry(kept: Row) -> Entry:
    """The entry of a row. Raises `ValueError` when it is damaged or of a kind that there is not."""
    number, history, kind, _, _, data = kept
    try:
        return Entry(number, bool(history), getattr(events, kind)(*marshal.loads(data)))
    except (AttributeError, TypeError, EOFError) as error:
        raise ValueError(f"journal entry {number}: {error!r}") from error


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    """The entries of rows, but for those that are damaged."""
    for each in rows:
        try:
            yield entry(each)
        except ValueError:
            continue


def restore(memory: JournalMemory, db: StateDb) -> list[Entry]:
    """Bring back what had been written before the checkpoint; answers what came from outside after it.

    What else had been written after it comes about again, and is forgotten here.
    """
    later = [each for each in entries(db.written_since(memory.number)) if isinstance(each.event, _FROM_OUTSIDE)]
    if not memory.entries:
        memory.entries.extend(entries(db.written(memory.number, memory.entries.maxlen or 0)))
    db.unwrite(memory.number)
    return later


def retell(simulation: "Simulation", later: Iterable[Entry]) -> None:
    """Write down once more what had come from outside."""
    journal = simulation.dispatcher.directory.endpoint(JOURNAL)
    for each in later:
        journal.tell(each.event)


def news(memory: JournalMemory, since: int) -> list[Row]:
    """What has come since a number; from any thread."""
    found: list[Row] = []
    for each in reversed(_copy(memory)):
        if each.number < since:
            break
        found.append(row(each))
    found.reverse()
    return found


def _copy(memory: JournalMemory) -> list[Entry]:
    while True:
        try:
            return list(memory.entries)
        except RuntimeError:  # the journal has just written something down
            continue


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else value
