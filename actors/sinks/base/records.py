"""What flows through a sink, and how a batch of it becomes lines."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.formats.base import Format, NotEncodableError, tells_faults
from schemas.readings import FaultRecord, Frame, Truth

Record = Frame | Truth | FaultRecord

FRAME: Final = 0
TRUTH: Final = 1
FAULT: Final = 2
WORDS: Final = ("frame", "truth", "fault")
"""What a record is, as people read it; by its number."""


def what_of(record: Record) -> int:
    """`FRAME`, `TRUTH` or `FAULT`."""
    kind = record.__class__
    return FRAME if kind is Frame else TRUTH if kind is Truth else FAULT


class Rejected(NamedTuple):
    """A record that was refused, and why."""

    device: str
    sequence: int
    what: str
    """`frame`, `truth` or `fault`."""
    reason: str


class Lines(NamedTuple):
    """A batch as bytes: each line with its end, in the order of the batch."""

    frames: bytes
    truths: bytes
    faults: bytes
    refused: Mapping[int, str]
    """Reason by position in the batch, for records that have no bytes."""

    def of(self, what: int) -> bytes:
        """The lines of one kind."""
        return (self.frames, self.truths, self.faults)[what]


Encoders = tuple[Callable[[Any], bytes], Callable[[Any], bytes], Callable[[Any], bytes]]


def encode_batch(form: Format, batch: Sequence[Record]) -> Lines:
    """Make lines of a batch. A record that the format refuses, by whatever error, keeps none of the others back."""
    refused: dict[int, str] = {}
    encoders: Encoders = (form.encode, form.encode_truth, fault_encoder(form))
    try:
        lines = _straight(encoders, batch)
    except Exception:  # a format of someone else may raise anything
        lines = _one_by_one(encoders, batch, refused)
    frames, truths, faults = map(_joined, lines)
    return Lines(frames, truths, faults, refused)


def fault_encoder(form: Format) -> Callable[[FaultRecord], bytes]:
    """What makes the bytes of records of faults; of a format that has none for them it refuses each."""
    return form.encode_fault if tells_faults(form) else _no_bytes


def _no_bytes(_: FaultRecord) -> bytes:
    raise NotEncodableError("this format has no bytes for records of faults")


def _straight(encoders: Encoders, batch: Sequence[Record]) -> tuple[list[bytes], ...]:
    encode = encoders[FRAME]
    frames: list[bytes] = []
    others: tuple[list[bytes], ...] = (frames, [], [])
    for record in batch:
        if isinstance(record, Frame):
            frames.append(encode(record))
        else:
            what = what_of(record)
            others[what].append(encoders[what](record))
    return others


def _one_by_one(encoders: Encoders, batch: Sequence[Record], refused: dict[int, str]) -> tuple[list[bytes], ...]:
    lines: tuple[list[bytes], ...] = ([], [], [])
    for position, record in enumerate(batch):
        try:
            made = _straight(encoders, (record,))
        except Exception as error:
            refused[position] = f"{type(error).__name__}: {error}"
        else:
            for kept, more in zip(lines, made, strict=True):
                kept += more
    return lines


def _joined(lines: list[bytes]) -> bytes:
    if not lines:
        return b""
    lines.append(b"")
    return b"\n".join(lines)
