"""The state's file: SQLite with a write-ahead log, so a process may die at any point and nothing committed is lost.

What must not be lost by a power cut either is synced at each commit; what is written every second is not.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, Final, NamedTuple
from zlib import compress, crc32, decompress

from actors.state_schema import make_ready
from engine.clock import WallClock
from schemas.instants import iso
from schemas.problems import CannotStart

NAME: Final = "state.db"
KEPT_CHECKPOINTS: Final = 2
KEPT_JOURNAL: Final = 200_000
"""Entries; older ones are forgotten."""
_NOT_NOW: Final = frozenset(
    {
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM),
        *(sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_TOOBIG),
    }
)
"""Errors of the disk and of others who have the file; all other errors say that it is not what was written."""


class Beat(NamedTuple):
    """How simulated time stood to wall time, nanoseconds since the Unix epoch each."""

    wall_ns: int
    now_ns: int
    pace: float
    paused: bool
    orderly: bool
    """Whether it is the last word of a process that ended in order."""


class StateDb:
    """See the module. For any thread. Errors of the disk are `OSError`."""

    def __init__(self, folder: Path) -> None:
        """Open or make it; a file that is damaged is set aside under a name that says so. `CannotStart`: see there."""
        self.path = folder / NAME
        self.lock = RLock()
        try:
            self._open(folder)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise CannotStart(f"no state can be kept in {folder}: {error}") from error
            aside = self._set_aside()
            self._open(folder)
            self.put("aside", [*self.aside, aside])

    def _open(self, folder: Path) -> None:
        self._safe = self._connect("FULL")
        try:
            (found,) = self._safe.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(f"damaged: {found}")
            make_ready(self._safe, folder)
            self._quick = self._connect("NORMAL")
        except BaseException:
            self._safe.close()
            raise

    def _connect(self, synchronous: str) -> sqlite3.Connection:
        found = sqlite3.connect(self.path, timeout=5.0, isolation_level=None, check_same_thread=False)
        try:
            found.execute("PRAGMA journal_mode = WAL")
            found.execute(f"PRAGMA synchronous = {synchronous}")
            # Folding the log into the file is left to `fold`: never on the fleet's thread.
            found.execute("PRAGMA wal_autocheckpoint = 0")
        except BaseException:
            found.close()
            raise
        return found

    def _set_aside(self) -> str:
        """Keep what is damaged, for who wants to look into it; the name it has now."""
        stamp = iso(WallClock.epoch_ns()).translate({ord(":"): "", ord("-"): ""})[:15]
        for suffix in ("", "-wal", "-shm"):
            file = self.path.with_name(f"{NAME}{suffix}")
            if file.exists():
                file.rename(self.path.with_name(f"{NAME}.damaged-{stamp}{suffix}"))
        return f"{NAME}.damaged-{stamp}"

    @property
    def aside(self) -> tuple[str, ...]:
        """Names of files that were damaged and are still there."""
        return tuple(name for name in self.get("aside", []) if self.path.with_name(name).exists())

    # --- doors ---

    @contextmanager
    def change(self, *, quick: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction; `quick` when a power cut may lose it."""
        with self.lock:
            db = self._quick if quick else self._safe
            try:
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise OSError(f"{self.path}: {error}") from error

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        with self.lock:
            try:
                return self._safe.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise OSError(f"{self.path}: {error}") from error

    def fold(self) -> None:
        """Fold the log into the file, as far as nobody reads it."""
        with suppress(sqlite3.Error):
            db = sqlite3.connect(self.path, timeout=1.0, isolation_level=None)
            try:
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                db.close()

    def close(self) -> None:
        """Let go of it."""
        with self.lock:
            for db in (self._quick, self._safe):
                with suppress(sqlite3.Error):
                    db.close()

    # --- what there is one of ---

    def get(self, name: str, default: Any = None) -> Any:
        """Plain data by its name."""
        found = self.rows("SELECT value FROM about WHERE name = ?", (name,))
        return json.loads(found[0][0]) if found else default

    def put(self, name: str, value: Any) -> None:
        """Keep plain data under a name."""
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, json.dumps(value)))

    # --- commands ---

    def log_all(self, number: int, entries: Sequence[Mapping[str, Any]]) -> None:
        """Write commands down, safely, before they are carried out; the first one has this number."""
        rows = [(number + n, json.dumps(entry)) for n, entry in enumerate(entries)]
        with self.change() as db:
            db.executemany("INSERT OR REPLACE INTO commands VALUES (?, ?)", rows)

    def logged(self, start: int = 0) -> list[dict[str, Any]]:
        """Every command from a number on."""
        found = self.rows("SELECT entry FROM commands WHERE number >= ? ORDER BY number", (start,))
        return [json.loads(text) for (text,) in found]

    # --- checkpoints ---

    def keep(self, data: bytes, now_ns: int | None = None) -> None:
        """Keep a checkpoint, and the one before it."""
        packed = compress(data, 1)
        with self.change() as db:
            row = (now_ns, packed, crc32(packed), len(data))
            db.execute("INSERT INTO checkpoints (now_ns, data, crc, size) VALUES (?, ?, ?, ?)", row)
            db.execute(
                "DELETE FROM checkpoints WHERE number <= (SELECT max(number) FROM checkpoints) - ?",
                (KEPT_CHECKPOINTS,),
            )
        self.fold()

    def kept(self) -> bytes | None:
        """The newest checkpoint that is whole."""
        for number, data, crc in self.rows("SELECT number, data, crc FROM checkpoints ORDER BY number DESC"):
            if crc32(data) == crc:
                with suppress(ValueError):
                    return decompress(data)
            self.put("damaged checkpoint", number)
        return None

    # --- clock and journal ---

    def beat(self, beat: Beat, entries: Iterable[Sequence[Any]] = (), *, quick: bool = True) -> None:
        """Note how the clocks stand, and what has come into the journal: number, history, kind, device, time, event."""
        with self.change(quick=quick) as db:
            row = (beat.wall_ns, beat.now_ns, repr(beat.pace), beat.paused, beat.orderly)
            db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?, ?, ?)", row)
            db.executemany("INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?)", entries)

    def last_beat(self) -> Beat | None:
        """How the clocks stood last."""
        for wall_ns, now_ns, pace, paused, orderly in self.rows(
            "SELECT wall_ns, now_ns, pace, paused, orderly FROM clock"
        ):
            return Beat(wall_ns, now_ns, float(pace), bool(paused), bool(orderly))
        return None

    def written(self, before: int | None, limit: int) -> list[tuple[int, int, str, str | None, int, bytes]]:
        """The newest journal entries with numbers below one, the oldest of them first."""
        most = 2**62 if before is None else before
        sql = "SELECT * FROM journal WHERE number < ? ORDER BY number DESC LIMIT ?"
        return list(reversed(self.rows(sql, (most, limit))))

    def written_since(self, number: int) -> list[tuple[int, int, str, str | None, int, bytes]]:
        """The journal entries from a number on."""
        return self.rows("SELECT * FROM journal WHERE number >= ? ORDER BY number", (number,))

    def unwrite(self, number: int) -> None:
        """Forget the journal from a number on, and what is too old."""
        with self.change() as db:
            db.execute("DELETE FROM journal WHERE number >= ? OR number < ?", (number, number - KEPT_JOURNAL))

    def forget(self) -> None:
        """Another run begins: nothing of the last one holds."""
        with self.change() as db:
            for table in ("commands", "checkpoints", "clock", "journal"):
                db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM about WHERE name = 'damaged checkpoint' OR name LIKE 'done/%'")


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF not in _NOT_NOW
