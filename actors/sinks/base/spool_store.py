"""Where a spool keeps its rows: the words that a file and a memory have in common."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from actors.sinks.base.records import Record
from actors.sinks.base.spool_ledger import Entry, Key, Settled

ROW_OVERHEAD = 64
"""Bytes that a row counts besides those of its record: its other columns and its share of the tree."""


class CorruptError(Exception):
    """The file is not what was written. Nothing more can be done with it but to save what is legible."""


class Drawn(NamedTuple):
    """One record on its way out, under the number of its row."""

    row: int
    record: Record
    size: int


class Stored(NamedTuple):
    """What a store holds when it is opened."""

    entries: Mapping[Key, Entry]
    """The books: consistent with the rows, whatever has happened to them."""
    rows: int
    size: int
    """Bytes of all rows."""
    last: int
    """The number of the newest row there ever was."""
    epoch: int
    since: int
    """Rows below this number are of an earlier run."""
    loss: str
    """What was lost, for people; nothing when nothing was."""


class Store(Protocol):
    """Rows and the ledger. `OSError` from any of these: not now, and nothing has changed."""

    durable: bool

    def open(self) -> Stored:
        """Make ready; a file that is damaged is put aside, and what is legible of it saved."""

    def encode(self, record: Record) -> bytes:
        """The record as it is kept; any other error than `OSError` says that it cannot be."""

    def write(self, rows: Sequence[Any], gone: Sequence[int], changed: Mapping[Key, Entry]) -> None:
        """Put rows in, take rows out and move the ledger on, all or nothing. `CorruptError` when the file is broken.

        `rows` are the columns of one row after the other: number, device, sequence, time, what, epoch, accepted so
        far, record.
        """

    def read(self, after: int, upto: int, limit: int) -> tuple[list[Drawn], list[Settled]]:
        """Rows between two numbers, in order, and those that cannot be read, as dropped. `CorruptError` when the file
        is broken."""

    def rescue(self, settled: Sequence[Settled], extra: Sequence[Any], known: Mapping[Key, Entry]) -> Stored:
        """Put a broken file aside and go on with what is legible. `extra` are rows that are known anyhow, written
        anew if need be; `settled` are records that are out, whose rows may be gone or not; `known` is the ledger as
        it was committed, with all counted that ever came in."""

    def start_epoch(self, epoch: int, since: int, entries: Mapping[Key, Entry]) -> None:
        """Begin another run: number it, note its first row, and replace the ledger."""

    def close(self) -> None:
        """Let go; nothing fails here."""


class MemoryStore:
    """No store at all: what is in the spool's hands is all there is, and a process that ends loses it."""

    durable = False

    def open(self) -> Stored:
        """Nothing is there."""
        return Stored({}, 0, 0, 0, 1, 0, "")

    def encode(self, record: Record) -> bytes:  # noqa: ARG002
        """Nothing is kept but the record itself."""
        return _ABOUT

    def write(self, rows: Sequence[Any], gone: Sequence[int], changed: Mapping[Key, Entry]) -> None:
        """Nothing to do."""

    def read(self, after: int, upto: int, limit: int) -> tuple[list[Drawn], list[Settled]]:  # noqa: ARG002
        """There is nothing to read."""
        return [], []

    def rescue(self, settled: Sequence[Settled], extra: Sequence[Any], known: Mapping[Key, Entry]) -> Stored:  # noqa: ARG002
        """Never needed."""
        raise CorruptError("a memory does not break")

    def start_epoch(self, epoch: int, since: int, entries: Mapping[Key, Entry]) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


_ABOUT = bytes(1000)
"""What a record in memory counts as: about 1 KB."""
