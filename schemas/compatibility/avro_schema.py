"""Avro schemas taken apart: every name resolved, everything that is no schema refused."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from schemas.compatibility.errors import InvalidSchema

DEEPEST: Final = 64
"""Levels of nesting that are followed."""

PRIMITIVES: Final = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Primitive:
    """`long`, `string` and so on; logical types change nothing about what can be read."""

    kind: str


@dataclass(frozen=True, slots=True)
class Collection:
    """An array or a map."""

    kind: str
    items: "Type"


@dataclass(frozen=True, slots=True)
class Branches:
    """A union."""

    types: tuple["Type", ...]
    kind: str = "union"


@dataclass(frozen=True, slots=True)
class Enum:
    """One of some symbols."""

    name: str
    aliases: tuple[str, ...]
    symbols: tuple[str, ...]
    has_default: bool
    kind: str = "enum"


@dataclass(frozen=True, slots=True)
class Fixed:
    """So many bytes."""

    name: str
    aliases: tuple[str, ...]
    size: int
    kind: str = "fixed"


@dataclass(slots=True, eq=False)
class Record:
    """Fields with names; not frozen, because a record may hold itself."""

    name: str
    aliases: tuple[str, ...]
    fields: tuple["Field", ...] = ()
    kind: str = "record"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record."""

    name: str
    aliases: tuple[str, ...]
    type: "Type"
    has_default: bool


Type: TypeAlias = Primitive | Collection | Branches | Enum | Fixed | Record
Named: TypeAlias = Enum | Fixed | Record
_N = TypeVar("_N", Enum, Fixed, Record)


def parsed(text: str) -> Type:
    """The schema of a text. Raises `InvalidSchema`."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidSchema(f"no JSON: {error}") from None
    return _Parser().type(plain, "", "", 0)


class _Parser:
    """Takes one schema apart; a name that was defined may be used by what follows."""

    def __init__(self) -> None:
        self._named: dict[str, Named] = {}

    def type(self, plain: object, space: str, path: str, depth: int) -> Type:
        """The type of one place; `space` is the namespace around it."""
        if depth > DEEPEST:
            raise InvalidSchema(f"{path}: nested more than {DEEPEST} levels")
        if isinstance(plain, str):
            return self._by_name(plain, space, path)
        if isinstance(plain, list):
            return self._union(plain, space, path, depth)
        if not isinstance(plain, dict):
            raise InvalidSchema(f"{path or 'the whole'}: neither a name nor a mapping nor a list of them")
        kind = plain.get("type")
        match kind:
            case "record" | "error":
                return self._record(plain, space, path, depth)
            case "enum" | "fixed":
                return self._simple(plain, kind, space, path)
            case "array" | "map":
                key = "items" if kind == "array" else "values"
                return Collection(kind, self.type(_needed(plain, key, path), space, f"{path}[]", depth + 1))
        return self.type(_needed(plain, "type", path), space, path, depth + 1)

    def _by_name(self, name: str, space: str, path: str) -> Type:
        if name in PRIMITIVES:
            return Primitive(name)
        found = self._named.get(name if "." in name or not space else f"{space}.{name}") or self._named.get(name)
        if found is None:
            raise InvalidSchema(f"{path or 'the whole'}: unknown type {name[:64]!r}")
        return found

    def _union(self, plain: list[object], space: str, path: str, depth: int) -> Branches:
        types = tuple(self.type(one, space, path, depth + 1) for one in plain)
        if any(isinstance(one, Branches) for one in types):
            raise InvalidSchema(f"{path}: a union in a union")
        words = [one.name if isinstance(one, Named) else one.kind for one in types]
        if len(set(words)) != len(words):
            raise InvalidSchema(f"{path}: a union in which a type comes twice")
        return Branches(types)

    def _record(self, plain: Mapping[str, Any], space: str, path: str, depth: int) -> Record:
        name, inner, aliases = self._named_as(plain, space, path)
        record = self._keep(name, Record(name, aliases), path)
        fields = _needed(plain, "fields", path)
        if not isinstance(fields, list):
            raise InvalidSchema(f"{path or name}: fields that are no list")
        record.fields = tuple(self._field(one, inner, path, depth) for one in fields)
        names = [one.name for one in record.fields]
        if len(set(names)) != len(names):
            raise InvalidSchema(f"{path or name}: a field comes twice")
        return record

    def _field(self, plain: object, space: str, path: str, depth: int) -> Field:
        if not isinstance(plain, dict) or not _is_name(plain.get("name")):
            raise InvalidSchema(f"{path or 'the whole'}: a field without a proper name")
        place = f"{path}.{plain['name']}".lstrip(".")
        type_ = self.type(_needed(plain, "type", place), space, place, depth + 1)
        if "default" in plain and not fits(plain["default"], type_):
            raise InvalidSchema(f"{place}: a default that its type has no place for")
        return Field(plain["name"], _aliases(plain, "", place), type_, "default" in plain)

    def _simple(self, plain: Mapping[str, Any], kind: str, space: str, path: str) -> Enum | Fixed:
        name, _, aliases = self._named_as(plain, space, path)
        if kind == "fixed":
            size = plain.get("size")
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise InvalidSchema(f"{path or name}: a fixed without a size")
            return self._keep(name, Fixed(name, aliases, size), path)
        symbols = plain.get("symbols")
        if not isinstance(symbols, list) or not all(map(_is_name, symbols)) or len(set(symbols)) != len(symbols):
            raise InvalidSchema(f"{path or name}: an enum without proper symbols")
        if "default" in plain and plain["default"] not in symbols:
            raise InvalidSchema(f"{path or name}: a default that is none of the symbols")
        return self._keep(name, Enum(name, aliases, tuple(symbols), "default" in plain), path)

    def _named_as(self, plain: Mapping[str, Any], space: str, path: str) -> tuple[str, str, tuple[str, ...]]:
        """The full name, the namespace inside, and the full aliases."""
        name, given = plain.get("name"), plain.get("namespace", space)
        if not isinstance(name, str) or not isinstance(given, str):
            raise InvalidSchema(f"{path or 'the whole'}: a type without a name")
        full = name if "." in name or not given else f"{given}.{name}"
        if not all(map(_is_name, full.split("."))) or full in PRIMITIVES:
            raise InvalidSchema(f"{path or 'the whole'}: {full[:64]!r} is no proper name")
        inner = full.rpartition(".")[0]
        return full, inner, _aliases(plain, inner, path)

    def _keep(self, name: str, made: _N, path: str) -> _N:
        if name in self._named:
            raise InvalidSchema(f"{path or 'the whole'}: {name} is defined twice")
        self._named[name] = made
        return made


def _needed(plain: Mapping[str, Any], key: str, path: str) -> Any:
    if key not in plain:
        raise InvalidSchema(f"{path or 'the whole'}: no {key!r}")
    return plain[key]


def _aliases(plain: Mapping[str, Any], space: str, path: str) -> tuple[str, ...]:
    aliases = plain.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise InvalidSchema(f"{path or 'the whole'}: aliases that are no list of names")
    return tuple(alias if "." in alias or not space else f"{space}.{alias}" for alias in aliases)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def fits(value: object, of: Type) -> bool:
    """Whether a default is one of its type; that of a union is one of any branch, as specification 1.12 has it."""
    match of:
        case Branches(types):
            return any(fits(value, one) for one in types)
        case Record():
            needed = [one.name for one in of.fields if not one.has_default]
            return isinstance(value, dict) and all(name in value for name in needed)
        case Collection("array", items):
            return isinstance(value, list) and all(fits(one, items) for one in value)
        case Collection(_, items):
            return isinstance(value, dict) and all(fits(one, items) for one in value.values())
        case Enum():
            return value in of.symbols
        case Fixed():
            return isinstance(value, str)
    return _fits_primitive(value, of.kind)


def _fits_primitive(value: object, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("string", "bytes"):
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    if kind in ("int", "long"):
        limit: int = 2 ** (31 if kind == "int" else 63)
        return isinstance(value, int) and -limit <= value < limit
    return isinstance(value, int | float) or value in ("NaN", "Infinity", "-Infinity")
