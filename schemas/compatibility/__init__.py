"""Whether data written with one schema can be read with another: Avro's rules of resolution, JSON Schema's basics.

A reader is a consumer with its schema, a writer a producer with its own. Backward means: who knows the new schema reads
what was written with an old one.
"""

import json
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Final

from schemas.compatibility import avro, json_schema
from schemas.compatibility.errors import InvalidSchema

__all__ = ["LEVELS", "TYPES", "InvalidSchema", "canonical", "check", "problems", "valid"]

LEVELS: Final = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
"""What a registry may be told to hold schemas to; transitive looks at every version, not only at the last."""

TYPES: Final = ("AVRO", "JSON")


def valid(text: str, schema_type: str = "AVRO") -> None:
    """Raise `InvalidSchema` unless the text is a schema of its language."""
    _language(schema_type).parsed(text)


def problems(new: str, old: str, schema_type: str = "AVRO") -> list[str]:
    """Why a reader with the new schema cannot read what was written with the old one; empty when it can.

    Raises `InvalidSchema` when one of them is none.
    """
    language = _language(schema_type)
    found: list[str] = language.problems(language.parsed(new), language.parsed(old))
    return found


def check(level: str, new: str, versions: Sequence[str], schema_type: str = "AVRO") -> list[str]:
    """What keeps a new schema from being the next version; `versions` are the earlier ones, the oldest first.

    Raises `InvalidSchema` for a schema that is none, and `ValueError` for a level that there is not.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown level {level!r}; known: {', '.join(LEVELS)}")
    valid(new, schema_type)
    looked_at = versions if level.endswith("_TRANSITIVE") else versions[-1:]
    return list(_checked(level.partition("_")[0], new, looked_at, schema_type))


def canonical(text: str) -> str:
    """The text of a schema without its white space, by which two that are the same are known to be."""
    return json.dumps(_plain(text), separators=(",", ":"), ensure_ascii=False)


def _checked(level: str, new: str, versions: Sequence[str], schema_type: str) -> Iterator[str]:
    for version in versions:
        if level in ("BACKWARD", "FULL"):
            yield from (f"the new schema cannot read the old: {text}" for text in problems(new, version, schema_type))
        if level in ("FORWARD", "FULL"):
            yield from (f"the old schema cannot read the new: {text}" for text in problems(version, new, schema_type))


def _language(schema_type: str) -> ModuleType:
    if schema_type not in TYPES:
        raise InvalidSchema(f"schemas of type {schema_type!r} are not known; known: {', '.join(TYPES)}")
    return avro if schema_type == "AVRO" else json_schema


def _plain(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidSchema(f"no JSON: {error}") from None
