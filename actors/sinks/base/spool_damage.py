"""Damage to a spool's file, done on purpose: bits that are flipped behind the back of SQLite and of the spool."""

import sqlite3
from pathlib import Path
from typing import Final

from actors.sinks.base.disk_faults import Flips

_HEADER: Final = 100
"""Bytes of the file's own header, which is left alone: a file that cannot be opened at all is another story."""


def flip(db: sqlite3.Connection, path: Path, flips: Flips) -> int:
    """Flip bits; how many. None are there to be flipped in records as long as nothing is queued."""
    return _in_records(db, flips) if flips.part == "records" else _in_file(db, path, flips)


def _in_records(db: sqlite3.Connection, flips: Flips) -> int:
    """A bit in each of so many records, by lot; SQLite finds its pages in order, the records' checksums do not fit."""
    low, high = db.execute("SELECT min(row), max(row) FROM records").fetchone()
    if low is None:
        return 0
    chosen: dict[int, bytes] = {}
    for step in range(flips.bits):
        wanted = low + int(flips.draw(2 * step) * (high - low + 1))
        row, record = db.execute("SELECT row, record FROM records WHERE row >= ? ORDER BY row", (wanted,)).fetchone()
        chosen[row] = _flipped(record, flips.draw(2 * step + 1))
    db.execute("BEGIN IMMEDIATE")
    db.executemany("UPDATE records SET record = ? WHERE row = ?", [(data, row) for row, data in chosen.items()])
    db.execute("COMMIT")
    return len(chosen)


def _in_file(db: sqlite3.Connection, path: Path, flips: Flips) -> int:
    """Bits anywhere in the file, all of what was logged being in it; what SQLite has in memory is forgotten."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with path.open("r+b") as file:
        size = path.stat().st_size - _HEADER
        for step in range(flips.bits):
            place = _HEADER + int(flips.draw(2 * step) * size)
            file.seek(place)
            byte = file.read(1)
            file.seek(place)
            file.write(_flipped(byte, flips.draw(2 * step + 1)))
    (kept,) = db.execute("PRAGMA cache_size").fetchone()
    db.execute("PRAGMA cache_size = 0")
    db.execute("PRAGMA shrink_memory")
    db.execute(f"PRAGMA cache_size = {int(kept)}")
    return flips.bits


def _flipped(data: bytes, lot: float) -> bytes:
    place = int(lot * len(data) * 8)
    changed = bytearray(data)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)
