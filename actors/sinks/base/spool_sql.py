"""The statements of a spool's file, each for many rows at once.

Python gives other threads the chance to run at each step of a statement, so a thousand small ones beside a busy
dispatcher would take a thousand turns.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import orjson

from actors.sinks.base.spool_ledger import Entry, Kept, Key

COLUMNS: Final = 8
"""Of a row, and of an entry of the ledger."""
TABLES: Final = """
CREATE TABLE IF NOT EXISTS about(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shapes(number INTEGER PRIMARY KEY, shape BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS records(row INTEGER PRIMARY KEY, device TEXT NOT NULL, sequence INTEGER NOT NULL,
    time_ns INTEGER NOT NULL, what INTEGER NOT NULL, epoch INTEGER NOT NULL, accepted INTEGER NOT NULL,
    record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS ledger(device TEXT NOT NULL, what INTEGER NOT NULL, accepted INTEGER NOT NULL,
    acked INTEGER NOT NULL, rejected INTEGER NOT NULL, dropped TEXT, sequence INTEGER NOT NULL,
    time_ns INTEGER NOT NULL, PRIMARY KEY(device, what)) WITHOUT ROWID;
"""
ONE_ROW: Final = "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT: Final = "INSERT INTO records SELECT * FROM (VALUES {}) WHERE column1 IS NOT NULL"
_REPLACE: Final = "INSERT OR REPLACE INTO ledger SELECT * FROM (VALUES {}) WHERE column1 IS NOT NULL"
_SIZES: Final = (1, 8, 64, 500, 1000)
"""Rows a statement takes; the rest of it is filled with nothing, so that few statements need be prepared."""
_READ: Final = """
SELECT json_group_array(row), json_group_array(device), json_group_array(sequence), json_group_array(time_ns),
json_group_array(what), group_concat(hex(record), ' ')
FROM (SELECT * FROM records WHERE row > ? AND row <= ? ORDER BY row LIMIT ?)
"""
"""One step for a whole page: row by row, beside a busy dispatcher, it took 250 us a row instead of 3."""
_KEPT: Final = """
SELECT device, what, count(*), max(accepted), max(iif(row >= :since, sequence, -1)), max(iif(row >= :since, time_ns, 0))
FROM records GROUP BY device, what
"""
_RANGES: Final = 4
"""Up to so many stretches of rows are deleted one by one; more, as a list."""


def _statements(text: str) -> dict[int, str]:
    return {size: text.format(",".join(["(?,?,?,?,?,?,?,?)"] * size)) for size in _SIZES}


_INSERTS: Final = _statements(_INSERT)
_REPLACES: Final = _statements(_REPLACE)


def insert(db: sqlite3.Connection, rows: Sequence[Any]) -> None:
    """Put rows in: the columns of one after those of the other, in the order of the table."""
    _put(db, _INSERTS, rows)
    if rows:
        db.execute("INSERT OR REPLACE INTO about VALUES ('row', ?)", (rows[-COLUMNS],))


def replace(db: sqlite3.Connection, changed: Mapping[Key, Entry]) -> None:
    """Move entries of the ledger on."""
    flat: list[Any] = []
    for (device, what), entry in changed.items():
        accepted, acked, rejected, dropped, sequence, time_ns = entry
        reasons = orjson.dumps(dict(dropped)).decode() if dropped else None
        flat += (device, what, accepted, acked, rejected, reasons, sequence, time_ns)
    _put(db, _REPLACES, flat)


def delete(db: sqlite3.Connection, gone: Sequence[int]) -> None:
    """Take rows out, by their numbers."""
    if not gone:
        return
    numbers = sorted(gone)
    ranges = []
    for _, stretch in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in stretch]
        ranges.append((members[0], members[-1]))
    if len(ranges) <= _RANGES:
        for low, high in ranges:
            db.execute("DELETE FROM records WHERE row BETWEEN ? AND ?", (low, high))
    else:
        listed = orjson.dumps(numbers).decode()
        db.execute("DELETE FROM records WHERE row IN (SELECT value FROM json_each(?))", (listed,))


def page(db: sqlite3.Connection, after: int, upto: int, limit: int) -> list[tuple[Any, ...]]:
    """Rows between two numbers, in order: row, device, sequence, time, what, record."""
    *columns, records = db.execute(_READ, (after, upto, limit)).fetchone()
    data = [bytes.fromhex(digits) for digits in records.split(" ")] if records is not None else []
    return sorted(zip(*map(orjson.loads, columns), data, strict=True))


def entries(db: sqlite3.Connection) -> dict[Key, Entry]:
    """The ledger."""
    return {
        (device, what): Entry(accepted, acked, rejected, orjson.loads(dropped or "{}"), sequence, time_ns)
        for device, what, accepted, acked, rejected, dropped, sequence, time_ns in db.execute("SELECT * FROM ledger")
    }


def kept(db: sqlite3.Connection) -> dict[Key, Kept]:
    """The rows, counted by device; how far they have come is told by those of the present run."""
    found = db.execute(_KEPT, {"since": about(db, "since", 0)})
    return {(device, what): Kept(*counts) for device, what, *counts in found}


def about(db: sqlite3.Connection, name: str, default: int) -> int:
    """One number about the file."""
    found = db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
    return default if found is None else int(found[0])


def _put(db: sqlite3.Connection, statements: Mapping[int, str], flat: Sequence[Any]) -> None:
    start, count = 0, len(flat) // COLUMNS
    while count:
        size = next((size for size in _SIZES if size >= count), _SIZES[-1])
        used = min(size, count)
        columns = flat[start : start + used * COLUMNS]
        db.execute(statements[size], [*columns, *[None] * ((size - used) * COLUMNS)] if used < size else columns)
        start += used * COLUMNS
        count -= used
