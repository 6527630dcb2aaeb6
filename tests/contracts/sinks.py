"""What every kind of sink that needs no options has to keep to: one function a promise, each given the kind.

What sinks do under crashes, hangs and full queues is held by a contract of their own in the tests of the sinks.
"""

from collections.abc import Callable
from typing import Any

from actors.sinks.base import Sink, SinkKind, SinkOptions, Spool, Surroundings, TakesFaults
from engine.clock import FakeWall
from tests.contracts.formats import fault, frame, truth


def build(kind: SinkKind) -> Sink:
    """One sink with its default options."""
    options: SinkOptions = kind.options()
    assert kind.prepare(options, True) == []
    faults = isinstance(kind, TakesFaults)
    if isinstance(kind, TakesFaults):
        assert kind.prepare_faults(options) == []
    return kind.build(options, Surroundings("out", truth=True, faults=faults, gated=lambda: True, wall=FakeWall()))


def is_described(kind: SinkKind) -> None:
    """Its word is lower case, its options are validated by a model of its own, and a sink knows name and kind."""
    assert kind.name == kind.name.lower()
    assert issubclass(kind.options, SinkOptions)
    sink = build(kind)
    assert (sink.name, sink.kind) == ("out", kind.name)
    assert sink.address in [part.address for part in sink.parts]


def accounts_for_every_record(kind: SinkKind) -> None:
    """Accepted is acked, queued, dropped or rejected, frames, truths and records of faults apart."""
    sink = build(kind)
    intake: Any = getattr(sink, "lane", sink)
    for i in range(5):
        intake.put(frame(i))
    intake.put_truth(truth())
    told = 2 if isinstance(kind, TakesFaults) else 0
    for i in range(told):
        intake.put_fault(fault(i))
    if isinstance(intake, Spool):  # accepted is what is committed
        intake.commit_all()
    for books, accepted in ((sink.books, 5), (sink.truth_books, 1), (sink.fault_books, told)):
        totals = books.totals()
        assert totals.accepted == accepted
        assert totals.holds
    assert sum(books.totals().queued for books in (sink.books, sink.truth_books, sink.fault_books)) == sink.depth


PROMISES: tuple[Callable[[SinkKind], None], ...] = (is_described, accounts_for_every_record)
"""Every promise of such a sink kind; a package with sinks of its own runs its own through these."""
