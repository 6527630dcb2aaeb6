"""Avro's rules of schema resolution (specification 1.11 and 1.12, "Schema Resolution")."""

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.compatibility.avro_schema import Branches, Collection, Enum, Field, Fixed, Primitive, Record, Type, parsed

__all__ = ["parsed", "problems"]

_PROMOTED: Final[Mapping[str, frozenset[str]]] = {
    "int": frozenset({"long", "float", "double"}),
    "long": frozenset({"float", "double"}),
    "float": frozenset({"double"}),
    "string": frozenset({"bytes"}),
    "bytes": frozenset({"string"}),
}
"""A primitive type that was written, and what else may read it."""


def problems(reader: Type, writer: Type) -> list[str]:
    """Why data of the writer's schema cannot be read with the reader's, each with its place; empty when it can."""
    return list(dict.fromkeys(_Resolution().of(reader, writer, "")))


class _Resolution:
    """One comparison of two schemas; records that hold themselves are looked at once."""

    def __init__(self) -> None:
        self._met: set[tuple[int, int]] = set()

    def of(self, reader: Type, writer: Type, path: str) -> Iterator[str]:
        """The problems at one place."""
        if isinstance(writer, Branches):
            # every one of them may turn up
            for branch in writer.types:
                yield from self.of(reader, branch, path)
        elif isinstance(reader, Branches):
            yield from self._one_of(reader, writer, path)
        elif isinstance(reader, Record) and isinstance(writer, Record):
            yield from self._records(reader, writer, path)
        elif isinstance(reader, Collection) and isinstance(writer, Collection) and reader.kind == writer.kind:
            yield from self.of(reader.items, writer.items, f"{path}[]")
        elif isinstance(reader, Enum) and isinstance(writer, Enum):
            yield from _enums(reader, writer, path)
        elif isinstance(reader, Fixed) and isinstance(writer, Fixed):
            yield from _fixed(reader, writer, path)
        elif not _primitive(reader, writer):
            yield f"{path or 'the whole'}: {writer.kind} was written, {reader.kind} is read"

    def _one_of(self, reader: Branches, writer: Type, path: str) -> Iterator[str]:
        fitting = (not any(_Resolution._like(self).of(branch, writer, path)) for branch in reader.types)
        if not any(fitting):
            kinds = ", ".join(branch.kind for branch in reader.types)
            yield f"{path or 'the whole'}: {writer.kind} was written, only {kinds} is read"

    def _records(self, reader: Record, writer: Record, path: str) -> Iterator[str]:
        if not _same_name(reader, writer):
            yield f"{path or 'the whole'}: the record {writer.name} was written, {reader.name} is read"
            return
        # an object's address is its identity while both trees are alive
        if (id(reader), id(writer)) in self._met:
            return
        self._met.add((id(reader), id(writer)))
        for field in reader.fields:
            place = f"{path}.{field.name}".lstrip(".")
            there = _written(field, writer)
            if there is not None:
                yield from self.of(field.type, there.type, place)
            elif not field.has_default:
                yield f"{place}: was not written and has no default"

    def _like(self) -> "_Resolution":
        other = _Resolution()
        other._met = set(self._met)
        return other


def _primitive(reader: Type, writer: Type) -> bool:
    if not isinstance(reader, Primitive) or not isinstance(writer, Primitive):
        return False
    return reader.kind == writer.kind or reader.kind in _PROMOTED.get(writer.kind, frozenset())


def _same_name(reader: Record | Enum | Fixed, writer: Record | Enum | Fixed) -> bool:
    # "both schemas are records with the same (unqualified) name", and the reader's aliases count as names
    names = (reader.name, *reader.aliases)
    return any(name.rpartition(".")[2] == writer.name.rpartition(".")[2] for name in names)


def _written(field: Field, writer: Record) -> Field | None:
    names = (field.name, *field.aliases)
    return next((there for name in names for there in writer.fields if there.name == name), None)


def _enums(reader: Enum, writer: Enum, path: str) -> Iterator[str]:
    place = path or "the whole"
    if not _same_name(reader, writer):
        yield f"{place}: the enum {writer.name} was written, {reader.name} is read"
    lost = [symbol for symbol in writer.symbols if symbol not in reader.symbols]
    if lost and not reader.has_default:
        yield f"{place}: {', '.join(lost)} of the enum {writer.name} is no longer known, and there is no default"


def _fixed(reader: Fixed, writer: Fixed, path: str) -> Iterator[str]:
    place = path or "the whole"
    if not _same_name(reader, writer):
        yield f"{place}: the fixed {writer.name} was written, {reader.name} is read"
    if reader.size != writer.size:
        yield f"{place}: {writer.size} bytes were written, {reader.size} are read"
