"""Books: what became of every record that a sink was given.

For each device and sink, at any instant:

    accepted = acked + queued + dropped (by reason) + rejected

A record is accepted at the sink's door and leaves by exactly one of the other three ways; what has not left is queued.
So `queued` is not counted but follows, and what a sink really holds can be held against it.

Two threads may keep one set of books: the door counts what comes in, the writer what goes out. The ways out are
serialised by a lock; the way in, taken for every record by one thread alone, does without.
"""

from collections.abc import Iterable, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


class Totals(NamedTuple):
    """Counts of records at one instant, of one device or of many."""

    accepted: int = 0
    acked: int = 0
    queued: int = 0
    dropped: Mapping[str, int] = _NOTHING
    """By reason."""
    rejected: int = 0

    @property
    def holds(self) -> bool:
        """Whether the equation of the books holds and nothing is negative."""
        out = self.acked + self.queued + sum(self.dropped.values()) + self.rejected
        return self.accepted == out and min(self.acked, self.queued, self.rejected, *self.dropped.values(), 0) == 0

    def plus(self, other: "Totals") -> "Totals":
        """Both together."""
        reasons = sorted({*self.dropped, *other.dropped})
        return Totals(
            self.accepted + other.accepted,
            self.acked + other.acked,
            self.queued + other.queued,
            {reason: self.dropped.get(reason, 0) + other.dropped.get(reason, 0) for reason in reasons},
            self.rejected + other.rejected,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data for a summary."""
        return {**self._asdict(), "dropped": dict(self.dropped)}


class Account:
    """The books of one device at one sink. `accepted` belongs to the door; the rest to `Books` alone."""

    __slots__ = ("accepted", "acked", "dropped", "rejected")

    def __init__(self) -> None:
        self.accepted = 0
        self.acked = 0
        self.rejected = 0
        self.dropped: dict[str, int] | None = None

    def totals(self) -> Totals:
        """The counts now. The ways out are read before the way in, so a record under way is never counted twice."""
        dropped = dict(self.dropped) if self.dropped else _NOTHING
        acked, rejected = self.acked, self.rejected
        accepted = self.accepted
        return Totals(accepted, acked, accepted - acked - rejected - sum(dropped.values()), dropped, rejected)


class Books:
    """The accounts of all devices at one sink."""

    __slots__ = ("_accounts", "_lock")

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._lock = Lock()

    def account(self, device: str) -> Account:
        """The account of a device, opened on first use. The door counts `account.accepted` up itself: it is hot."""
        account = self._accounts.get(device)
        if account is None:
            account = self._accounts[device] = Account()
        return account

    def accept(self, device: str) -> None:
        """A record came in."""
        self.account(device).accepted += 1

    def ack(self, devices: Iterable[str]) -> None:
        """Records of these devices (one entry a record) are delivered."""
        accounts = self._accounts
        with self._lock:
            for device in devices:
                accounts[device].acked += 1

    def reject(self, device: str) -> None:
        """A record was refused: it cannot be encoded, or the other side will never take it."""
        with self._lock:
            self._accounts[device].rejected += 1

    def drop(self, device: str, reason: str) -> None:
        """A record was given up for a named reason."""
        account = self._accounts[device]
        with self._lock:
            if account.dropped is None:
                account.dropped = {}
            account.dropped[reason] = account.dropped.get(reason, 0) + 1

    def revoke(self, device: str, reason: str) -> None:
        """A record that was delivered is dropped after all (a bounded memory gives up its oldest)."""
        with self._lock:
            self._accounts[device].acked -= 1
        self.drop(device, reason)

    def devices(self) -> tuple[str, ...]:
        """Every device that ever had a record here, sorted."""
        return tuple(sorted(self._accounts))

    def of(self, device: str) -> Totals:
        """The counts of one device now; all zero for one that never had a record here."""
        account = self._accounts.get(device)
        if account is None:
            return Totals()
        with self._lock:
            return account.totals()

    def totals(self) -> Totals:
        """The counts of all devices now."""
        accepted = acked = queued = rejected = 0
        dropped: dict[str, int] = {}
        with self._lock:
            for account in list(self._accounts.values()):
                one = account.totals()
                accepted += one.accepted
                acked += one.acked
                queued += one.queued
                rejected += one.rejected
                for reason, count in one.dropped.items():
                    dropped[reason] = dropped.get(reason, 0) + count
        return Totals(accepted, acked, queued, dict(sorted(dropped.items())), rejected)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Plain data: the counts by device."""
        return {device: self.of(device).as_dict() for device in self.devices()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Mapping[str, Any]]) -> "Books":
        """Books as `as_dict` wrote them. `queued` follows from the rest."""
        books = cls()
        for device, counts in data.items():
            account = books.account(device)
            account.accepted = int(counts["accepted"])
            account.acked = int(counts["acked"])
            account.rejected = int(counts["rejected"])
            account.dropped = dict(counts["dropped"]) or None
        return books

    def merge(self, other: "Books") -> None:
        """Take the counts of other books in (of another process, of another part of the fleet)."""
        for device in other.devices():
            theirs, mine = other.of(device), self.account(device)
            with self._lock:
                both = mine.totals().plus(theirs)
                mine.accepted, mine.acked, mine.rejected = both.accepted, both.acked, both.rejected
                mine.dropped = dict(both.dropped) or None
