"""What commits: takes groups from the inbox into the store and hands them to the outbox, on a thread of its own."""

from collections.abc import Callable
from threading import Event, RLock
from typing import Any, Final, NamedTuple

from actors.sinks.base.lane import DROPPED, Policy
from actors.sinks.base.records import Record
from actors.sinks.base.spool_codec import FRAME, TRUTH, what_of
from actors.sinks.base.spool_inbox import Barrier, Inbox
from actors.sinks.base.spool_ledger import REJECTED, Entry, Key, Settled, fill, moved_on
from actors.sinks.base.spool_outbox import Outbox
from actors.sinks.base.spool_store import ROW_OVERHEAD, CorruptError, Drawn, Store, Stored
from engine.clock import Wall
from schemas.books import Books
from schemas.readings import Frame

RETRY_S: Final = 1.0
"""Real time between two attempts when the disk does not take anything."""
MANY: Final = 2000
"""So many settled records are taken out at once; fewer wait for the next group."""


class SpoolLimits(NamedTuple):
    """How much a spool holds."""

    capacity: int = 20_000
    """Records in memory on their way to the disk, and as many on their way out."""
    high_water: int = 10_000
    """At pace max the clock waits above it, until the spool is down to half of it."""
    batch: int = 512
    policy: Policy = "block"
    """What happens in real time above a limit. `block` cannot hold real time up: it sheds, and counts as `shed`."""
    max_rows: int = 2_000_000
    max_bytes: int = 1 << 30
    group: int = 1000
    """Records in one transaction, at most."""
    group_s: float = 0.05
    """Real time that a group may wait for more."""


class Group(NamedTuple):
    """Records on their way into the store, in one transaction."""

    columns: list[Any]
    drawn: list[Drawn]
    others: list[tuple[Record, str, str]]
    """Records that get no row: outcome, and for those that cannot be encoded why."""
    barriers: list[Barrier]
    """Set once it is committed."""


class Committer:
    """See the module. `commit` is one transaction and may be driven by hand."""

    def __init__(
        self, store: Store, inbox: Inbox, outbox: Outbox, books: tuple[Books, Books], limits: SpoolLimits, wall: Wall
    ) -> None:
        self.trouble = ""
        self.loss = ""
        self.report: Callable[[str], None] = lambda _: None
        """Told what troubles it, and when something is lost; and nothing, when it goes on."""
        self.epoch = 1
        self.entries: dict[Key, Entry] = {}
        self.opened = False
        self.stopping = False
        self.stopped = Event()
        self._store, self._inbox, self._outbox, self._books = store, inbox, outbox, books
        self._limits = limits
        self._wall = wall
        self._turn = RLock()  # the thread's, or whoever commits by hand
        self._most = limits.group if limits.policy != "drop-oldest" else max(1, min(limits.group, limits.max_rows // 4))
        self.since = 0
        """Rows below it are of an earlier run."""
        self._accepted: dict[Key, int] = {}
        self._rows = self._size = self._last = 0
        self._group: Group | None = None
        self._pending: list[Settled] = []

    @property
    def held(self) -> int:
        """Records taken from the inbox and not committed yet."""
        group = self._group
        return len(group.drawn) + len(group.others) if group else 0

    @property
    def idle(self) -> bool:
        """Whether all that came in and went out is on the disk."""
        return not (self._inbox.arriving or self._inbox.shed or self._group or self._pending or self._outbox.settled)

    def open(self) -> None:
        """Find what an earlier process left. `OSError` when the file cannot be used."""
        with self._turn:
            if not self.opened:
                self._take_over(self._store.open())
                self.opened = True

    def _take_over(self, stored: Stored) -> None:
        self.entries = dict(stored.entries)
        self._accepted = {key: entry.accepted for key, entry in stored.entries.items()}
        self._rows, self._size, self._last, self.epoch = stored.rows, stored.size, stored.last, stored.epoch
        self.since = stored.since
        self._lost(stored.loss)
        for what in (FRAME, TRUTH):
            fill(self._books[what], what, stored.entries.items())
        self._outbox.begin(stored.rows, stored.last)

    def start_epoch(self) -> None:
        """Begin another run: its books begin with what is still queued of those before."""
        kept = {
            (device, what): Entry(accepted=queued, sequence=-1)
            for what in (FRAME, TRUTH)
            for device in self._books[what].devices()
            if (queued := self._books[what].of(device).queued)
        }
        self._store.start_epoch(self.epoch + 1, self._last + 1, kept)
        self.epoch += 1
        self.since = self._last + 1
        self.entries = dict(kept)
        self._accepted = {key: entry.accepted for key, entry in kept.items()}
        for what in (FRAME, TRUTH):
            gone = [((device, what), Entry()) for device in self._books[what].devices()]
            fill(self._books[what], what, [*gone, *kept.items()])

    # --- the thread ---

    def run(self) -> None:
        """Commit until told to stop and nothing is left; the disk may come and go meanwhile."""
        try:
            while not self._work():
                self._wall.wait(RETRY_S, Event())
        finally:
            self.finish()
            self.stopped.set()

    def finish(self) -> None:
        """Let go of the store. What still comes in is dropped, and in no ledger: nobody carries it any more."""
        with self._turn:
            self._inbox.leftover = self._leftover
            self._store.close()

    def _leftover(self, record: Record, reason: str) -> None:
        books = self._books[what_of(record)]
        books.accept(record[0])
        books.drop(record[0], reason)

    def stop(self) -> None:
        """Commit what is there and end; a disk that does not take it now is tried once more."""
        self.stopping = True
        self._inbox.bell.set()

    def _work(self) -> bool:
        """Until it is over (true), or something keeps it from working (false)."""
        try:
            self.open()
            while True:
                self._await()
                done = self.commit()
                if self.stopping and (self.idle or not done):
                    return True
                if not done:
                    return False
        except OSError as error:
            self._troubled(str(error))
        except Exception as error:  # nobody else would notice that nothing is committed any more
            self._troubled(f"{type(error).__name__}: {error}")
        return self.stopping

    def _troubled(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self.report(trouble)

    def _lost(self, loss: str) -> None:
        if loss:
            self.loss = loss
            self.report(loss)

    def _await(self) -> None:
        inbox, outbox = self._inbox, self._outbox
        inbox.await_work()
        if self.idle and not self.stopping and not outbox.broken:
            self._wall.wait(None, inbox.bell)
        inbox.await_group()
        short = len(inbox.arriving) < self._limits.group and len(outbox.settled) < MANY
        if short and not self.stopping and inbox.refusal is None and not outbox.broken:
            self._wall.wait(self._limits.group_s, inbox.bell)
        inbox.at_work()

    # --- one transaction ---

    def commit(self) -> bool:
        """Bring in one group and take out what is settled; false when the disk does not take it now."""
        with self._turn:
            return self._commit()

    def _commit(self) -> bool:
        if self._outbox.broken:
            return self._rescue()
        group = self._group = self._group or self._gather()
        self._pending += self._outbox.take_settled()
        others = [_settled(record, outcome) for record, outcome, _ in group.others]
        if not (group.drawn or others or self._pending):
            self._committed(group)
            return True
        changed = moved_on(self.entries, [*self._pending, *others], self._accepted, self.since)
        try:
            self._store.write(group.columns, [one.row for one in self._pending if one.row], changed)
        except CorruptError:
            return self._rescue()
        except OSError as error:
            self._troubled(str(error))
            return False
        self._troubled("")
        self.entries.update(changed)
        self._rows -= len(self._pending)
        self._size -= sum([one.size for one in self._pending])
        self._pending = []
        self._committed(group)
        return True

    def _committed(self, group: Group) -> None:
        """These are accepted now: into the books first, then out."""
        self._group = None
        frames, truths = self._books
        for _, record, size in group.drawn:
            books = frames if record.__class__ is Frame else truths
            books.account(record[0]).accepted += 1
            self._size += size
        self._rows += len(group.drawn)
        for record, outcome, why in group.others:
            books = self._books[what_of(record)]
            books.accept(record[0])
            if outcome == REJECTED:
                self._outbox.rejection(record, why)
            else:
                books.drop(record[0], outcome)
        if group.drawn:
            self._outbox.publish(group.drawn)
        for barrier in group.barriers:
            barrier.set()

    def _gather(self) -> Group:
        inbox = self._inbox
        columns: list[Any] = []
        drawn: list[Drawn] = []
        others: list[tuple[Record, str, str]] = []
        barriers = [inbox.waived.popleft() for _ in range(len(inbox.waived))]
        accepted, encode, epoch = self._accepted, self._store.encode, self.epoch
        arriving, row, size = inbox.arriving, self._last, 0
        while inbox.shed:
            shed = inbox.shed.popleft()
            others.append((shed.record, shed.reason, ""))
        room = self._room(min(len(arriving), self._most))
        for _ in range(min(len(arriving), self._most)):
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
            size += len(data) + ROW_OVERHEAD
            if len(drawn) >= room.rows or size > room.size:
                size -= len(data) + ROW_OVERHEAD
                others.append((record, room.reason, ""))
                continue
            row += 1
            if record.__class__ is Frame:
                device, _, sequence, time_ns, _, _ = record
                key = (device, FRAME)
            else:
                device, sequence, time_ns = record[:3]  # type: ignore[assignment]
                key = (device, TRUTH)
            count = accepted[key] = accepted.get(key, 0) + 1
            columns += (row, device, sequence, time_ns, key[1], epoch, count, data)
            drawn.append(Drawn(row, record, len(data) + ROW_OVERHEAD))
        for record, _, _ in others:
            key = (record[0], what_of(record))
            accepted[key] = accepted.get(key, 0) + 1
        self._last = row
        return Group(columns, drawn, others, barriers)

    def _room(self, wanted: int) -> "_Room":
        """How much may come in now; at pace max all, for the clock waits before it is too much."""
        limits = self._limits
        rows, size = limits.max_rows - self._rows, limits.max_bytes - self._size
        reason = DROPPED[limits.policy]
        if self._inbox.gated():
            return _Room(wanted, limits.max_bytes, reason)
        if limits.policy == "drop-oldest" and wanted:
            typical = (self._size // self._rows if self._rows else 0) * wanted
            if rows < wanted or size < typical:
                given_up = self._outbox.oldest(wanted - rows, typical - size, reason)
                self._pending += given_up
                rows += len(given_up)
                size += sum([one.size for one in given_up])
            reason = DROPPED["drop-newest"]  # when all that is there is in flight
        return _Room(rows, size, reason)

    def _rescue(self) -> bool:
        """The file is broken: go on in a fresh one with what is legible and what is at hand."""
        group = self._group = self._group or self._gather()
        self._pending += self._outbox.take_settled()
        out = [*self._pending, *(_settled(record, outcome) for record, outcome, _ in group.others)]
        try:
            stored = self._store.rescue(out, self._columns([*self._outbox.at_hand(), *group.drawn]), self._accepted)
        except (OSError, CorruptError) as error:
            self._troubled(str(error))
            return False
        lost = 0
        for key, entry in stored.entries.items():
            old = self.entries.get(key, Entry())
            for reason, count in entry.dropped.items():
                for _ in range(count - old.dropped.get(reason, 0)):
                    self._books[key[1]].drop(key[0], reason)
                    lost += 1
        self.entries = dict(stored.entries)
        self._rows, self._size = stored.rows - len(group.drawn), stored.size - sum(one.size for one in group.drawn)
        self._lost(stored.loss)
        self._outbox.lose(lost)
        self._group = group._replace(columns=[])
        return True

    def _columns(self, drawn: list[Drawn]) -> list[Any]:
        columns: list[Any] = []
        for row, record, _ in drawn:
            one = _settled(record, "")
            columns += (row, one.device, one.sequence, one.time_ns, one.what, self.epoch, 0, self._store.encode(record))
        return columns


class _Room(NamedTuple):
    rows: int
    size: int
    reason: str
    """Why what finds none is dropped."""


def _settled(record: Record, outcome: str) -> Settled:
    """What became of one record that has no row."""
    if isinstance(record, Frame):
        return Settled(0, record.device, FRAME, record.sequence, record.time_ns, 0, outcome)
    return Settled(0, record.device, TRUTH, record.sequence, record.time_ns, 0, outcome)
