"""How records are reshaped for a consumer that exists already, as a scenario says it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from schemas.mapping import (
    INSTANTS,
    LISTS,
    SOURCES,
    Fields,
    Fixed,
    Nested,
    Node,
    PayloadMapping,
    Place,
    Sensed,
    Shape,
    Taken,
    TimeForm,
)
from schemas.paths import Path
from schemas.quantities import Quantity
from schemas.released import WHATS, What
from schemas.scenario.fields import Scalar, Section, Word, refuse
from schemas.scenario.findings import Finding, show, unknown_word
from schemas.units import units_of

FIELD_NAME: Final = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
"""Names that are good in Avro, and so everywhere."""

FULL_NAME: Final = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
FieldName = Annotated[str, StringConstraints(pattern=FIELD_NAME)]
FullName = Annotated[str, StringConstraints(pattern=FULL_NAME, max_length=256)]


def _shorthand(value: Any) -> Any:
    # `id: device` is what most fields are
    return {"from": value} if isinstance(value, str) else value


FieldEntries = Annotated[
    Mapping[FieldName, Annotated["FieldSpec", BeforeValidator(_shorthand)]], Field(min_length=1, max_length=200)
]


class FieldSpec(Section):
    """One field of a mapped record; exactly one of from, sensor, fields and constant says what it holds."""

    source: Word | None = Field(None, alias="from", description="What of the record it holds, such as device or value.")
    form: TimeForm | None = Field(
        None, alias="as", description="How an instant is written; text is RFC 3339 with nine decimals."
    )
    each: FieldEntries | None = Field(None, description="The fields of each item, where it holds a list of records.")
    sensor: Word | None = Field(None, description="In frames and truths: the sensor whose value it holds.")
    fields: FieldEntries | None = Field(None, description="The fields of a record inside the record.")
    constant: Scalar | None = Field(None, description="A value that is the same in every record.")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        given = [value for value in (self.source, self.sensor, self.fields, self.constant) if value is not None]
        if len(given) != 1:
            refuse("exactly one of from, sensor, fields and constant")
        if self.source is None and (self.form is not None or self.each is not None):
            refuse("as and each only together with from")
        return self

    def node(self) -> Node:
        """The same in the words of the formats."""
        if self.source is not None:
            return Taken(self.source, self.form, entries(self.each) if self.each is not None else None)
        if self.sensor is not None:
            return Sensed(self.sensor)
        if self.fields is not None:
            return Nested(entries(self.fields))
        # nothing else is left
        return Fixed(self.constant if self.constant is not None else "")


class ShapeSpec(Section):
    """How one kind of record is written."""

    name: FullName | None = Field(
        None, description="Full name of the record in its schema.", examples=["com.example.Measurement"]
    )
    units: Mapping[Quantity, Word] = Field(
        {}, description="Quantities in other units than their own.", examples=[{"temperature": "degF", "clock": "MHz"}]
    )
    fields: FieldEntries | None = Field(
        None, description="Every field of the record by its name, and no others. Default: as the released schema says."
    )

    def shape(self) -> Shape:
        """The same in the words of the formats."""
        return Shape(self.name, entries(self.fields) if self.fields is not None else None, dict(self.units))


class MappingSpec(Section):
    """How the records of a sink are written; what is not here is as the released schema says."""

    reading: ShapeSpec | None = Field(None, description="One reading by itself.")
    frame: ShapeSpec | None = Field(None, description="A frame with all its readings.")
    truth: ShapeSpec | None = Field(None, description="The truth of a frame.")
    fault: ShapeSpec | None = Field(None, description="The record of a fault.")

    def payload(self) -> PayloadMapping:
        """The same in the words of the formats."""
        shapes = ((what, self.of(what)) for what in WHATS)
        return PayloadMapping({what: spec.shape() for what, spec in shapes if spec is not None})

    def of(self, what: What) -> ShapeSpec | None:
        """The shape of one kind of record."""
        return {"reading": self.reading, "frame": self.frame, "truth": self.truth, "fault": self.fault}[what]


def entries(specs: Mapping[str, FieldSpec]) -> Fields:
    """Names and what stands under them."""
    return tuple((name, spec.node()) for name, spec in specs.items())


def check_mapping(mapping: MappingSpec, path: Path) -> Iterator[Finding]:
    """What names things that the records do not have, or units that a quantity has not."""
    for what in WHATS:
        spec = mapping.of(what)
        if spec is None:
            continue
        for quantity, unit in spec.units.items():
            if unit not in units_of(quantity):
                yield unknown_word((*path, what, "units", quantity), unit, units_of(quantity))
        yield from _check_fields(spec.fields or {}, what, (*path, what, "fields"))


def _check_fields(specs: Mapping[str, FieldSpec], place: Place, path: Path) -> Iterator[Finding]:
    for name, spec in specs.items():
        here = (*path, name)
        if spec.fields is not None:
            yield from _check_fields(spec.fields, place, (*here, "fields"))
        elif spec.sensor is not None and place not in ("frame", "truth"):
            yield Finding((*here, "sensor"), show(spec.sensor), "a sensor only in a frame or a truth as a whole")
        elif isinstance(spec.constant, int) and not -(2**63) <= spec.constant < 2**63:
            yield Finding((*here, "constant"), show(spec.constant), "a whole number of 64 bits")
        elif spec.source is not None:
            yield from _check_source(spec, spec.source, place, here)


def _check_source(spec: FieldSpec, source: str, place: Place, path: Path) -> Iterator[Finding]:
    if source not in SOURCES[place]:
        yield unknown_word((*path, "from"), source, SOURCES[place])
    elif spec.form is not None and source not in INSTANTS:
        yield Finding((*path, "as"), show(spec.form), "as only for an instant")
    elif spec.each is not None and source not in LISTS:
        yield Finding((*path, "each"), "fields of items", "each only for a list of records")
    elif spec.each is not None:
        yield from _check_fields(spec.each, LISTS[source], (*path, "each"))
