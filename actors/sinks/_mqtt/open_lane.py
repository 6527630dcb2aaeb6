"""The memory lane, settled record by record."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from actors.sinks.base import Lane, Pass, Record, Rejected


class Drawn(NamedTuple):
    row: int
    record: Record


class OpenLane(Lane):
    _rows: dict[int, Record]
    _row = 0

    @property
    def depth(self) -> int:
        return len(self._queue) + len(self.__dict__.setdefault("_rows", {}))

    def attach(self, generation: int, wake: Callable[[], None]) -> Pass:
        mine = super().attach(generation, wake)
        rows = self.__dict__.setdefault("_rows", {})
        self._queue.extendleft(reversed(list(rows.values())))
        rows.clear()
        return mine

    def draw(self, mine: Pass, count: int) -> list[Drawn]:
        found = []
        with self._lock:
            self._check(mine, 0)
            for _ in range(min(count, len(self._queue))):
                record = self._queue.popleft()
                self._row += 1
                self._rows[self._row] = record
                found.append(Drawn(self._row, record))
        return found

    def confirm(self, mine: Pass, rows: Iterable[int]) -> None:
        with self._lock:
            self._check(mine, 0)
            for row in rows:
                record = self._rows.pop(row)
                self._books_of(record).ack([record.device])

    def reject(self, mine: Pass, refused: Mapping[int, str]) -> list[Rejected]:
        return [self._reject(self._rows.pop(row), reason) for row, reason in refused.items()]

    def drop(self, mine: Pass, rows: Iterable[int], reason: str) -> None:
        for row in rows:
            record = self._rows.pop(row)
            self._books_of(record).drop(record.device, reason)
