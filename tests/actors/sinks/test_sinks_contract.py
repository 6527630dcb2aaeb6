"""What every sink promises, whatever is done to it: nothing unaccounted for, nothing twice, nothing in disorder.

Each kind is put through random histories: frames, truths and records of faults, good and without bytes, of several
devices; writer turns; writers that crash, or hang and are replaced; doors that close; pace max and real time. After
each step an independent tally is held against the books, against what the sink holds, and against what really came out.
"""

import gzip
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.families import FORMATS, SINKS
from actors.sinks import console, file, memory, null
from actors.sinks._table import LiveTable
from actors.sinks.base import FencedError, Outlet, Pump, QueuedSink, Record, Sink, SinkKind, Surroundings, encode_batch
from actors.sinks.base.records import FAULT, FRAME, TRUTH, WORDS, what_of
from engine.clock import FakeWall
from schemas.books import Books
from schemas.formats.base import Format, tells_faults
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import FaultRecord, Frame, Reading, Truth

T0 = 1_767_225_600 * 10**9
DEVICES = ("pi-1", "pi-2", "cpu-1")
KINDS = ("null", "null-encode", "memory", "file", "file-gzip", "file-zstd", "console-lines", "console-table")
BROKERED = {"kafka", "mqtt"}
"""What their outside does is not for a test to step through: they stand in tests of their own, with real brokers."""
CAPACITY = 12

Key = tuple[str, str, int]


def frame(device: str, sequence: int, bad: bool = False) -> Frame:
    """A frame; a bad one has a value that no format takes."""
    value: Any = "forty" if bad else 40.0 + sequence
    readings = tuple(Reading(name, name, UNITS[name], value, T0 + sequence) for name in QUANTITIES)
    return Frame(device, "raspberry-pi", sequence, T0 + sequence, readings, 0)


def truth(device: str, sequence: int, bad: bool = False) -> Truth:
    """A truth; a bad one has a health that no format takes."""
    health: Any = "well" if bad else 0.5
    return Truth(device, sequence, T0 + sequence, "running", health, None, (), (), (), (("fan", None),))


def fault(device: str, sequence: int, bad: bool = False) -> FaultRecord:
    """A record of a fault; a bad one has a severity that no format takes."""
    severity: Any = "grave" if bad else 0.5
    names = f"{device}/dust/0", "wear", "dust", None
    return FaultRecord(device, sequence, T0 + sequence, *names, T0, None, None, severity, "wear", False, ())


MAKERS: tuple[Callable[..., Record], ...] = (frame, truth, fault)


def key(record: Record) -> Key:
    return (WORDS[what_of(record)], record.device, record.sequence)


def all_books(sink: Sink) -> list[tuple[str, Books]]:
    return list(zip(WORDS, (sink.books, sink.truth_books, sink.fault_books), strict=True))


class Stage:
    """One sink under test, driven by hand, and what is known of it from outside."""

    def __init__(self, kind: str, folder: Path, sabotage: Callable[[Outlet], Outlet] | None = None) -> None:
        self.gated = False
        self.folder = folder
        self.kind = kind
        self.out = io.StringIO()
        self.sink = self._build(kind)
        self.sabotage = sabotage
        self.given: Counter[tuple[str, str]] = Counter()
        self.generation = 0
        self.pump: Pump | None = None
        self.sequence = 0
        self.closed = False

    def _build(self, kind: str) -> Any:
        around = Surroundings(kind, truth=True, faults=True, gated=lambda: self.gated, wall=FakeWall())
        queued: dict[str, Any] = {"capacity": CAPACITY, "high_water": 6, "batch": 4, "policy": "drop-oldest"}
        word, _, more = kind.partition("-")
        if word == "null":
            return null.SINK.build(null.NullOptions(encode=bool(more)), around)
        if word == "memory":
            return memory.SINK.build(memory.MemoryOptions(limit=CAPACITY), around)
        if word == "file":
            queued |= {"path": str(self.folder / "out.jsonl"), "compression": more or "none"}
            options = file.FileOptions(**queued)
            assert file.SINK.prepare(options, True) == file.SINK.prepare_faults(options) == []
            return file.SINK.build(options, around)
        stdout, sys.stdout = sys.stdout, self.out
        try:
            return console.SINK.build(console.ConsoleOptions(**{**queued, "style": more}), around)
        finally:
            sys.stdout = stdout

    # what is done to it

    def put(self, device: str, what: int, bad: bool) -> None:
        record = MAKERS[what](device, self.sequence, bad)
        self.sequence += 1
        self.given[key(record)[:2]] += 1
        intake = getattr(self.sink, "lane", self.sink)
        (intake.put, intake.put_truth, intake.put_fault)[what](record)

    def turn(self) -> None:
        if self.pump is None:
            self.replace()
        elif not self.pump.turn():
            raise AssertionError("the present writer must not be fenced")

    def replace(self) -> None:
        """A new writer; the old one hangs, with whatever it holds, and finds itself fenced when it wakes."""
        sink = self.sink
        if not isinstance(sink, QueuedSink):
            return
        ghost, ghost_pass = self.pump, None
        if ghost is not None and not sink.lane.closed:
            ghost_pass = self._present()
            assert ghost_pass is not None
            held = len(sink.lane.take(ghost_pass))
        self.generation += 1
        self.pump = self._pump(sink)
        self.pump.start()
        if ghost is not None and ghost_pass is not None:
            fenced = sink.fenced
            assert not ghost.turn()
            with pytest.raises(FencedError):
                sink.lane.permit(ghost_pass, held)
            assert sink.fenced == fenced + held
            ghost.finish()

    def _present(self) -> Any:
        """The present writer's pass."""
        return self.sink.lane._pass

    def _pump(self, sink: QueuedSink) -> Pump:
        pump = sink.pump(self.generation, lambda: None)
        if self.sabotage is not None:
            pump._outlet = self.sabotage(pump._outlet)
        return pump

    def crash(self) -> None:
        if self.pump is not None:
            self.pump.fail()
            self.pump = None

    def close(self) -> None:
        """In order: the door first, then the writer carries out what is left."""
        self.closed = True
        getattr(self.sink, "lane", self.sink).refuse()
        if self.pump is None:
            self.replace()
        if self.pump is not None:
            self.pump.finish()
            self.pump = None

    # what is known of it

    def delivered(self) -> list[Key]:
        sink: Any = self.sink
        if self.kind == "memory":
            return [key(record) for record in (*sink.frames, *sink.truths, *sink.faults)]
        if self.kind.startswith("file"):
            return [(what, line["device"], line["sequence"]) for what, line in self._file_lines()]
        assert self.kind == "console-lines"
        lines = [line.split() for line in self.out.getvalue().splitlines()]
        return [(words[3] if words[3] in WORDS else "frame", words[1], int(words[2][4:])) for words in lines]

    def _file_lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for what, name in (("frame", "out.jsonl"), ("truth", "out.truth.jsonl"), ("fault", "out.faults.jsonl")):
            path = self.folder / name
            if path.exists():
                data = _unpacked(path.read_bytes(), self.kind)
                assert not data or data.endswith(b"\n")
                yield from ((what, json.loads(line)) for line in data.splitlines())

    def check(self) -> None:
        sink: Sink = self.sink
        for what, books in all_books(sink):
            assert books.totals().holds
            held = Counter(record.device for record in self._held() if key(record)[0] == what)
            for device in DEVICES:
                counts = books.of(device)
                assert counts.holds
                assert counts.accepted == self.given[what, device]
                assert counts.queued == held[device]
        assert sink.depth == len(self._held())
        if self.kind in ("memory", "console-lines") or self.kind.startswith("file"):
            self._check_delivered()

    def _held(self) -> Sequence[Record]:
        lane = getattr(self.sink, "lane", None)
        return [] if lane is None else [*lane._flight, *lane._queue]

    def _check_delivered(self) -> None:
        came = self.delivered()
        assert len(set(came)) == len(came), "nothing twice"
        counts = Counter(one[:2] for one in came)
        for what, books in all_books(self.sink):
            assert {device: books.of(device).acked for device in DEVICES} == {
                device: counts[what, device] for device in DEVICES
            }
            for device in DEVICES:
                order = [number for *who, number in came if who == [what, device]]
                assert order == sorted(order), "nothing in disorder"


def _unpacked(data: bytes, kind: str) -> bytes:
    if kind.endswith("gzip"):
        return gzip.decompress(data) if data else b""
    if kind.endswith("zstd"):
        zstandard = pytest.importorskip("zstandard")
        unpacked: bytes = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()
        return unpacked
    return data


_put = st.tuples(st.just("put"), st.sampled_from(DEVICES), st.integers(0, 2), st.integers(0, 4).map(lambda n: n == 0))
_step = st.one_of(_put, _put, _put, st.sampled_from([("turn",), ("turn",), ("crash",), ("replace",), ("gate",)]))


def _live(stage: Stage, steps: Sequence[tuple[Any, ...]]) -> None:
    for step in steps:
        match step:
            case ("put", device, what, bad):
                stage.put(device, what, bad)
            case ("gate",):
                stage.gated = not stage.gated
            case (word,):
                getattr(stage, word)()
        stage.check()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(_step, max_size=60))
def test_every_record_is_accounted_for(kind: str, steps: list[tuple[Any, ...]]) -> None:
    if kind == "file-zstd":
        pytest.importorskip("zstandard")
    with TemporaryDirectory() as folder:
        stage = Stage(kind, Path(folder))
        _live(stage, steps)
        stage.close()
        stage.check()
        stage.put("pi-1", FRAME, False)
        stage.check()
        totals = stage.sink.books.totals()
        assert totals.queued == 0
        assert totals.dropped["closed"] == 1
        assert stage.sink.truth_books.totals().queued == stage.sink.fault_books.totals().queued == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_without_bytes_is_rejected_and_the_others_flow(kind: str, tmp_path: Path) -> None:
    stage = Stage(kind, tmp_path)
    stage.gated = True
    for number in range(9):
        for what in (FRAME, TRUTH, FAULT):
            stage.put("pi-1", what, number == 4)
    stage.close()
    stage.check()
    sink: Any = stage.sink
    looks_inside = kind not in ("null", "memory")
    kept = CAPACITY if kind == "memory" else 9
    assert sink.books.totals().rejected == (1 if looks_inside else 0)
    assert sink.books.totals().acked == (8 if looks_inside else min(9, kept))
    if looks_inside:
        assert {one[:3] for one in sink.rejected} >= {("pi-1", 12, "frame")}
        assert all(one.reason for one in sink.rejected)
    if kind.startswith("file"):
        lines = [json.loads(line) for line in (tmp_path / "out.rejected.jsonl").read_text().splitlines()]
        assert {(line["device"], line["sequence"], line["what"]) for line in lines} == {
            ("pi-1", "12", "frame"),
            ("pi-1", "13", "truth"),
            ("pi-1", "14", "fault"),
        }
        assert all(any(word in line["record"] for word in ("forty", "well", "grave")) for line in lines)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith(("file", "console"))])
def test_at_pace_max_nothing_is_dropped_however_slow_the_sink(kind: str, tmp_path: Path) -> None:
    stage = Stage(kind, tmp_path)
    stage.gated = True
    for _ in range(10 * CAPACITY):
        stage.put("pi-1", FRAME, False)
    assert not stage.sink.open()
    stage.close()
    assert stage.sink.open()
    assert stage.sink.books.totals().acked == 10 * CAPACITY


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_abandoned_is_named(kind: str, tmp_path: Path) -> None:
    stage = Stage(kind, tmp_path)
    for _ in range(5):
        stage.put("pi-2", FRAME, False)
    queued = stage.sink.depth
    assert stage.sink.abandon() == queued
    stage.put("pi-2", FRAME, False)
    totals = stage.sink.books.totals()
    assert totals.holds
    assert totals.queued == 0
    assert totals.dropped == {"abandoned": queued + 1}
    assert stage.sink.open()


class _Forgetful:
    """An outlet that says it wrote a batch and leaves its first record out: what the contract must notice."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outlet, name)

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        return self._outlet.write(batch[1:], permit)


class _Stuttering(_Forgetful):
    """An outlet that writes its first record twice."""

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        return self._outlet.write([batch[0], *batch], permit)


@pytest.mark.parametrize("sabotage", [_Forgetful, _Stuttering])
@pytest.mark.parametrize("kind", ["file", "file-gzip", "console-lines"])
def test_the_contract_can_fail(kind: str, sabotage: Any, tmp_path: Path) -> None:
    stage = Stage(kind, tmp_path, sabotage)
    for _ in range(3):
        stage.put("pi-1", FRAME, False)
    with pytest.raises(AssertionError):
        _live(stage, [("turn",), ("turn",)])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith(("file", "console"))])
def test_nothing_leaves_before_it_is_permitted(kind: str, tmp_path: Path) -> None:
    """The fence stands right before the outside: a writer that hung while it encoded must not write any more."""
    stage = Stage(kind, tmp_path)
    outlet: Outlet = stage.sink._outlet()
    outlet.open()

    def refuse() -> None:
        raise FencedError

    with pytest.raises(FencedError):
        outlet.write([frame("pi-1", 0), truth("pi-1", 0), fault("pi-1", 0)], refuse)
    outlet.close()
    assert "pi-1" not in stage.out.getvalue()
    assert [path for path in tmp_path.iterdir() if path.stat().st_size] == []


def test_every_built_in_kind_stands_in_this_contract() -> None:
    kinds: list[SinkKind] = [null.SINK, memory.SINK, file.SINK, console.SINK]  # mypy holds them to the protocol
    own = {word for word in SINKS.names() if SINKS.origin(word).startswith("actors.sinks.")} - BROKERED
    assert {kind.name for kind in kinds} == own == {kind.partition("-")[0] for kind in KINDS}
    assert SINKS.problems() == ()
    for kind in kinds:
        assert SINKS.get(kind.name) is kind


LINES = [word for word in FORMATS.names() if not getattr(FORMATS.get(word), "binary", False)]
"""Formats for sinks that write lines; the binary ones are refused there, and go to sinks that keep records apart."""


@pytest.mark.parametrize("word", LINES)
def test_every_format_of_text_makes_one_line_a_record_and_refuses_what_it_cannot_say(word: str) -> None:
    encoder: Format = FORMATS.get(word)
    assert encoder.name == word
    assert encoder.extension.startswith(".")
    assert tells_faults(encoder)
    made = (
        encoder.encode(frame("pi-1", 0)),
        encoder.encode_truth(truth("pi-1", 0)),
        encoder.encode_fault(fault("pi-1", 0)),
    )
    for line in made:
        assert line
        assert b"\n" not in line
    batch: list[Record] = [
        frame("pi-1", 0),
        frame("pi-1", 1, bad=True),
        truth("pi-1", 0),
        truth("pi-1", 1, bad=True),
        frame("pi-1", 2),
        fault("pi-1", 0),
        fault("pi-1", 1, bad=True),
        fault("pi-1", 2),
    ]
    assert {"json", "json-schema"} <= set(LINES)
    lines = encode_batch(encoder, batch)
    assert [made.count(b"\n") for made in lines[:3]] == [2, 1, 2]
    assert set(lines.refused) == {1, 3, 6}


def test_the_table_counts_what_it_is_given() -> None:
    table = LiveTable(False)
    table.take(frame("pi-1", 0))
    assert (table.frames, table.readings) == (1, 6)
