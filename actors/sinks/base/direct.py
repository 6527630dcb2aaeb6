"""A sink that needs no thread and no queue: what comes is settled at once, on the dispatcher."""

from collections import deque
from typing import Any

from actors.sinks.base.door import Door
from actors.sinks.base.records import WORDS, Record, Rejected, what_of
from actors.sinks.base.sink import Part, Surroundings, address_of
from schemas.books import Books
from schemas.readings import FaultRecord, Frame, Truth


class DirectSink:
    """Base of such sinks: `settle` says what becomes of a record."""

    kind = ""

    def __init__(self, surroundings: Surroundings) -> None:
        self.name = surroundings.name
        self.books = Books()
        self.truth_books = Books()
        self.fault_books = Books()
        self.rejected: deque[Rejected] = deque(maxlen=100)
        self.fenced = 0
        self.problem = ""
        self.address, _ = address_of(self.name)
        self._refusal = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The door alone."""
        return (Part(self.address, self._start_door, False, 5.0),)

    @property
    def depth(self) -> int:
        """Nothing waits here."""
        return 0

    def open(self) -> bool:
        """The clock need not wait."""
        return True

    def abandon(self) -> int:
        """Nothing is left to give up; takes nothing more."""
        self._refusal = "abandoned"
        return 0

    def put(self, frame: Frame) -> None:
        """Take a frame."""
        self.books.accept(frame[0])
        self._take(frame, self.books)

    def put_truth(self, truth: Truth) -> None:
        """Take a truth."""
        self.truth_books.accept(truth[0])
        self._take(truth, self.truth_books)

    def put_fault(self, fault: FaultRecord) -> None:
        """Take a record of a fault."""
        self.fault_books.accept(fault[0])
        self._take(fault, self.fault_books)

    def admit(self) -> None:
        """The door opens."""
        if self._refusal == "closed":
            self._refusal = ""

    def refuse(self) -> None:
        """The door closes."""
        self._refusal = self._refusal or "closed"

    def settle(self, record: Record, books: Books) -> None:
        """Say in the books what becomes of an accepted record. An error means that it is rejected."""
        raise NotImplementedError

    def _take(self, record: Record, books: Books) -> None:
        if self._refusal:
            books.drop(record[0], self._refusal)
            return
        try:
            self.settle(record, books)
        except Exception as error:  # a format of someone else may raise anything
            reason = f"{type(error).__name__}: {error}"
            self.rejected.append(Rejected(record.device, record.sequence, WORDS[what_of(record)], reason))
            books.reject(record[0])

    def _start_door(self, _address: str, _generation: int) -> Any:
        return Door.start(self, self)
