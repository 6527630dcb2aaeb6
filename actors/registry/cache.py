"""Ids that a registry gave once, kept in a small file: known schemas flow while the registry is away."""

import json
import os
from hashlib import sha256
from pathlib import Path
from threading import get_ident
from typing import Any, Final

from actors.logs import logger

FORMAT: Final = 1
MOST_BYTES: Final = 16 << 20
"""A longer file is none of ours."""


class IdCache:
    """Ids by registry, subject and schema. A file that cannot be read is as good as none; what cannot be written is
    said once, and asked for again after a restart.
    """

    def __init__(self, path: Path | None, url: str) -> None:
        self._path = path
        self._url = url
        self._silent = False
        self._ids = self._load().get(url, {})

    def get(self, subject: str, schema: str, schema_type: str) -> int | None:
        """The id that was known last."""
        known = self._ids.get(subject, {}).get(_digest(schema, schema_type))
        return known if isinstance(known, int) else None

    def put(self, subject: str, schema: str, schema_type: str, schema_id: int | None) -> None:
        """Keep an id, or forget it (`None`)."""
        if self.get(subject, schema, schema_type) == schema_id:
            return
        ids = self._ids.setdefault(subject, {})
        if schema_id is None:
            del ids[_digest(schema, schema_type)]
        else:
            ids[_digest(schema, schema_type)] = schema_id
        self._save()

    def _load(self) -> dict[str, dict[str, dict[str, int]]]:
        if self._path is None:
            return {}
        try:
            with self._path.open("rb") as file:
                kept = json.loads(file.read(MOST_BYTES))
            return _sound(kept)
        except (OSError, ValueError, RecursionError):
            return {}

    def _save(self) -> None:
        """Write the whole file anew beside the old one, with what other sinks wrote meanwhile, and put it in place."""
        if self._path is None:
            return
        new = self._path.with_name(f".{self._path.name}.{os.getpid()}-{get_ident()}")
        try:
            registries = self._load()
            registries[self._url] = {**registries.get(self._url, {}), **self._ids}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps({"format": FORMAT, "registries": registries}, indent=1), encoding="utf-8")
            new.replace(self._path)
        except OSError as error:
            new.unlink(missing_ok=True)
            if not self._silent:
                self._silent = True
                logger("registry").warning("cannot keep schema ids", path=str(self._path), reason=error.strerror)


def _sound(kept: Any) -> dict[str, dict[str, dict[str, int]]]:
    """What was read, when it has the right shape."""
    if not isinstance(kept, dict) or kept.get("format") != FORMAT or not isinstance(kept.get("registries"), dict):
        return {}
    registries = kept["registries"]
    right = all(
        isinstance(subjects, dict) and all(isinstance(ids, dict) for ids in subjects.values())
        for subjects in registries.values()
    )
    return registries if right else {}


def _digest(schema: str, schema_type: str) -> str:
    return sha256(f"{schema_type}\n{schema}".encode()).hexdigest()
