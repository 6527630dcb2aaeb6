"""What every wire format is."""

from collections.abc import Callable
from struct import Struct
from typing import Final, Literal, Protocol, TypeGuard, overload

from schemas.mapping import PayloadMapping
from schemas.readings import FaultRecord, Frame, Truth
from schemas.released import What

__all__ = [
    "Format",
    "NotEncodableError",
    "TellsFaults",
    "What",
    "WireFormat",
    "framed",
    "header",
    "is_wire",
    "tells_faults",
    "unframed",
]


class NotEncodableError(ValueError):
    """A record that this format has no bytes for; the record is rejected, others flow."""


class Format(Protocol):
    """A wire format: pure, without state, safe to be used by several threads at once."""

    @property
    def name(self) -> str:
        """The word in scenarios; the name of the file."""

    @property
    def extension(self) -> str:
        """How files of this format end, with the dot: `.jsonl`."""

    def encode(self, frame: Frame) -> bytes:
        """The bytes of one frame, without a line end. Raises `ValueError` (as a rule `NotEncodableError`)."""

    def encode_truth(self, truth: Truth) -> bytes:
        """The bytes of one truth, without a line end. Raises `ValueError` (as a rule `NotEncodableError`)."""


class TellsFaults(Format, Protocol):
    """A format that has bytes for records of faults as well. One that has none carries all others."""

    def encode_fault(self, fault: FaultRecord) -> bytes:
        """The bytes of one record, without a line end. Raises `ValueError` (as a rule `NotEncodableError`)."""


def tells_faults(form: Format) -> TypeGuard[TellsFaults]:
    """Whether a format has bytes for records of faults."""
    return hasattr(form, "encode_fault")


class WireFormat(TellsFaults, Protocol):
    """A format whose records have a schema that a registry keeps. `encode` makes the body, without any header."""

    @property
    def binary(self) -> bool:
        """Whether its bytes may hold line ends, so that only sinks that keep records apart can carry it."""

    @property
    def schema_type(self) -> str:
        """The registry's word for its schemas: `AVRO`, `JSON`."""

    @property
    def content_type(self) -> str:
        """The media type of an unframed body."""

    def schema(self, what: What) -> str:
        """The schema of one kind of record: the text that is registered."""

    def record_name(self, what: What) -> str:
        """The full name of the record, for subjects that are named by it: `data_simulator.Reading`."""

    @overload
    def encoder(self, what: Literal["reading"]) -> Callable[[Frame, int], bytes]: ...
    @overload
    def encoder(self, what: Literal["frame"]) -> Callable[[Frame], bytes]: ...
    @overload
    def encoder(self, what: Literal["truth"]) -> Callable[[Truth], bytes]: ...
    @overload
    def encoder(self, what: Literal["fault"]) -> Callable[[FaultRecord], bytes]: ...
    def encoder(self, what: What) -> Callable[..., bytes]:
        """What makes the body of one record; for readings, of the one at a place of a frame.

        Ask once and keep it. It raises `NotEncodableError` on a number that is not finite and on anything that its
        schema has no place for.
        """

    def mapped(self, mapping: PayloadMapping) -> "WireFormat":
        """The same format for records of other shapes."""


def is_wire(form: Format) -> TypeGuard[WireFormat]:
    """Whether a format's records have a schema."""
    return all(hasattr(form, name) for name in ("schema", "schema_type", "encoder", "mapped"))


_HEADER: Final = Struct(">bI")
"""Confluent's wire format: a zero, then the schema's id in four bytes, big end first."""


def header(schema_id: int) -> bytes:
    """What stands before a body on a topic whose schema is registered. `ValueError` when the id has no four bytes."""
    if not 0 <= schema_id < 2**32:
        raise ValueError(f"schema id {schema_id} does not fit four bytes")
    return _HEADER.pack(0, schema_id)


def framed(schema_id: int, body: bytes) -> bytes:
    """A body with its header."""
    return header(schema_id) + body


def unframed(data: bytes) -> tuple[int, bytes]:
    """The schema's id and the body. Raises `ValueError` when the data does not begin with such a header."""
    if len(data) < _HEADER.size or data[0] != 0:
        raise ValueError("not in the Confluent wire format: a zero byte and a schema id of four bytes are missing")
    _, schema_id = _HEADER.unpack_from(data)
    return schema_id, data[_HEADER.size :]
