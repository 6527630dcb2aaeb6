"""API keys of a server: in its state, and one that its settings may name."""

import threading
from collections.abc import Sequence
from typing import Final

from actors.state_db import StateDb
from api.access.keys import KeyRecord
from api.access.secrets import digest
from api.problems import refused, unavailable
from api.roles import Role
from schemas.secrets import Secret

FROM_SETTINGS: Final = "key-settings"


class ServedKeys:
    """Keys that outlive the process. Until the state is open there is nobody who could say who may come in: 503."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db: StateDb | None = None
        self._given: tuple[KeyRecord, ...] = ()
        self._records: tuple[KeyRecord, ...] | None = None

    def use(self, db: StateDb, admin: Secret | None) -> None:
        """From now on they are in this state; `admin` is the key that the settings name."""
        if admin is not None:
            record = KeyRecord(FROM_SETTINGS, "DATA_SIMULATOR_ADMIN_KEY", Role.ADMIN, digest(admin.reveal()), 0)
            self._given = (record,)
        self._db = db
        self._records = self._given + stored(db)

    def records(self) -> Sequence[KeyRecord]:
        """Every key, in the order in which they were made."""
        if self._records is None:
            raise unavailable("the server is starting")
        return self._records

    def add(self, record: KeyRecord) -> None:
        """Keep another one."""
        with self._lock:
            db = self._opened()
            store(db, record)
            self._records = self._given + stored(db)

    def remove(self, id: str) -> bool:
        """Forget one; whether it was there. The one of the settings cannot be forgotten here."""
        if id == FROM_SETTINGS and self._given:
            raise refused("this key is in the settings of the server; take DATA_SIMULATOR_ADMIN_KEY away from there")
        with self._lock:
            db = self._opened()
            with db.change() as change:
                there = change.execute("DELETE FROM keys WHERE id = ?", (id,)).rowcount > 0
            self._records = self._given + stored(db)
            return there

    def _opened(self) -> StateDb:
        if self._db is None:
            raise unavailable("the server is starting")
        return self._db


def stored(db: StateDb) -> tuple[KeyRecord, ...]:
    """The keys in a state."""
    rows = db.rows("SELECT id, name, role, digest, created_ns FROM keys ORDER BY made")
    return tuple(KeyRecord(id, name, Role(role), bytes(sum_), created) for id, name, role, sum_, created in rows)


def store(db: StateDb, record: KeyRecord) -> None:
    """Keep a key in a state."""
    with db.change() as change:
        change.execute(
            "INSERT INTO keys (id, name, role, digest, created_ns) VALUES (?, ?, ?, ?, ?)",
            (record.id, record.name, record.role.value, record.digest, record.created_ns),
        )
