"""Bases of all shapes: what is shown, what is sent as a body, what is asked in a query; and pages of things."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from schemas.instants import iso

T = TypeVar("T")


class Shown(BaseModel):
    """Base of what the API gives: every key is always there."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, json_schema_serialization_defaults_required=True
    )


class Sent(BaseModel):
    """Base of a body: strict types, no unknown keys, no NaN."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, populate_by_name=False, serialize_by_alias=True
    )


class Asked(BaseModel):
    """Base of a query string: texts become what they stand for, unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Page(Shown, Generic[T]):
    """A page of a list."""

    items: tuple[T, ...]
    next: str | None = Field(description="The cursor of the page after this one; null on the last.")
    total: int = Field(description="How many there are on all pages together, now.")


class Paged(Asked):
    """Which page of a list."""

    limit: int = Field(50, ge=1, le=500, description="Items on a page.")
    cursor: str | None = Field(None, max_length=512, description="`next` of the page before.")


Instant = Annotated[
    int,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A simulated instant, RFC 3339 in UTC with nine decimals.",
            "examples": ["2026-01-01T00:00:05.123456789Z"],
        }
    ),
]
"""Nanoseconds inside, a text outside."""
