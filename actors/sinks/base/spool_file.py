"""A spool's rows in an SQLite file.

Each change is one transaction in a write-ahead log, so a process may die at any point: with `durability="process"`
nothing committed is lost by that, with `"power"` not by a power cut either, for a sync to disk at each commit.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

import orjson

from actors.sinks.base import spool_sql as sql
from actors.sinks.base.disk_faults import DiskFaults
from actors.sinks.base.records import WORDS, Record
from actors.sinks.base.spool_codec import Codec, DamagedError, shape_of
from actors.sinks.base.spool_damage import flip
from actors.sinks.base.spool_ledger import Entry, Kept, Key, Settled, joined
from actors.sinks.base.spool_rescue import legible, put_aside
from actors.sinks.base.spool_store import ROW_OVERHEAD, CorruptError, Drawn, Stored

Durability = Literal["process", "power"]

VERSION: Final = 1
LOST: Final = "lost"
"""Why records are dropped whose rows should be there and are not."""
UNKNOWN: Final = "unknown"
"""The same when the ledger is lost as well: they may have been delivered, or not."""
_NOT_NOW: Final = frozenset(
    {
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM),
        *(sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_TOOBIG),
    }
)
"""Errors of the disk and of others who have the file; all other errors say that it is not what was written."""


class FileStore:
    """See the module. One thread writes; another one may read."""

    durable = True

    def __init__(self, path: Path, durability: Durability = "process") -> None:
        self.path = path
        self._durability = durability
        self._writing: sqlite3.Connection | None = None
        self._reading: sqlite3.Connection | None = None
        self._read_lock = Lock()
        self._codec = Codec()
        self.faults = DiskFaults()

    def open(self) -> Stored:
        """Make ready; a file that is damaged is put aside, and what is legible of it saved."""
        try:
            return self._open(LOST, ())
        except CorruptError as error:
            return self._rescued(str(error), (), (), {})
        except OSError:
            self.close()
            raise

    def encode(self, record: Record) -> bytes:
        """The record as it is kept."""
        return self._codec.encode(record)

    def write(self, rows: Sequence[Any], gone: Sequence[int], changed: Mapping[Key, Entry]) -> None:
        """Put rows in, take rows out and move the ledger on, all or nothing."""
        faults = self.faults
        faults.meet(self.path)
        if faults.flips is not None:
            self._flip()
        logged = 0 if faults.torn is None else self._fold()
        with self._transaction() as db:
            if self._codec.fresh:
                db.executemany("INSERT OR REPLACE INTO shapes VALUES (?, ?)", self._codec.fresh)
            sql.insert(db, rows)
            faults.interrupt(self.path)
            sql.delete(db, gone)
            sql.replace(db, changed)
        faults.end_in(self._log, logged)
        self._codec.fresh.clear()

    def read(self, after: int, upto: int, limit: int) -> tuple[list[Drawn], list[Settled]]:
        """Rows between two numbers, in order, and those whose bytes are damaged."""
        with self._read_lock, _named(self.path):
            if self._reading is None:
                self._reading = self._connect()
            found = sql.page(self._reading, after, upto, limit)
        drawn: list[Drawn] = []
        damaged: list[Settled] = []
        for row, device, sequence, time_ns, what, record in found:
            size = len(record) + ROW_OVERHEAD
            try:
                drawn.append(Drawn(row, self._codec.decode(what, device, sequence, time_ns, record), size))
            except DamagedError:
                damaged.append(Settled(row, device, what, sequence, time_ns, size, LOST))
        for one in damaged:
            self._note(f"{one.device} {WORDS[one.what]} {one.sequence}: damaged", row=one.row)
        return drawn, damaged

    def oldest_ns(self) -> int | None:
        """The simulated instant of the first row; `None` when there is none, or it cannot be read now."""
        with self._read_lock, suppress(sqlite3.Error, OSError):
            if self._reading is None:
                self._reading = self._connect()
            for (time_ns,) in self._reading.execute("SELECT time_ns FROM records ORDER BY row LIMIT 1"):
                return int(time_ns)
        return None

    def rescue(self, settled: Sequence[Settled], extra: Sequence[Any], known: Mapping[Key, Entry]) -> Stored:
        """Put the broken file aside and go on with what is legible."""
        return self._rescued("found while it was in use", settled, extra, known)

    def start_epoch(self, epoch: int, since: int, entries: Mapping[Key, Entry]) -> None:
        """Begin another run: number it, note its first row, and replace the ledger."""
        with self._transaction() as db:
            db.execute("DELETE FROM ledger")
            db.execute("UPDATE records SET accepted = 0")
            db.execute("INSERT OR REPLACE INTO about VALUES ('epoch', ?), ('since', ?)", (epoch, since))
            sql.replace(db, entries)

    def close(self) -> None:
        """Let go of the file; the last connection folds the log into it."""
        with self._read_lock:
            for connection in (self._reading, self._writing):
                if connection is not None:
                    with suppress(sqlite3.Error):
                        connection.close()
            self._reading = self._writing = None

    # --- inside ---

    @property
    def _log(self) -> Path:
        return Path(f"{self.path}-wal")

    def _fold(self) -> int:
        """Have the log folded into the file, so that it grows by what is written next; how long it is now."""
        with _named(self.path):
            if self._writing is not None:
                self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return self._log.stat().st_size if self._log.exists() else 0

    def _flip(self) -> None:
        flips, db = self.faults.flips, self._writing
        if flips is not None and db is not None:
            with _named(self.path):
                if flip(db, self.path, flips):
                    self.faults.flips = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _named(self.path):
            db = self._writing
            if db is None:
                raise OSError(f"{self.path} is closed")
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=5.0, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {'FULL' if self._durability == 'power' else 'NORMAL'}")
        return db

    def _open(self, reason: str, elsewhere: Sequence[Settled]) -> Stored:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _named(self.path):
            self._writing = db = self._connect()
            self._check(db)
            db.executescript(sql.TABLES)
            db.execute("INSERT OR IGNORE INTO about VALUES ('version', ?), ('epoch', 1)", (VERSION,))
            try:
                self._codec = Codec({n: shape_of(data) for n, data in db.execute("SELECT number, shape FROM shapes")})
                return _stored(db, reason, elsewhere)
            except (DamagedError, ValueError, TypeError) as error:
                raise CorruptError(str(error)) from error

    def _check(self, db: sqlite3.Connection) -> None:
        """Is it ours, and whole? A file of a later version is refused: it may hold what this one does not know."""
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return
        if "about" not in tables:
            raise CorruptError("the table 'about' is missing")
        if sql.about(db, "version", VERSION) > VERSION:
            raise OSError(f"{self.path} was written by a later version of this program; use that, or another folder")
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise CorruptError(verdict)

    def _rescued(
        self, why: str, settled: Sequence[Settled], extra: Sequence[Any], entries: Mapping[Key, Entry]
    ) -> Stored:
        """Put the file aside, begin a fresh one with what is legible, and write down what is lost."""
        self.close()
        aside = put_aside(self.path)
        found = legible(aside)
        known = [extra[start : start + sql.COLUMNS] for start in range(0, len(extra), sql.COLUMNS)]
        with _named(self.path):
            self._writing = db = self._connect()
            db.executescript(sql.TABLES)
            db.execute("BEGIN IMMEDIATE")
            numbers = (("version", VERSION), ("epoch", found.epoch), ("since", found.since), ("row", found.last))
            db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", numbers)
            db.executemany("INSERT INTO shapes VALUES (?, ?)", {**found.shapes, **dict(self._codec.all())}.items())
            db.executemany(sql.ONE_ROW, [*found.rows, *known])
            sql.replace(db, {**found.entries, **entries})
            db.execute("COMMIT")
        here = {row[0] for row in found.rows} | {row[0] for row in known}
        ledger = found.ledger or bool(entries)
        stored = self._open(LOST if ledger else UNKNOWN, [one for one in settled if one.row not in here])
        parts = (
            f"{self.path.name} was damaged ({why}) and is kept as {aside.name}; {len(found.rows)} records saved",
            stored.loss,
            "" if ledger else "its books could not be read",
        )
        loss = "; ".join(part for part in parts if part)
        self._note(loss, aside=aside.name, saved=len(found.rows))
        return stored._replace(loss=loss)

    def _note(self, loss: str, **facts: object) -> None:
        """Write a loss down beside the file, in lines that stay."""
        with suppress(OSError), self.path.with_suffix(".losses.jsonl").open("ab") as file:
            file.write(orjson.dumps({"loss": loss, **facts}) + b"\n")


def _stored(db: sqlite3.Connection, reason: str, elsewhere: Sequence[Settled]) -> Stored:
    """What is in the file, the ledger brought in line with the rows. `elsewhere` are records that are known to be out
    although their rows are missing."""
    entries, rows = sql.entries(db), sql.kept(db)
    for one in elsewhere:
        key = (one.device, one.what)
        had = rows.get(key, Kept(0, 0, -1, 0))
        rows[key] = had._replace(rows=had.rows + 1, sequence=max(had.sequence, one.sequence))
    both = joined(entries, rows, reason)
    changed = {key: entry for key, entry in both.items() if entry.dropped != entries.get(key, Entry()).dropped}
    lost = sum(both[key].dropped[reason] - entries.get(key, Entry()).dropped.get(reason, 0) for key in changed)
    last, size, count = db.execute(
        "SELECT coalesce(max(row), 0), coalesce(sum(length(record)), 0), count(*) FROM records"
    ).fetchone()
    if changed:
        db.execute("BEGIN IMMEDIATE")
        sql.replace(db, changed)
        db.execute("COMMIT")
    loss = f"{lost} records of {len(changed)} devices: {reason}" if lost else ""
    newest = max(last, sql.about(db, "row", 0))
    epoch, since = sql.about(db, "epoch", 1), sql.about(db, "since", 0)
    return Stored(both, count, size + ROW_OVERHEAD * count, newest, epoch, since, loss)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """SQLite's errors in two kinds: a file that cannot be used now, and one that is broken."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in _NOT_NOW:
            raise OSError(f"{path}: {error}") from error
        raise CorruptError(str(error)) from error
    except ValueError as error:  # damaged text and damaged numbers
        raise CorruptError(str(error)) from error
