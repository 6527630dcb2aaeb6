"""Ids of schemas for those who write records: an answer at once, known or not, and a thread that finds out."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

from actors.logs import logger
from actors.registry.cache import IdCache
from actors.registry.door import RefusedError, RegistryDoor, TroubleError, UnknownError
from engine.clock import NANOSECONDS, Wall, WallClock
from engine.streams import Stream
from engine.supervision.backoff import Backoff
from schemas.connections import RegistrySettings

REFUSED_S: Final = 10.0
"""How long a schema that was refused is not asked for again."""
State = Literal["known", "waiting", "refused"]
Key = tuple[str, str, str]
"""Subject, schema, type."""
NEW: Final = "not asked for yet"


class SchemaState(NamedTuple):
    """How it stands with one schema."""

    subject: str
    id: int | None
    state: State
    reason: str
    """Why it waits or was refused; empty for a known one."""


@dataclass(slots=True)
class _Entry:
    """A schema that was asked for."""

    key: Key
    id: int | None
    """Known, perhaps only from an earlier run."""
    state: State
    reason: str
    settled: bool = False
    """Whether the registry has spoken in this run."""
    streak: int = 0
    due_ns: int = 0


class SchemaIds:
    """Ids by subject and schema, from one registry, which may be away for as long as it likes.

    A schema that a registry knew in an earlier run (`cache`) is known from the start, and asked for all the same: if
    the registry says another id by now, that is the one from then on. A new one waits until the registry answers. One
    that is refused is asked for again every ten seconds: somebody may have made room for it. Errors carry no secrets.
    """

    def __init__(
        self,
        settings: RegistrySettings,
        cache: Path | None = None,
        *,
        register: bool = True,
        wall: Wall | None = None,
        backoff: Backoff | None = None,
        timeout_s: float = 2.0,
        refused_s: float = REFUSED_S,
    ) -> None:
        """`register` false: schemas have to be there already. Raises `OSError` when a TLS file cannot be used."""
        self._wall = wall or WallClock()
        self._backoff = backoff or Backoff()
        self._door = RegistryDoor(settings, self._wall, timeout_s)
        self._refused_ns = round(refused_s * NANOSECONDS)
        self._ask_for = self._door.register if register else self._door.lookup
        self._absent = "not registered" if register else "not registered, and registering it is switched off"
        self._cache = IdCache(cache, self._door.url)
        # of this process alone, so that many do not come back to a registry as one wave
        self._draws = Stream(os.getpid(), self._door.url, "registry-backoff")
        self._drawn = 0
        self._lock = threading.Lock()
        self._known: dict[Key, int] = {}
        self._entries: dict[Key, _Entry] = {}
        self.trouble = ""
        """What is wrong with the registry itself at present; empty while it answers."""
        self._troubles = 0
        self._rest_until_ns = 0
        self.on_change: Callable[[], None] = lambda: None
        """Called on the resolver's thread when a schema became known or refused, or waits for another reason."""
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="schema-ids", daemon=True)
        self._thread.start()

    def get(self, subject: str, schema: str, schema_type: str = "AVRO") -> int | None:
        """The id, or `None` while it is not known; never waits. Keep the text: one object is found fastest."""
        key = (subject, schema, schema_type)
        known = self._known.get(key)
        if known is None and key not in self._entries:
            return self._enter(key)
        return known

    def state(self, subject: str, schema: str, schema_type: str = "AVRO") -> SchemaState:
        """How it stands with a schema."""
        entry = self._entries.get((subject, schema, schema_type))
        return SchemaState(subject, None, "waiting", NEW) if entry is None else _shown(entry)

    def waiting(self) -> tuple[SchemaState, ...]:
        """The schemas that are not known: waiting or refused."""
        with self._lock:
            return tuple(_shown(entry) for entry in self._entries.values() if entry.state != "known")

    @property
    def problem(self) -> str | None:
        """Why not all schemas are known, on one line; `None` when they are."""
        absent = self.waiting()
        for one in absent:
            if one.state == "refused":
                return f"schema of {one.subject} refused: {one.reason}"
        return f"schema of {absent[0].subject} waits: {absent[0].reason}" if absent else None

    def close(self, timeout_s: float = 5.0) -> None:
        """End the thread; it is left behind when a request takes longer than that."""
        self._closed = True
        self._wake.set()
        self._thread.join(timeout_s)

    def _enter(self, key: Key) -> int | None:
        with self._lock:
            if key not in self._entries:
                kept = self._cache.get(*key)
                if kept is not None:
                    self._known[key] = kept
                state: State = "waiting" if kept is None else "known"
                self._entries[key] = _Entry(key, kept, state, self.trouble or NEW)
        self._wake.set()
        return self._known.get(key)

    def _run(self) -> None:
        while not self._closed:
            try:
                rest_s = self._round()
            except Exception as error:  # whatever it is, records wait for this thread
                logger("registry").error("cannot ask for schemas", exc_info=error)
                rest_s = self._backoff.most_s
            self._wall.wait(rest_s, self._wake)
            self._wake.clear()
        self._door.close()

    def _round(self) -> float | None:
        """Ask for all that is due; seconds until something is due again, `None` when nothing is left to ask."""
        changed = False
        with self._lock:
            now = self._wall.monotonic_ns()
            due = [e for e in self._entries.values() if not e.settled and max(e.due_ns, self._rest_until_ns) <= now]
        for entry in due:
            if self._closed:
                return None
            before = (entry.state, entry.reason, entry.id, self.trouble)
            reached = self._ask(entry)
            changed |= before != (entry.state, entry.reason, entry.id, self.trouble)
            if not reached:
                break  # it would not answer for the others either
        if changed:
            self._tell()
        return self._rest_s()

    def _rest_s(self) -> float | None:
        with self._lock:
            open_ones = [max(e.due_ns, self._rest_until_ns) for e in self._entries.values() if not e.settled]
        return max(min(open_ones) - self._wall.monotonic_ns(), 0) / NANOSECONDS if open_ones else None

    def _ask(self, entry: _Entry) -> bool:
        """Ask the registry for one schema; whether it answered."""
        try:
            schema_id = self._ask_for(*entry.key)
        except TroubleError as trouble:
            self._shut(str(trouble))
            return False
        except RefusedError as refused:
            self._settle(entry, "refused", str(refused), None)
        except UnknownError as unknown:
            self._lack(entry, f"{self._absent}: {unknown}")
        else:
            self._settle(entry, "known", "", schema_id)
        if self.trouble:
            self.trouble = ""
            logger("registry").info("the registry answers again", url=self._door.url)
        self._troubles = 0
        return True

    def _shut(self, reason: str) -> None:
        """The registry itself is in trouble: leave it alone for a while, and say so on all that waits."""
        with self._lock:
            self._troubles += 1
            self._rest_until_ns = self._later(self._troubles)
            for entry in self._entries.values():
                if entry.state == "waiting":
                    entry.reason = reason
        if reason != self.trouble:
            logger("registry").warning("the registry is in trouble", reason=reason)
        self.trouble = reason

    def _lack(self, entry: _Entry, reason: str) -> None:
        """The registry does not have it (any more: it may be another one by now); somebody may still register it."""
        with self._lock:
            entry.streak += 1
            entry.due_ns = self._later(entry.streak)
            entry.id = None
            self._known.pop(entry.key, None)
        self._cache.put(*entry.key, None)
        self._say(entry, "waiting", reason)

    def _settle(self, entry: _Entry, state: State, reason: str, schema_id: int | None) -> None:
        """The registry has spoken."""
        with self._lock:
            entry.settled, entry.streak, entry.id = state == "known", 0, schema_id
            entry.due_ns = self._wall.monotonic_ns() + self._refused_ns
            if schema_id is None:
                self._known.pop(entry.key, None)
            else:
                self._known[entry.key] = schema_id
        self._cache.put(*entry.key, schema_id)
        self._say(entry, state, reason)

    def _say(self, entry: _Entry, state: State, reason: str) -> None:
        if (entry.state, entry.reason) != (state, reason) and state != "known":
            logger("registry").warning(f"schema {state}", subject=entry.key[0], reason=reason)
        with self._lock:
            entry.state, entry.reason = state, reason

    def _later(self, streak: int) -> int:
        self._drawn += 1
        return self._wall.monotonic_ns() + self._backoff.delay_ns(streak, self._draws.uniform(self._drawn))

    def _tell(self) -> None:
        try:
            self.on_change()
        except Exception as error:  # the listener's trouble, not the schemas'
            logger("registry").error("a listener failed", exc_info=error)


def _shown(entry: _Entry) -> SchemaState:
    return SchemaState(entry.key[0], entry.id, entry.state, "" if entry.state == "known" else entry.reason)
