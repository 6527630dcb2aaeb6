"""What a run says that it produced: its books, its summary, or the frames themselves in a file."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from actors.auditor.decoding import Decoder, UnreadableError
from actors.auditor.intervals import Intervals
from actors.auditor.sightings import Content, Message
from schemas.problems import InvalidInput, Problem

Name = tuple[str, str]
"""What (`frame`, `truth` or `fault`) and device."""


@dataclass(slots=True)
class Entry:
    """What the books of a sink say of one device."""

    accepted: int = 0
    acked: int = 0
    queued: int = 0
    dropped: int = 0
    rejected: int = 0
    last: int | None = None
    """Greatest sequence that was accepted; `None` when the books do not say."""
    waiting: Intervals | None = None
    """The very sequences that are queued, where the books name them."""

    @property
    def high(self) -> int:
        """The greatest sequence to expect: numbers count from 0 without gaps."""
        return self.accepted - 1 if self.last is None else max(self.last, self.accepted - 1)


@dataclass(slots=True)
class Produced:
    """Everything that was told about a run."""

    books: dict[Name, Entry] = field(default_factory=dict)
    reference: dict[tuple[str, int], Content] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    epochs: dict[str, str] = field(default_factory=dict)
    """The epoch, by device, that the books are about, where they say so; elsewhere it is the latest that was seen."""
    frames: int | None = None
    """How many the whole run made, where only that is known."""
    pace: float | str | None = None

    @property
    def devices(self) -> set[str]:
        """Every device that was told of."""
        return {device for _, device in self.books} | {device for device, _ in self.reference} | set(self.digests)

    def read_summary(self, path: Path) -> None:
        """The summary that `run --summary` wrote, best with `--digests`."""
        summary = _object(path)
        digests, frames = summary.get("digests"), summary.get("frames")
        if not isinstance(digests, dict) or not isinstance(frames, int):
            raise _wrong(path, "no frames and digests in it", "a file that `run --summary` wrote")
        self.digests.update(digests)
        self.frames = (self.frames or 0) + frames
        self.pace = summary.get("pace")

    def read_books(self, path: Path) -> None:
        """The books of a sink: the SQLite file of its spool, or JSON by device as `Books.as_dict` writes it."""
        try:
            with path.open("rb") as file:
                spool = file.read(len(_SQLITE)) == _SQLITE
        except OSError as error:
            raise _wrong(path, str(error), "a file that can be read") from error
        if not spool:
            self.books.update(_listed(path))
            return
        entries, epoch = _spooled(path)
        self.books.update(entries)
        self.epochs.update({device: str(epoch) for _, device in entries})

    def read_reference(self, path: Path) -> None:
        """Frames as a file sink with the format json wrote them."""
        decoder = Decoder()
        for number, line in enumerate(_lines(path), 1):
            try:
                seen = decoder.read(Message(str(path), None, line))
            except UnreadableError as error:
                raise _wrong(path, f"line {number}: {error}", "frames as a file sink writes them") from error
            if isinstance(seen.content, Content):
                self.reference[seen.device, seen.sequence] = seen.content


_SQLITE: Final = b"SQLite format 3\0"
_WHAT: Final = ("frame", "truth", "fault")


def _spooled(path: Path) -> tuple[dict[Name, Entry], int]:
    """Ledger and rows of a spool, in one transaction, while its owner may be at work."""
    found: dict[Name, Entry] = {}
    try:
        with sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as db:
            db.execute("BEGIN")
            query = "SELECT device, what, accepted, acked, rejected, dropped, sequence FROM ledger"
            for device, what, accepted, acked, rejected, dropped, last in db.execute(query):
                out = sum(json.loads(dropped).values()) if dropped else 0
                found[_WHAT[what], device] = Entry(accepted, acked, 0, out, rejected, last)
            # what is left of an earlier run has numbers of its own
            about = dict(db.execute("SELECT name, value FROM about WHERE name IN ('since', 'epoch')"))
            query = "SELECT device, what, sequence FROM records WHERE row >= ? ORDER BY row"
            for device, what, sequence in db.execute(query, (about.get("since", 0),)):
                _queue(found.setdefault((_WHAT[what], device), Entry(last=-1)), sequence)
        db.close()
    except (sqlite3.Error, ValueError, IndexError) as error:
        raise _wrong(path, str(error), "the file of a spool") from error
    for entry in found.values():
        # the ledger's own count trails by what is still in rows
        entry.accepted = entry.acked + entry.queued + entry.dropped + entry.rejected
    return found, about.get("epoch", 1)


def _queue(entry: Entry, sequence: int) -> None:
    if entry.waiting is None:
        entry.waiting = Intervals()
    entry.waiting.add(sequence)
    entry.queued += 1
    entry.last = max(-1 if entry.last is None else entry.last, sequence)


def _listed(path: Path) -> dict[Name, Entry]:
    found: dict[Name, Entry] = {}
    for device, one in _object(path).items():
        try:
            counts = [int(one[word]) for word in ("accepted", "acked", "queued", "rejected")]
            accepted, acked, queued, rejected = counts
            found["frame", device] = Entry(accepted, acked, queued, sum(one["dropped"].values()), rejected)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            allowed = "accepted, acked, queued, dropped and rejected of each device"
            raise _wrong(path, f"{device}: {error!r}", allowed) from error
    return found


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _wrong(path, str(error), "a file of JSON") from error
    if not isinstance(found, dict):
        raise _wrong(path, "no object", "an object")
    return found


def _lines(path: Path) -> Iterable[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise _wrong(path, str(error), "a file that can be read") from error


def _wrong(path: Path, found: str, allowed: str) -> InvalidInput:
    return InvalidInput("audit", [Problem(str(path), found, allowed)])


def told(summaries: Iterable[Path] = (), books: Iterable[Path] = (), references: Iterable[Path] = ()) -> Produced:
    """Everything that these files tell. Raises `InvalidInput`."""
    produced = Produced()
    readers: Mapping[Callable[[Path], None], Iterable[Path]] = {
        produced.read_summary: summaries,
        produced.read_books: books,
        produced.read_reference: references,
    }
    for read, paths in readers.items():
        for path in paths:
            read(path)
    return produced
