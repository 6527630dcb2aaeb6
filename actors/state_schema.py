"""What the state's file holds, and how a file of an earlier version becomes one of this version."""

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final
from zlib import compress, crc32

from schemas.problems import CannotStart

VERSION: Final = 2
"""1 was a folder of files: `run.json`, `commands.jsonl` and `checkpoint`."""
APPLICATION: Final = 0x44534D31
"""Marks the file as this program's (`PRAGMA application_id`)."""

_TABLES: Final = """
-- which run this is, and what else there is one of, JSON by name
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- every command from outside, before it was carried out
CREATE TABLE commands (number INTEGER PRIMARY KEY, entry TEXT NOT NULL);
-- the whole cast at one instant: bodies, wear, faults, sequences, place in the timeline, compressed
CREATE TABLE checkpoints (
    number INTEGER PRIMARY KEY, now_ns INTEGER, data BLOB NOT NULL, crc INTEGER NOT NULL, size INTEGER NOT NULL);
-- how wall time and simulated time stood to each other at the last beat
CREATE TABLE clock (
    one INTEGER PRIMARY KEY CHECK (one = 1), wall_ns INTEGER, now_ns INTEGER, pace TEXT, paused INTEGER,
    orderly INTEGER);
CREATE TABLE journal (
    number INTEGER PRIMARY KEY, history INTEGER, kind TEXT, device TEXT, time_ns INTEGER, event BLOB NOT NULL);
CREATE TABLE keys (
    made INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT, role TEXT, digest BLOB, created_ns INTEGER);
-- present and former runs
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT, seed INTEGER, document TEXT, began_ns INTEGER,
    ended_ns INTEGER, how TEXT, summary TEXT);
"""

OLD_FILES: Final = ("run.json", "commands.jsonl", "checkpoint")


def make_ready(db: sqlite3.Connection, folder: Path) -> None:
    """Make the tables, or bring them to this version. Raises `CannotStart` for a version that is not known here."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise CannotStart(
            f"the state in {folder} was written by a later version of this program (its version is {version}, the "
            f"newest known here is {VERSION}); install that one, or name another folder"
        )
    if version == VERSION:
        return
    with db:
        db.execute("BEGIN IMMEDIATE")
        for statement in _TABLES.split(";"):
            if statement.strip():
                db.execute(statement)
        moved = _take_in(db, folder)
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {VERSION}")
    for name in moved:
        with suppress(OSError):
            (folder / name).unlink()


def _take_in(db: sqlite3.Connection, folder: Path) -> list[str]:
    """Take over what version 1 had in files; which of them are not needed any more."""
    try:
        run = json.loads((folder / "run.json").read_bytes())
    except (OSError, ValueError):
        return []
    if not isinstance(run, dict):
        return []
    if run.get("version", 0) > 1:
        raise CannotStart(f"the state in {folder} was written by a later version of this program")
    run.pop("version", None)
    db.execute("INSERT INTO about VALUES ('run', ?)", (json.dumps(run),))
    with suppress(OSError):
        for number, line in enumerate((folder / "commands.jsonl").read_text(encoding="utf-8").splitlines()):
            try:
                json.loads(line)
            except ValueError:  # a last line that is torn was never written
                break
            db.execute("INSERT INTO commands VALUES (?, ?)", (number, line))
    with suppress(OSError):
        found = (folder / "checkpoint").read_bytes()
        data, sum_ = found[:-4], found[-4:]
        if crc32(data).to_bytes(4, "little") == sum_:
            packed = compress(data, 1)
            row = (None, packed, crc32(packed), len(data))
            db.execute("INSERT INTO checkpoints (now_ns, data, crc, size) VALUES (?, ?, ?, ?)", row)
    return [name for name in OLD_FILES if (folder / name).exists()]
