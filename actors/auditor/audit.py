"""An audit from its sources to its verdict."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from actors.auditor.decoding import Decoder, NotYetError, UnreadableError
from actors.auditor.digests import Digests
from actors.auditor.findings import ALLOWED, Verdict
from actors.auditor.ledger import Ledger, Order
from actors.auditor.produced import Produced
from actors.auditor.sightings import Message
from actors.auditor.verdict import judge
from engine.clock import NANOSECONDS, WallClock

WAIT_S: Final = 0.1
FIRST_NS: Final = 60 * NANOSECONDS
AGAIN_NS: Final = 2 * NANOSECONDS
"""So often messages are tried again whose schema was not to be had."""


class Source(Protocol):
    """Where messages come from."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    @property
    def drained(self) -> bool:
        """Whether all was read that was there at the start; never, where nothing is kept."""

    def start(self) -> None:
        """Connect. `CannotStart` when that fails."""

    def take(self, timeout_s: float) -> Sequence[Message]:
        """What has come; waits a little when nothing has."""

    def close(self) -> None:
        """Let go."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop listening. The first that is reached counts."""

    at_end: bool = False
    """All sources are drained."""
    for_ns: int | None = None
    """So long after the start."""
    idle_ns: int | None = None
    """Nothing came for so long, once something has come; for the first message the wait is at least a minute."""


class Audit:
    """Listens, keeps a ledger for each source, and judges."""

    def __init__(
        self,
        sources: Sequence[Source],
        decoder: Decoder,
        *,
        order: Order = "device",
        digests: bool = False,
        now_ns: Callable[[], int] = WallClock.monotonic_ns,
    ) -> None:
        self.sources = sources
        self.ledgers = [Ledger(source.name, order) for source in sources]
        for ledger in self.ledgers:
            ledger.digests = Digests() if digests else None
        self._decoder = decoder
        self._now_ns = now_ns
        self._again_ns = 0

    def listen(
        self,
        limits: Limits,
        stop: Callable[[], bool] = lambda: False,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        """Take in what comes until a limit is reached or `stop` says so; after `ready` nothing is missed."""
        started: list[Source] = []
        try:
            for source in self.sources:
                source.start()
                started.append(source)
            ready()
            self._listen(limits, stop)
        finally:
            for source in started:
                source.close()

    def judge(self, produced: Produced, allowed: Iterable[str] = ALLOWED) -> Verdict:
        """The verdict on everything that was taken in so far."""
        for ledger in self.ledgers:
            self._try_again(ledger)
        return judge(self.ledgers, produced, allowed)

    def feed(self, ledger: Ledger, message: Message) -> None:
        """Take one message in."""
        try:
            ledger.take(message, self._decoder.read(message))
        except NotYetError:
            ledger.waiting.append(message)
        except UnreadableError as error:
            ledger.refuse(message, str(error))

    def _listen(self, limits: Limits, stop: Callable[[], bool]) -> None:
        began = quiet_since = self._now_ns()
        seen = 0
        while not stop():
            came = 0
            for source, ledger in zip(self.sources, self.ledgers, strict=True):
                for message in source.take(WAIT_S):
                    self.feed(ledger, message)
                    came += 1
            now = self._now_ns()
            quiet_since = now if came else quiet_since
            if now - self._again_ns > AGAIN_NS:
                self._again_ns = now
                for ledger in self.ledgers:
                    self._try_again(ledger)
            seen += came
            if self._over(limits, now - began, now - quiet_since, bool(seen)):
                return

    def _over(self, limits: Limits, lasted_ns: int, quiet_ns: int, begun: bool) -> bool:
        if limits.for_ns is not None and lasted_ns >= limits.for_ns:
            return True
        if limits.at_end and all(source.drained for source in self.sources):
            return True
        if limits.idle_ns is None:
            return False
        # whoever sends may still be starting
        return quiet_ns >= (limits.idle_ns if begun else max(limits.idle_ns, FIRST_NS))

    def _try_again(self, ledger: Ledger) -> None:
        waiting, ledger.waiting = ledger.waiting, []
        for message in waiting:
            self.feed(ledger, message)
