"""What every sink promises, held by one that has a spool between its door and its writer."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.sinks.base import FileStore, MemoryStore, Record, Spool, SpoolLimits
from actors.sinks.base.records import FRAME
from engine.clock import FakeWall
from tests.actors.sinks.test_sinks_contract import CAPACITY, Stage, _live, _step, frame

KINDS = ("file", "memory-only")
_LIMITS = SpoolLimits(CAPACITY, 6, 4, "drop-oldest", max_rows=CAPACITY, group=3)


class SpooledStage(Stage):
    """A sink that writes lines to a file, as the contract knows it, but over a spool."""

    def __init__(self, store: str, folder: Path, sabotage: Any = None) -> None:
        self._store = store
        super().__init__("file", folder, sabotage)

    def _build(self, kind: str) -> Any:
        sink = super()._build(kind)
        store = FileStore(self.folder / "out.spool") if self._store == "file" else MemoryStore()
        sink.lane = Spool(store, _LIMITS, lambda: self.gated, FakeWall(), threaded=False)
        sink.lane.prepare()
        return sink

    def put(self, device: str, what: int, bad: bool) -> None:
        super().put(device, what, bad)
        assert self.sink.lane.commit_all()

    def _present(self) -> Any:
        return self.sink.lane._outbox._pass

    def _held(self) -> Sequence[Record]:
        outbox = self.sink.lane._outbox
        paged, damaged = self.sink.lane._store.read(outbox._cursor, outbox._last, 1000)
        held = [*outbox.at_hand(), *paged]
        assert (outbox.waiting, damaged) == (len(held), [])
        return [one.record for one in held]


@pytest.mark.parametrize("store", KINDS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(_step, max_size=60))
def test_every_record_is_accounted_for(store: str, steps: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as folder:
        stage = SpooledStage(store, Path(folder))
        _live(stage, steps)
        stage.close()
        stage.check()
        totals = stage.sink.books.totals()
        assert totals.queued == stage.sink.truth_books.totals().queued == stage.sink.fault_books.totals().queued == 0
        stage.put("pi-1", FRAME, False)
        assert stage.sink.books.totals().dropped["closed"] == 1
        stage.sink.lane.end("abandoned")
        assert stage.sink.lane.close()


@pytest.mark.parametrize("store", KINDS)
def test_what_is_abandoned_stays_where_it_outlives_the_process(store: str, tmp_path: Path) -> None:
    stage = SpooledStage(store, tmp_path)
    for _ in range(5):
        stage.put("pi-2", FRAME, False)
    assert stage.sink.abandon() == (0 if store == "file" else 5)
    assert stage.sink.close()
    totals = stage.sink.books.totals()
    assert totals.holds
    assert totals.queued == (5 if store == "file" else 0)
    assert totals.dropped == ({} if store == "file" else {"abandoned": 5})
    stage.sink.lane.put(frame("pi-2", 99))
    assert stage.sink.books.totals().dropped["abandoned"] == (1 if store == "file" else 6)
