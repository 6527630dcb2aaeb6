"""The registry's memory: subjects, their versions, the ids of schemas, and how compatible versions have to be."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Concatenate, Final, NamedTuple, ParamSpec, TypeVar

from actors.embedded.registry.answers import (
    RegistryError,
    incompatible,
    invalid_schema,
    no_schema,
    no_subject,
    no_version,
)
from schemas import compatibility

DEFAULT_LEVEL: Final = "BACKWARD"
LATEST: Final = -1
"""The version that is always the newest one."""
MOST: Final = 10_000
"""Versions it keeps in all; who registers more than that has a mistake in a loop."""
MOST_CHARACTERS: Final = 1 << 20

P = ParamSpec("P")
R = TypeVar("R")


class Schema(NamedTuple):
    """A schema as it was sent."""

    text: str
    kind: str
    """`AVRO` or `JSON`."""


@dataclass(slots=True)
class Version:
    """One version of a subject."""

    subject: str
    number: int
    id: int
    schema: Schema
    deleted: bool = False


def alone(method: Callable[Concatenate["Store", P], R]) -> Callable[Concatenate["Store", P], R]:
    """Let one thread at a time into the store."""

    def locked(self: "Store", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._lock:
            return method(self, *args, **kwargs)

    locked.__doc__ = method.__doc__
    return locked


class Store:
    """All of it, in memory. Raises `RegistryError` for what cannot be done; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._subjects: dict[str, list[Version]] = {}
        self._ids: dict[tuple[str, str], int] = {}
        """Ids by language and canonical text: the same schema has one id under whatever subject."""
        self._next_id = 1
        self._levels: dict[str, str] = {}
        self._level = DEFAULT_LEVEL
        self._kept = 0

    @alone
    def register(self, subject: str, schema: Schema) -> Version:
        """Make a schema the newest version of a subject, or find it there."""
        key = canonical(schema)
        for version in self._living(subject):
            if canonical(version.schema) == key:
                return version
        reasons = self.problems(subject, schema, [version.schema for version in self._living(subject)])
        if reasons:
            raise incompatible(subject, reasons)
        if self._kept >= MOST:
            raise RegistryError(50001, f"The embedded registry keeps at most {MOST} versions")
        self._kept += 1
        schema_id = self._ids.get(key)
        if schema_id is None:
            schema_id = self._ids[key] = self._next_id
            self._next_id += 1
        versions = self._subjects.setdefault(subject, [])
        made = Version(subject, 1 + max((one.number for one in versions), default=0), schema_id, schema)
        versions.append(made)
        return made

    def problems(self, subject: str, schema: Schema, earlier: list[Schema]) -> list[str]:
        """Why a schema may not follow earlier ones under a subject; empty when it may."""
        level = self._levels.get(subject, self._level)
        if level != "NONE" and earlier and earlier[-1].kind != schema.kind:
            return [f"the earlier schema is {earlier[-1].kind}, this one is {schema.kind}"]
        same = [one.text for one in earlier if one.kind == schema.kind]
        try:
            return compatibility.check(level, schema.text, same, schema.kind)
        except (compatibility.InvalidSchema, RecursionError) as error:
            raise invalid_schema(str(error)) from None

    @alone
    def lookup(self, subject: str, schema: Schema, deleted: bool = False) -> Version:
        """The version of a subject that is this schema."""
        key = canonical(schema)
        for version in self.versions(subject, deleted):
            if canonical(version.schema) == key:
                return version
        raise no_schema()

    @alone
    def by_id(self, schema_id: int) -> Schema:
        """The schema of an id; also of one that was deleted softly, for what was written with it remains."""
        for version in self._all():
            if version.id == schema_id:
                return version.schema
        raise no_schema(f"Schema {schema_id} not found")

    @alone
    def uses(self, schema_id: int) -> list[Version]:
        """The versions that an id stands for."""
        self.by_id(schema_id)
        return [version for version in self._all() if version.id == schema_id and not version.deleted]

    @alone
    def subjects(self, prefix: str = "", deleted: bool = False) -> list[str]:
        """Names of subjects."""
        return [name for name in self._subjects if name.startswith(prefix) and (deleted or self._living(name))]

    @alone
    def versions(self, subject: str, deleted: bool = False) -> list[Version]:
        """The versions of a subject, the oldest first."""
        found = list(self._subjects.get(subject, ())) if deleted else self._living(subject)
        if not found:
            raise no_subject(subject)
        return found

    @alone
    def version(self, subject: str, number: int, deleted: bool = False) -> Version:
        """One version of a subject."""
        versions = self.versions(subject, deleted)
        if number == LATEST:
            return versions[-1]
        for version in versions:
            if version.number == number:
                return version
        raise no_version(number)

    @alone
    def delete_subject(self, subject: str, permanent: bool = False) -> list[int]:
        """Delete all versions: softly, and once that is done for good."""
        versions = self.versions(subject, deleted=True)
        if permanent:
            if self._living(subject):
                raise RegistryError(
                    40405, f"Subject '{subject}' was not deleted first before being permanently deleted"
                )
            self._forget(subject, versions)
            self._levels.pop(subject, None)
            return [version.number for version in versions]
        living = self._living(subject)
        if not living:
            raise RegistryError(
                40404, f"Subject '{subject}' was soft deleted. Set permanent=true to delete permanently"
            )
        for version in living:
            version.deleted = True
        return [version.number for version in living]

    @alone
    def delete_version(self, subject: str, number: int, permanent: bool = False) -> int:
        """Delete one version: softly, and once that is done for good."""
        version = self.version(subject, number, deleted=permanent)
        if permanent:
            if not version.deleted:
                name = f"Subject '{subject}' Version {version.number}"
                raise RegistryError(40407, f"{name} was not deleted first before being permanently deleted")
            self._forget(subject, [version])
        version.deleted = True
        return version.number

    @alone
    def level(self, subject: str | None, or_global: bool = False) -> str:
        """How compatible versions have to be; of a subject, or for all that have nothing of their own."""
        if subject is None:
            return self._level
        if subject in self._levels:
            return self._levels[subject]
        if or_global:
            return self._level
        raise RegistryError(40408, f"Subject '{subject}' does not have subject-level compatibility configured")

    @alone
    def set_level(self, subject: str | None, level: str) -> None:
        """Hold a subject, or all that have nothing of their own, to a level."""
        if level not in compatibility.LEVELS:
            known = ", ".join(compatibility.LEVELS)
            raise RegistryError(42203, f"Invalid compatibility level. Valid values are {known}")
        if subject is None:
            self._level = level
        else:
            self._levels[subject] = level

    @alone
    def reset_level(self, subject: str | None) -> str:
        """Back to the level for all; answers what was set."""
        if subject is None:
            before, self._level = self._level, DEFAULT_LEVEL
            return before
        before = self.level(subject)
        del self._levels[subject]
        return before

    def _living(self, subject: str) -> list[Version]:
        return [version for version in self._subjects.get(subject, ()) if not version.deleted]

    def _all(self) -> Iterator[Version]:
        for versions in self._subjects.values():
            yield from versions

    def _forget(self, subject: str, versions: list[Version]) -> None:
        left = [version for version in self._subjects[subject] if version not in versions]
        self._kept -= len(versions)
        if left:
            self._subjects[subject] = left
        else:
            del self._subjects[subject]


def canonical(schema: Schema) -> tuple[str, str]:
    """What is the same for two texts of one schema. Raises `RegistryError` for a text that is no schema."""
    if schema.kind not in compatibility.TYPES:
        raise RegistryError(
            42201, f"Invalid schema type {schema.kind}: this registry knows {', '.join(compatibility.TYPES)}"
        )
    if len(schema.text) > MOST_CHARACTERS:
        raise invalid_schema(f"longer than {MOST_CHARACTERS} characters")
    try:
        compatibility.valid(schema.text, schema.kind)
        return schema.kind, compatibility.canonical(schema.text)
    except (compatibility.InvalidSchema, RecursionError) as error:
        raise invalid_schema(str(error)) from None
