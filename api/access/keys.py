"""API keys: what is kept of them, and where."""

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from api.access.secrets import PREFIX, digest, make_id, make_secret
from api.roles import Role


class KeyRecord(NamedTuple):
    """One key, without its secret."""

    id: str
    name: str
    role: Role
    digest: bytes
    """SHA-256 of the secret."""
    created_ns: int
    """Wall time, nanoseconds since the Unix epoch."""


class KeyStore(Protocol):
    """Where keys are kept. Safe for several threads; what `add` and `remove` have returned from is kept for good."""

    def records(self) -> Sequence[KeyRecord]:
        """Every key, in the order in which they were made."""

    def add(self, record: KeyRecord) -> None:
        """Keep another one."""

    def remove(self, id: str) -> bool:
        """Forget one; whether it was there."""


class MemoryKeys:
    """Keys that end with the process."""

    def __init__(self, records: Sequence[KeyRecord] = ()) -> None:
        self._lock = threading.Lock()
        self._records = tuple(records)

    def records(self) -> Sequence[KeyRecord]:
        """Every key."""
        return self._records

    def add(self, record: KeyRecord) -> None:
        """Keep another one."""
        with self._lock:
            self._keep((*self._records, record))

    def remove(self, id: str) -> bool:
        """Forget one."""
        with self._lock:
            left = tuple(record for record in self._records if record.id != id)
            there = len(left) < len(self._records)
            if there:
                self._keep(left)
            return there

    def _keep(self, records: tuple[KeyRecord, ...]) -> None:
        self._records = records


class FileKeys(MemoryKeys):
    """Keys in a file that only its owner can read. Raises `ValueError` when the file holds something else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(_read(path) if path.exists() else ())

    def _keep(self, records: tuple[KeyRecord, ...]) -> None:
        data = [{**record._asdict(), "digest": record.digest.hex()} for record in records]
        fresh = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        super()._keep(records)


def new_key(name: str, role: Role, created_ns: int, secret: str | None = None) -> tuple[str, KeyRecord]:
    """A key and what is kept of it. The secret is made here, or given by who mounts one."""
    secret = secret or make_secret(PREFIX)
    return secret, KeyRecord(make_id("key-"), name, role, digest(secret), created_ns)


def _read(path: Path) -> list[KeyRecord]:
    try:
        return [
            KeyRecord(e["id"], e["name"], Role(e["role"]), bytes.fromhex(e["digest"]), int(e["created_ns"]))
            for e in json.loads(path.read_bytes())
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} holds no keys of this program: {error!r}") from error
