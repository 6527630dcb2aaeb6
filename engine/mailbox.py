"""A bounded, gauged inbox with a control lane, for actors on threads of their own and for the outside door."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")


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


class Closed(Exception):
    """Nobody will ever take from this mailbox again."""


class Mailbox(Generic[T]):
    """First in, first out; never more than `capacity` messages; control items overtake and are never dropped."""

    def __init__(self, capacity: int = CAPACITY, overflow: Overflow | None = None) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: found {capacity}; allowed: 1 or more")
        self.capacity = capacity
        self.overflow: Overflow = overflow or Block(10.0)
        self._items: deque[T] = deque()
        self._control: deque[T] = deque()
        self._lock = threading.Lock()
        self._filled = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        self.closed = False
        self.accepted = 0
        self.dropped = 0
        self.refused = 0
        self.high_water = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T, wait: bool = True) -> bool:
        """Add a message; whether it was kept. With `wait` false a full mailbox that blocks refuses at once.

        Raises `Closed` when nobody will take it.
        """
        with self._lock:
            if len(self._items) >= self.capacity and not self._make_room(wait):
                return False
            self._check_open()
            self._add(item)
            return True

    def put_always(self, item: T) -> None:
        """Add a message in its turn, whatever the capacity (a stop must not get lost)."""
        with self._lock:
            self._check_open()
            self._add(item)

    def put_control(self, item: T) -> None:
        """Add an item that overtakes all messages."""
        with self._lock:
            self._check_open()
            self._control.append(item)
            self._filled.notify()

    def _check_open(self) -> None:
        if self.closed:
            raise Closed

    def _add(self, item: T) -> None:
        self._items.append(item)
        self.accepted += 1
        if len(self._items) > self.high_water:
            self.high_water = len(self._items)
        self._filled.notify()

    def _make_room(self, wait: bool) -> bool:
        """With the lock held and the mailbox full: whether there is room now."""
        if self.closed:
            return True
        if isinstance(self.overflow, DropOldest):
            self._items.popleft()
            self.dropped += 1
            return True
        if isinstance(self.overflow, DropNewest):
            self.dropped += 1
            return False
        if wait and self._room.wait_for(self._has_room, self.overflow.timeout_s):
            return True
        self.refused += 1
        return False

    def _has_room(self) -> bool:
        return self.closed or len(self._items) < self.capacity

    def get(self, timeout: float | None = None) -> T:
        """Take the next item, control first; `TimeoutError` when none came in time."""
        with self._lock:
            if not self._filled.wait_for(self._has_items, timeout):
                raise TimeoutError
            if self._control:
                return self._control.popleft()
            self._room.notify()
            return self._items.popleft()

    def _has_items(self) -> bool:
        return bool(self._control or self._items)

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._has_items()

    def take_all(self) -> tuple[deque[T], deque[T]]:
        """Take everything that waits: control items, messages."""
        with self._lock:
            control, self._control = self._control, deque()
            items, self._items = self._items, deque()
            self._room.notify_all()
            return control, items

    def close(self) -> tuple[deque[T], deque[T]]:
        """Take everything that waits, and nothing more ever after."""
        with self._lock:
            self.closed = True
            self._room.notify_all()
        return self.take_all()
