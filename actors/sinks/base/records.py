"""What flows through a sink, and how a batch of it becomes lines."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.formats.base import Format
from schemas.readings import Frame, Truth

Record = Frame | Truth


class Rejected(NamedTuple):
    """A record that was refused, and why."""

    device: str
    sequence: int
    what: str
    """`frame` or `truth`."""
    reason: str


class Lines(NamedTuple):
    """A batch as bytes: each line with its end, in the order of the batch."""

    frames: bytes
    truths: bytes
    refused: Mapping[int, str]
    """Reason by position in the batch, for records that have no bytes."""


def encode_batch(encoder: Format, batch: Sequence[Record]) -> Lines:
    """Make lines of a batch. A record that the format refuses, by whatever error, keeps none of the others back."""
    refused: dict[int, str] = {}
    try:
        frames, truths = _straight(encoder, batch)
    except Exception:  # a format of someone else may raise anything
        frames, truths = _one_by_one(encoder, batch, refused)
    return Lines(_joined(frames), _joined(truths), refused)


def _straight(encoder: Format, batch: Sequence[Record]) -> tuple[list[bytes], list[bytes]]:
    encode = encoder.encode
    frames: list[bytes] = []
    truths: list[bytes] = []
    for record in batch:
        if isinstance(record, Frame):
            frames.append(encode(record))
        else:
            truths.append(encoder.encode_truth(record))
    return frames, truths


def _one_by_one(encoder: Format, batch: Sequence[Record], refused: dict[int, str]) -> tuple[list[bytes], list[bytes]]:
    frames: list[bytes] = []
    truths: list[bytes] = []
    for position, record in enumerate(batch):
        try:
            more_frames, more_truths = _straight(encoder, (record,))
        except Exception as error:
            refused[position] = f"{type(error).__name__}: {error}"
        else:
            frames += more_frames
            truths += more_truths
    return frames, truths


def _joined(lines: list[bytes]) -> bytes:
    if not lines:
        return b""
    lines.append(b"")
    return b"\n".join(lines)
