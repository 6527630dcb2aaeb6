"""What is done with a spool's file that is damaged: it is put aside, and what is legible of it is saved."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from actors.sinks.base import spool_sql as sql
from actors.sinks.base.spool_codec import Codec, shape_of
from actors.sinks.base.spool_ledger import Entry, Key

_PAGE: Final = 64
_TOO_FAR: Final = 1000
"""Pages of row numbers without a legible row, one after the other, after which nothing more is looked for."""
_COMPANIONS: Final = ("-wal", "-shm")


class Found(NamedTuple):
    """What was legible."""

    rows: list[tuple[Any, ...]]
    entries: dict[Key, Entry]
    shapes: dict[int, bytes]
    ledger: bool
    """Whether all entries of the ledger could be read."""
    epoch: int
    since: int
    last: int
    """The number of the newest row of which there is a trace."""


def put_aside(path: Path) -> Path:
    """Give a file and its companions another name, so that a fresh one can be begun; answers the name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.replace(aside)
    for end in _COMPANIONS:
        with suppress(FileNotFoundError):
            Path(f"{path}{end}").replace(f"{aside}{end}")
    return aside


def legible(path: Path) -> Found:
    """Read what can be read of a damaged file; never fails. Only rows whose checksum is right count as read."""
    found = Found([], {}, {}, False, 1, 0, 0)
    try:
        connection = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error:
        return found
    with closing(connection) as db:
        read, whole = _tried(lambda: sql.entries(db), {})
        entries = {key: entry for key, entry in read.items() if _is_sound(key, entry)}
        shapes, _ = _tried(lambda: dict(db.execute("SELECT number, shape FROM shapes").fetchall()), {})
        shapes = {number: data for number, data in shapes.items() if _tried(partial(shape_of, data), None)[1]}
        epoch, _ = _tried(lambda: sql.about(db, "epoch", 1), 1)
        since, _ = _tried(lambda: sql.about(db, "since", 0), 0)
        rows = _sound(_rows(db), shapes)
        last, _ = _tried(lambda: sql.about(db, "row", 0), 0)
        return Found(
            rows,
            entries,
            shapes,
            whole and len(entries) == len(read),
            epoch,
            since,
            max([last, *[row[0] for row in rows[-1:]]]),
        )


def _tried(read: Callable[[], Any], otherwise: Any) -> tuple[Any, bool]:
    try:
        return read(), True
    except Exception:  # damaged bytes may look like anything
        return otherwise, False


def _rows(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """All rows that can be reached: over a page that cannot be read it leaps, until there is nothing for long."""
    rows: list[tuple[Any, ...]] = []
    after, empty = 0, 0
    last, known = _tried(lambda: db.execute("SELECT max(row) FROM records").fetchone()[0] or 0, 0)
    while empty < _TOO_FAR:
        page, sound = _tried(partial(_page, db, after), [])
        if sound and not page:
            break
        rows += page
        newest = max((row[0] for row in page if isinstance(row[0], int)), default=0)
        empty = 0 if newest > after else empty + 1  # a tree in disorder may lead back again and again
        after = newest if newest > after else after + _PAGE
        if known and after >= last:
            break
    return sorted({row[0]: row for row in rows if isinstance(row[0], int)}.values())


def _page(db: sqlite3.Connection, after: int) -> list[tuple[Any, ...]]:
    return db.execute("SELECT * FROM records WHERE row > ? ORDER BY row LIMIT ?", (after, _PAGE)).fetchall()


def _is_sound(key: Key, entry: Entry) -> bool:
    counts = (key[1], *entry[:3], *entry.dropped.values(), entry.sequence, entry.time_ns)
    return isinstance(key[0], str) and all(type(count) is int and count >= -1 for count in counts)


def _sound(rows: list[tuple[Any, ...]], shapes: dict[int, bytes]) -> list[tuple[Any, ...]]:
    codec = Codec({number: shape_of(data) for number, data in shapes.items()})

    def is_sound(row: tuple[Any, ...]) -> bool:
        _, device, sequence, time_ns, what, epoch, accepted, record = row
        numbers = all(type(number) is int for number in (epoch, accepted))
        return numbers and _tried(lambda: codec.decode(what, device, sequence, time_ns, record), None)[1]

    return [row for row in rows if is_sound(row)]
