"""Addresses, not references: an endpoint outlives the actors that answer to it; a message to nobody is counted."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from engine.future import Ask

SAMPLE: Final = 10
"""Dead letters shown one by one before the log is muted (Pekko's default)."""
MUTE_NS: Final = 300 * 1_000_000_000
"""Simulated time for which the log is then muted: 5 minutes (Pekko's default)."""


class DeadLetter(NamedTuple):
    """A message that found nobody."""

    address: str
    message: Any
    reason: str
    """`unknown`, `dead`, `stopped`, `crashed`, `killed`, `fenced`, `closed`."""
    time_ns: int


class Endpoint:
    """Where messages to one address go, whoever answers to it at the moment.

    `tell` belongs to the dispatcher's own thread and makes no checks; other threads use `Dispatcher.send`.
    """

    __slots__ = ("_directory", "address", "cell", "generation", "post")

    def __init__(self, address: str, directory: "Directory") -> None:
        self.address = address
        self.generation = 0
        self._directory = directory
        self.cell: Any = None
        self.post: Callable[[tuple[Any, Any]], Any] = self._nobody

    def tell(self, message: Any) -> None:
        """Send a message to whoever lives here."""
        self.post((self.cell, message))

    post_in = tell

    @property
    def alive(self) -> bool:
        """Whether somebody lives here."""
        return self.cell is not None

    def bind(self, cell: Any, post: Callable[[tuple[Any, Any]], Any], generation: int) -> None:
        """From now on this cell answers to the address."""
        self.cell = cell
        self.post = post
        self.generation = generation

    def unbind(self, cell: Any) -> None:
        """The cell no longer answers here; nothing happens when another one already does."""
        if self.cell is cell:
            self.cell = None
            self.post = self._nobody

    def _nobody(self, pair: tuple[Any, Any]) -> None:
        self._directory.dead(self.address, pair[1], "dead" if self.generation else "unknown")

    def __repr__(self) -> str:
        return f"<Endpoint {self.address} generation {self.generation} {'alive' if self.alive else 'nobody'}>"


class Directory:
    """Every address of one dispatcher, and the count of what found nobody."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._endpoints: dict[str, Endpoint] = {}
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self.dead_letters: Counter[str] = Counter()
        """Dead letters by reason."""
        self.on_dead_letter: Callable[[DeadLetter], None] = lambda _: None
        """Gets a sample: the first ten, then nothing for five simulated minutes, then ten again."""
        self._shown = 0
        self._muted_until = 0

    def endpoint(self, address: str) -> Endpoint:
        """The endpoint of an address: always the same object, known before and after anybody lives there."""
        endpoint = self._endpoints.get(address)
        if endpoint is None:
            endpoint = self._endpoints.setdefault(address, Endpoint(address, self))
        return endpoint

    def find(self, address: str) -> Endpoint | None:
        """The endpoint of an address that somebody has asked for or lived at; makes none."""
        return self._endpoints.get(address)

    def addresses(self) -> list[str]:
        """Every address at which somebody lives, in the order in which they became known."""
        return [address for address, endpoint in list(self._endpoints.items()) if endpoint.alive]

    def forget(self, address: str) -> None:
        """Let go of an address at which nobody lives (a removed child)."""
        endpoint = self._endpoints.get(address)
        if endpoint is not None and not endpoint.alive:
            del self._endpoints[address]

    def dead_cell(self, cell: Any, message: Any) -> None:
        """Count a message that stood in the line when its receiver died."""
        self.dead(cell.address or cell.name(), message, cell.dead)

    def dead(self, address: str, message: Any, reason: str) -> None:
        """Count a message that found nobody, from any thread; an asker is told instead."""
        if message.__class__ is Ask:
            message.refuse(f"nobody lives at {address}")
            return
        with self._lock:
            self.dead_letters[reason] += 1
            show = self._sample()
        if show:
            self.on_dead_letter(DeadLetter(address, message, reason, self._now_ns()))

    def _sample(self) -> bool:
        now = self._now_ns()
        if self._shown >= SAMPLE:
            if now < self._muted_until:
                return False
            self._shown = 0
        self._shown += 1
        if self._shown >= SAMPLE:
            self._muted_until = now + MUTE_NS
        return True
