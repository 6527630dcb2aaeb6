"""Groups: what comes in, made ready to be one transaction."""

from typing import Any, NamedTuple

from actors.sinks.base.records import FRAME, Record, what_of
from actors.sinks.base.spool_inbox import Barrier, Inbox
from actors.sinks.base.spool_ledger import REJECTED, Key, Settled
from actors.sinks.base.spool_store import ROW_OVERHEAD, Drawn, Store
from schemas.readings import Frame


class Group(NamedTuple):
    """Records on their way into the store."""

    columns: list[Any]
    """Of all rows, one after the other."""
    drawn: list[Drawn]
    others: list[tuple[Record, str, str]]
    """Records that get no row: outcome, and for those that cannot be encoded why."""
    barriers: list[Barrier]
    """Set once it is committed."""


class Room(NamedTuple):
    """How much may come in."""

    rows: int
    size: int
    reason: str
    """Why what finds none is dropped."""


class Gatherer:
    """Takes records out of the inbox, and numbers rows and what is accepted of each device."""

    def __init__(self, store: Store, inbox: Inbox) -> None:
        self.accepted: dict[Key, int] = {}
        self.last = 0
        """The number of the newest row."""
        self.epoch = 1
        self._store = store
        self._inbox = inbox

    def gather(self, most: int, room: Room) -> Group:
        """So many records at most; those for which there is no room are given up."""
        inbox = self._inbox
        group = Group([], [], [], [inbox.waived.popleft() for _ in range(len(inbox.waived))])
        while inbox.shed:
            record, reason = inbox.shed.popleft()
            group.others.append((record, reason, ""))
        self._fill(group, most, room)
        for record, _, _ in group.others:
            key = (record[0], what_of(record))
            self.accepted[key] = self.accepted.get(key, 0) + 1
        return group

    # Called for every record, and so one function: each call less is a tenth of what it takes.
    def _fill(self, group: Group, most: int, room: Room) -> None:
        columns, drawn, others, barriers = group
        accepted, encode, epoch, arriving = self.accepted, self._store.encode, self.epoch, self._inbox.arriving
        row, left = self.last, room.size
        for _ in range(most):
            try:
                record = arriving.popleft()
            except IndexError:  # the door has just dropped its oldest
                break
            if isinstance(record, Barrier):
                barriers.append(record)
                continue
            try:
                data = encode(record)
            except Exception as error:  # whatever a record holds, the others go on
                others.append((record, REJECTED, f"{type(error).__name__}: {error}"))
                continue
            size = len(data) + ROW_OVERHEAD
            if len(drawn) >= room.rows or size > left:
                others.append((record, room.reason, ""))
                continue
            left -= size
            row += 1
            if isinstance(record, Frame):
                what, device, _, sequence, time_ns = FRAME, *record[:4]
            else:
                what, device, sequence, time_ns = what_of(record), *record[:3]
            key = (device, what)
            count = accepted[key] = accepted.get(key, 0) + 1
            columns += (row, device, sequence, time_ns, what, epoch, count, data)
            drawn.append(Drawn(row, record, size))
        self.last = row

    def columns_of(self, drawn: list[Drawn]) -> list[Any]:
        """The columns of rows that are there already."""
        columns: list[Any] = []
        for row, record, _ in drawn:
            _, device, what, sequence, time_ns, _, _ = without_row(record, "")
            columns += (row, device, sequence, time_ns, what, self.epoch, 0, self._store.encode(record))
        return columns


def without_row(record: Record, outcome: str) -> Settled:
    """What became of one record that has no row."""
    return Settled(0, record.device, what_of(record), record.sequence, record.time_ns, 0, outcome)
