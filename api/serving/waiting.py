"""Connections that wait for the same thing, each equally long; the one that has waited longest stands first."""

from collections.abc import Callable

from api.serving.connection import Connection


class Waiting:
    """See the module. `end` is called with whoever has waited too long, or must make room."""

    def __init__(self, seconds: float, room: int, end: Callable[[Connection], None]) -> None:
        self._seconds = seconds
        self._room = room
        self._end = end
        self._line: dict[Connection, None] = {}

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._line

    def __len__(self) -> int:
        return len(self._line)

    def add(self, connection: Connection, now: float) -> None:
        """Let one more wait; `now` in s."""
        connection.until = now + self._seconds
        self._line[connection] = None
        if len(self._line) > self._room:
            self._drop()

    def remove(self, connection: Connection) -> None:
        """It waits no more."""
        self._line.pop(connection, None)

    def expire(self, now: float) -> None:
        """End those whose time is over."""
        while self._line and next(iter(self._line)).until <= now:
            self._drop()

    def relieve(self, most: int) -> None:
        """End the first ones until all together hold no more than so many bytes."""
        while len(self._line) > 1 and sum(one.held for one in self._line) > most:
            self._drop()

    def empty(self) -> None:
        """End all of them."""
        while self._line:
            self._drop()

    def _drop(self) -> None:
        first = next(iter(self._line))
        del self._line[first]
        self._end(first)
