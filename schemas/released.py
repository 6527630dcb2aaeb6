"""The schemas that come with the product: Avro and JSON Schema of reading, frame, truth and fault.

They are files, so that a consumer can take them as they are; what a record looks like is said there and nowhere else.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

What = Literal["reading", "frame", "truth", "fault"]
"""What a record is of."""

WHATS: Final[tuple[What, ...]] = ("reading", "frame", "truth", "fault")
NAMESPACE: Final = "data_simulator"
"""First part of the full names of the records."""


def avro(what: What) -> dict[str, Any]:
    """The Avro schema, as fresh plain data."""
    return _fresh(f"avro/{what}.avsc")


def json_schema(what: What) -> dict[str, Any]:
    """The JSON Schema (draft 7, which every registry knows), as fresh plain data."""
    return _fresh(f"json_schema/{what}.json")


def compact(schema: object) -> str:
    """A schema as the one text under which it is registered: no white space, keys in their order."""
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)


def _fresh(path: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(_text(path))
    return made


@cache
def _text(path: str) -> str:
    return files("schemas").joinpath(path).read_text(encoding="utf-8")
