"""A bounded, gauged inbox with a control lane, for actors on threads of their own and for the outside door."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Block:
    """When full, the sender waits for room, `timeout_s` at most; then the message is refused."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class DropNewest:
    """When full, the message that comes is dropped."""


@dataclass(frozen=True, slots=True)
class DropOldest:
    """When full, the message that has waited longest is dropped."""


Overflow = Block | DropNewest | DropOldest
CAPACITY: Final = 1000
"""Messages a mailbox holds unless told otherwise (Pekko's default)."""


class ClosedError(Exception):
    """Nobody will ever take from this mailbox again."""


class FullError(Exception):
    """A message was refused: the mailbox stayed full."""


class Mailbox:
    """First in, first out; never more than `capacity` messages; control items overtake and are never dropped.

    At any instant `accepted == taken + len(self) + dropped_oldest`, and what was put is `accepted + refused`.
    `on_drop` gets every message that was dropped or refused, outside of the lock.
    """

    def __init__(
        self,
        capacity: int = CAPACITY,
        overflow: Overflow | None = None,
        on_drop: Callable[[Any], None] = lambda _: None,
    ) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: found {capacity}; allowed: 1 or more")
        self.capacity = capacity
        self.overflow: Overflow = overflow or Block(10.0)
        self.on_drop = on_drop
        self._items: deque[Any] = deque()
        self._control: deque[Any] = deque()
        self._lock = threading.Lock()
        self._filled = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        self.closed = False
        self.held = False
        self.accepted = self.taken = self.dropped_oldest = self.refused = self.high_water = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def dropped(self) -> int:
        """Messages that were put and will never be taken, by whatever policy."""
        return self.dropped_oldest + self.refused

    def put(self, item: Any, wait: bool = True) -> bool:
        """Add a message; whether it was kept. With `wait` false a full mailbox that blocks refuses at once.

        Raises `ClosedError` when nobody will take it.
        """
        with self._lock:
            kept, lost = self._admit(item, wait)
        if lost is not None:
            self.on_drop(lost[0])
        return kept

    def _admit(self, item: Any, wait: bool) -> tuple[bool, tuple[Any] | None]:
        """With the lock held: whether the message was kept, and which one was lost."""
        lost: tuple[Any] | None = None
        if len(self._items) >= self.capacity and not self.closed:
            if isinstance(self.overflow, DropOldest):
                lost = (self._items.popleft(),)
                self.dropped_oldest += 1
            elif isinstance(self.overflow, DropNewest) or not (
                wait and self._room.wait_for(self._has_room, self.overflow.timeout_s)
            ):
                self.refused += 1
                return False, (item,)
        self._add(item)
        return True, lost

    def _has_room(self) -> bool:
        return self.closed or len(self._items) < self.capacity

    def _add(self, item: Any) -> None:
        if self.closed:
            raise ClosedError
        self._items.append(item)
        self.accepted += 1
        if len(self._items) > self.high_water:
            self.high_water = len(self._items)
        self._filled.notify()

    def put_always(self, item: Any) -> None:
        """Add a message in its turn, whatever the capacity (a stop must not get lost)."""
        with self._lock:
            self._add(item)

    def put_control(self, item: Any) -> None:
        """Add an item that overtakes all messages."""
        with self._lock:
            if self.closed:
                raise ClosedError
            self._control.append(item)
            self._filled.notify()

    def get(self, timeout: float | None = None) -> Any:
        """Take the next item, control first; `TimeoutError` when none came in time, `ClosedError` when closed."""
        with self._lock:
            if not self._filled.wait_for(self._has_items, timeout):
                raise TimeoutError
            if self.closed:
                raise ClosedError
            if self._control:
                return self._control.popleft()
            self._room.notify()
            self.taken += 1
            return self._items.popleft()

    def _has_items(self) -> bool:
        return self.closed or (not self.held and bool(self._control or self._items))

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not (self._control or self._items)

    def hold(self, held: bool) -> None:
        """Let nothing out, not even control, until told otherwise (an actor that hangs)."""
        with self._lock:
            self.held = held
            self._filled.notify_all()

    def take_all(self) -> tuple[deque[Any], deque[Any]]:
        """Take everything that waits: control items, messages."""
        with self._lock:
            control, self._control = self._control, deque()
            items, self._items = self._items, deque()
            self.taken += len(items)
            self._room.notify_all()
            return control, items

    def close(self) -> tuple[deque[Any], deque[Any]]:
        """Take everything that waits, and let nothing in ever after."""
        with self._lock:
            self.closed = True
            self._filled.notify_all()
        return self.take_all()
