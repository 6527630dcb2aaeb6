"""The null sink: takes everything, keeps nothing. For measuring what the rest of the house can do."""

from typing import Final

from actors.sinks.base import DirectSink, NothingMore, Problem, Record, Sink, SinkOptions, Surroundings
from actors.sinks.base.records import Encoders, fault_encoder, what_of
from schemas.books import Books


class NullOptions(SinkOptions):
    """Options of the null sink."""

    encode: bool = False
    """Make the bytes of each record, and throw them away: what the format costs."""


class NullSink(DirectSink):
    """See the module. `bytes` counts what was encoded."""

    kind = "null"

    def __init__(self, options: NullOptions, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        form = surroundings.format
        self._encoders: Encoders | None = None
        if options.encode:
            self._encoders = form.encode, form.encode_truth, fault_encoder(form)
        self.bytes = 0

    def settle(self, record: Record, books: Books) -> None:
        """Everything is delivered."""
        if self._encoders is not None:
            self.bytes += len(self._encoders[what_of(record)](record))
        books.account(record[0]).acked += 1


class _Kind(NothingMore):
    """Takes everything, keeps nothing."""

    name = "null"
    binary = True
    options = NullOptions

    def claims(self, options: NullOptions, truth: bool) -> tuple[str, ...]:  # noqa: ARG002 - as every kind has it
        """Nothing."""
        return ()

    def prepare(self, options: NullOptions, truth: bool) -> list[Problem]:  # noqa: ARG002
        """Nothing can be wrong."""
        return []

    def build(self, options: NullOptions, surroundings: Surroundings) -> Sink:
        """Make one."""
        return NullSink(options, surroundings)


SINK: Final = _Kind()
