"""Tally: counts readings by sensor and keeps nothing else."""

from collections import Counter
from typing import Final

from actors.sinks.base import DirectSink, Problem, Record, Sink, SinkOptions, Surroundings
from schemas.books import Books
from schemas.readings import Frame


class TallyOptions(SinkOptions):
    """The tally has none."""


class TallySink(DirectSink):
    """See the module."""

    kind = "tally"

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self.counts: Counter[str] = Counter()

    def settle(self, record: Record, books: Books) -> None:
        """Count, and it is delivered."""
        if isinstance(record, Frame):
            self.counts.update(reading.sensor for reading in record.readings)
        books.account(record[0]).acked += 1


class TallyKind:
    """Counts readings by sensor."""

    name: Final = "tally"
    options: Final = TallyOptions

    def claims(self, options: TallyOptions, truth: bool) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def prepare(self, options: TallyOptions, truth: bool) -> list[Problem]:
        """Nothing can be wrong."""
        return []

    def build(self, options: TallyOptions, surroundings: Surroundings) -> Sink:
        """Make one."""
        return TallySink(surroundings)


SINK: Final = TallyKind()
