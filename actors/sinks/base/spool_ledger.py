"""The ledger of a spool: the books as they stand on disk, moved on by each transaction together with its rows.

The books that are shown count what has happened; the ledger counts what is committed. It trails them by one group and
is what a process that was killed finds again.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas.books import Books

Key = tuple[str, int]
"""Device, and what it is about: its frames (0), its truths (1) or its records of faults (2)."""

_NONE: Final[Mapping[str, int]] = MappingProxyType({})
ACKED: Final = ""
REJECTED: Final = "\x00rejected"
"""Outcomes of a record besides the reasons for which it is dropped."""


class Settled(NamedTuple):
    """What became of one record. `row` is 0 for one that never had a row."""

    row: int
    device: str
    what: int
    sequence: int
    time_ns: int
    size: int
    outcome: str


class Entry(NamedTuple):
    """The counts of one device, but for the records that are still in rows; and how far its records have come."""

    accepted: int = 0
    acked: int = 0
    rejected: int = 0
    dropped: Mapping[str, int] = _NONE
    sequence: int = -1
    time_ns: int = 0

    @property
    def settled(self) -> int:
        """Records that have left."""
        return self.acked + self.rejected + sum(self.dropped.values())


def moved_on(
    entries: Mapping[Key, Entry], settled: Sequence[Settled], accepted: Mapping[Key, int], since: int = 0
) -> dict[Key, Entry]:
    """The entries that change when these records are settled.

    `accepted` counts all that came in by then. Rows below `since` are of an earlier run, whose numbers were others.
    """
    acked: dict[Key, int] = {}
    latest: dict[Key, Settled] = {}
    others: list[Settled] = []
    for one in settled:
        key = (one[1], one[2])
        last = latest.get(key)
        if last is None or one[3] > last[3] or 0 < last[0] < since:
            latest[key] = one
        if one[6]:
            others.append(one)
        else:
            acked[key] = acked.get(key, 0) + 1
    changed: dict[Key, Entry] = {}
    for key, one in latest.items():
        old = entries.get(key, Entry())
        newer = one[3] > old.sequence and not 0 < one[0] < since
        changed[key] = Entry(
            accepted.get(key, old.accepted),
            old.acked + acked.get(key, 0),
            old.rejected,
            old.dropped,
            one[3] if newer else old.sequence,
            one[4] if newer else old.time_ns,
        )
    for one in others:
        _count(changed, (one.device, one.what), one.outcome)
    return changed


def _count(changed: dict[Key, Entry], key: Key, outcome: str) -> None:
    old = changed[key]
    if outcome == REJECTED:
        changed[key] = old._replace(rejected=old.rejected + 1)
    else:
        changed[key] = old._replace(dropped={**old.dropped, outcome: old.dropped.get(outcome, 0) + 1})


class Kept(NamedTuple):
    """The rows of one device that are in a spool."""

    rows: int
    accepted: int
    """How many had been accepted when the newest of them was."""
    sequence: int
    time_ns: int


def joined(entries: Mapping[Key, Entry], kept: Mapping[Key, Kept], reason: str) -> dict[Key, Entry]:
    """Entries with what the rows say; records that should be in rows and are not, are dropped for this reason."""
    both: dict[Key, Entry] = {}
    for key in {*entries, *kept}:
        old, rows = entries.get(key, Entry()), kept.get(key, Kept(0, 0, -1, 0))
        accepted = max(old.accepted, rows.accepted, old.settled + rows.rows)
        missing = accepted - old.settled - rows.rows
        newest = max((old.sequence, old.time_ns), (rows.sequence, rows.time_ns))
        dropped = {**old.dropped, reason: old.dropped.get(reason, 0) + missing} if missing else old.dropped
        both[key] = Entry(accepted, old.acked, old.rejected, dropped, *newest)
    return both


def fill(books: Books, what: int, entries: Iterable[tuple[Key, Entry]]) -> None:
    """Write the entries of frames, of truths or of records of faults into books."""
    for (device, kind), entry in entries:
        if kind == what:
            account = books.account(device)
            account.accepted, account.acked, account.rejected = entry.accepted, entry.acked, entry.rejected
            account.dropped = dict(entry.dropped) or None
