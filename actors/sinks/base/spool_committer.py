"""What commits: takes groups from the inbox into the store and hands them to the outbox, on a thread of its own."""

from collections.abc import Callable
from threading import Event, RLock
from typing import Final

from actors.sinks.base.lane import DROPPED
from actors.sinks.base.records import WORDS, Record, what_of
from actors.sinks.base.spool_group import Gatherer, Group, Room, without_row
from actors.sinks.base.spool_inbox import Inbox
from actors.sinks.base.spool_ledger import REJECTED, Entry, Key, Settled, fill, moved_on
from actors.sinks.base.spool_limits import SpoolLimits
from actors.sinks.base.spool_outbox import Outbox
from actors.sinks.base.spool_store import CorruptError, Store, Stored
from engine.clock import Wall
from schemas.books import Books
from schemas.readings import Frame

RETRY_S: Final = 1.0
"""Real time between two attempts when the disk does not take anything."""
MANY: Final = 2000
"""So many settled records are taken out at once; fewer wait for the next group."""


class Committer:
    """See the module. `commit` is one transaction and may be driven by hand."""

    def __init__(
        self,
        store: Store,
        inbox: Inbox,
        outbox: Outbox,
        books: tuple[Books, Books, Books],
        limits: SpoolLimits,
        wall: Wall,
    ) -> None:
        self.trouble = ""
        self.loss = ""
        self.report: Callable[[str], None] = lambda _: None
        """Told what troubles it, and when something is lost; and nothing, when it goes on."""
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
        self._gatherer = Gatherer(store, inbox)
        self._rows = self._size = 0
        self._in_hand = 0
        self._busy = False
        self._group: Group | None = None
        self._pending: list[Settled] = []

    @property
    def epoch(self) -> int:
        """The number of the run."""
        return self._gatherer.epoch

    @property
    def held(self) -> int:
        """Records taken from the inbox and not committed yet; some of them may still be counted there."""
        return self._in_hand

    @property
    def idle(self) -> bool:
        """Whether all that came in and went out is on the disk."""
        inbox = self._inbox
        if inbox.arriving or inbox.shed or inbox.waived or self._outbox.settled:
            return False
        return not (self._busy or self._group or self._pending)

    def open(self) -> None:
        """Find what an earlier process left. `OSError` when the file cannot be used."""
        with self._turn:
            if not self.opened:
                self._take_over(self._store.open())
                self.opened = True

    def begin(self) -> None:
        """Open, unless somebody has; who takes nothing over by that begins another run."""
        with self._turn:
            if self.opened:
                return
            self.open()
            try:
                if self.entries:
                    self.start_epoch()
            except OSError:
                self.opened = False
                raise

    def _take_over(self, stored: Stored) -> None:
        self.entries = dict(stored.entries)
        gatherer = self._gatherer
        gatherer.accepted = {key: entry.accepted for key, entry in stored.entries.items()}
        gatherer.last, gatherer.epoch = stored.last, stored.epoch
        self._rows, self._size = stored.rows, stored.size
        self.since = stored.since
        self._lost(stored.loss)
        for what in range(len(WORDS)):
            fill(self._books[what], what, stored.entries.items())
        self._outbox.begin(stored.rows, stored.last)

    def start_epoch(self) -> None:
        """Begin another run: its books begin with what is still queued of those before."""
        kept = {
            (device, what): Entry(accepted=queued, sequence=-1)
            for what in range(len(WORDS))
            for device in self._books[what].devices()
            if (queued := self._books[what].of(device).queued)
        }
        gatherer = self._gatherer
        self._store.start_epoch(gatherer.epoch + 1, gatherer.last + 1, kept)
        gatherer.epoch += 1
        self.since = gatherer.last + 1
        self.entries = dict(kept)
        gatherer.accepted = {key: entry.accepted for key, entry in kept.items()}
        for what in range(len(WORDS)):
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
            self.begin()
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
            self._busy = True  # before anything leaves the inbox, so that it is never in no one's hands
            try:
                return self._commit()
            finally:
                self._busy = False

    def _commit(self) -> bool:
        if self._outbox.broken:
            return self._rescue()
        group = self._group = self._group or self._gather()
        self._pending += self._outbox.take_settled()
        others = [without_row(record, outcome) for record, outcome, _ in group.others]
        if not (group.drawn or others or self._pending):
            self._committed(group)
            return True
        changed = moved_on(self.entries, [*self._pending, *others], self._gatherer.accepted, self.since)
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
        frames, *_ = self._books
        for _, record, size in group.drawn:
            books = frames if record.__class__ is Frame else self._books[what_of(record)]
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
        self._group = None
        self._in_hand = 0
        for barrier in group.barriers:
            barrier.set()

    def _gather(self) -> Group:
        wanted = self._in_hand = min(len(self._inbox.arriving), self._most)
        return self._gatherer.gather(wanted, self._room(wanted))

    def _room(self, wanted: int) -> Room:
        """How much may come in now; at pace max all, for the clock waits before it is too much."""
        limits = self._limits
        rows, size = limits.max_rows - self._rows, limits.max_bytes - self._size
        reason = DROPPED[limits.policy]
        if self._inbox.gated():
            return Room(wanted, limits.max_bytes, reason)
        if limits.policy == "drop-oldest" and wanted:
            typical = (self._size // self._rows if self._rows else 0) * wanted
            if rows < wanted or size < typical:
                given_up = self._outbox.oldest(wanted - rows, typical - size, reason)
                self._pending += given_up
                rows += len(given_up)
                size += sum([one.size for one in given_up])
            reason = DROPPED["drop-newest"]  # when all that is there is in flight
        return Room(rows, size, reason)

    def _rescue(self) -> bool:
        """The file is broken: go on in a fresh one with what is legible and what is at hand."""
        group = self._group = self._group or self._gather()
        self._pending += self._outbox.take_settled()
        out = [*self._pending, *(without_row(record, outcome) for record, outcome, _ in group.others)]
        at_hand = self._gatherer.columns_of([*self._outbox.at_hand(), *group.drawn])
        # what is in the file's own ledger, legible or not
        known = {
            key: self.entries.get(key, Entry())._replace(accepted=count)
            for key, count in self._gatherer.accepted.items()
        }
        try:
            stored = self._store.rescue(out, at_hand, known)
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
