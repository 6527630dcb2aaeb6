"""What the formats with a registered schema share: a mapping, and an encoder for each kind of record."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal, Self, overload

from schemas import released
from schemas.formats._records import REFUSED, Defaults, Getter, maker, refusal
from schemas.formats.base import What
from schemas.mapping import PayloadMapping
from schemas.readings import FaultRecord, Frame, Truth

Write = Callable[[Any], bytes]
"""Makes bytes of a record's plain data."""


class Wire(ABC):
    """A format with a schema and a mapping. Its members say how the schema looks and what writes plain data."""

    defaults: Defaults
    binary: bool

    def __init__(self, mapping: PayloadMapping | None = None) -> None:
        self._mapping = mapping or PayloadMapping()
        self._made: dict[str, Callable[..., bytes]] = {}

    @abstractmethod
    def document(self, what: What) -> dict[str, Any]:
        """The schema of one kind of record as plain data."""

    @abstractmethod
    def record_name(self, what: What) -> str:
        """The record's full name."""

    @abstractmethod
    def writer(self, what: What) -> Write:
        """What writes one kind of record."""

    def schema(self, what: What) -> str:
        """The schema of one kind of record, with names, docs and units, as compact JSON."""
        return released.compact(self.document(what))

    def mapped(self, mapping: PayloadMapping) -> Self:
        """The same format for records of other shapes."""
        return type(self)(mapping)

    def encode(self, frame: Frame) -> bytes:
        """The body of one frame."""
        return self._kept("frame")(frame)

    def encode_truth(self, truth: Truth) -> bytes:
        """The body of one truth."""
        return self._kept("truth")(truth)

    def encode_fault(self, fault: FaultRecord) -> bytes:
        """The body of one record of a fault."""
        return self._kept("fault")(fault)

    @overload
    def encoder(self, what: Literal["reading"]) -> Callable[[Frame, int], bytes]: ...
    @overload
    def encoder(self, what: Literal["frame"]) -> Callable[[Frame], bytes]: ...
    @overload
    def encoder(self, what: Literal["truth"]) -> Callable[[Truth], bytes]: ...
    @overload
    def encoder(self, what: Literal["fault"]) -> Callable[[FaultRecord], bytes]: ...
    def encoder(self, what: What) -> Callable[..., bytes]:
        """What makes the body of one record; for readings, of the one at a place of a frame."""
        make, write = self.maker(what), self.writer(what)
        return _of_readings(make, write) if what == "reading" else _of_records(make, write)

    def maker(self, what: What) -> Getter:
        """What makes the plain data of one record."""
        return maker(what, self._mapping.of(what), self.defaults)

    def _kept(self, what: Literal["frame", "truth", "fault"]) -> Callable[..., bytes]:
        encode = self._made.get(what)
        if encode is None:
            encode = self._made[what] = self.encoder(what)
        return encode


def _of_readings(make: Getter, write: Write) -> Callable[[Frame, int], bytes]:
    def encode(frame: Frame, part: int) -> bytes:
        reading = frame[4][part]
        try:
            return write(make(frame, reading, part))
        except REFUSED as error:
            raise refusal(error) from error

    return encode


def _of_records(make: Getter, write: Write) -> Callable[[Any], bytes]:
    def encode(record: Any) -> bytes:
        try:
            return write(make(record, None, 0))
        except REFUSED as error:
            raise refusal(error) from error

    return encode
