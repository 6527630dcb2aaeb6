"""Sinks as actors: doors on a real dispatcher, writers on real threads, crashes, hangs and stops."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from actors.sinks import file, memory, null
from actors.sinks.base import Limits, Outlet, Part, QueuedSink, Record, Rejected, Sink, Surroundings
from engine.actor import DispatchedActor
from engine.cell import Exit
from engine.clock import MAX
from engine.dispatcher import Dispatcher
from schemas.commands import Crash
from schemas.queries import GetBooks, SinkView
from schemas.readings import Frame, Reading, Truth

WAIT_S = 20.0


def _frame(sequence: int, device: str = "pi-1") -> Frame:
    return Frame(device, "raspberry-pi", sequence, sequence, (Reading("fan", "fan", "CFM", 1.5, sequence),), None)


class House:
    """A dispatcher with sinks on it and a supervisor's bare hands."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher()
        self.exits: list[Exit] = []
        self.ended: list[str] = []
        self.dispatcher.on_exit = self.exits.append
        self._generations: dict[str, int] = {}

    def around(self, **more: Any) -> Surroundings:
        return Surroundings("out", gated=lambda: self.dispatcher.pacer.pace == MAX, ended=self.ended.append, **more)

    def start(self, sink: Sink, *addresses: str) -> list[Any]:
        return [self._spawn(part) for part in sink.parts if not addresses or part.address in addresses]

    def _spawn(self, part: Part) -> Any:
        self._generations[part.address] = generation = self._generations.get(part.address, 0) + 1
        return self.dispatcher.spawn(part.address, generation, lambda: part.factory(part.address, generation))

    def tell(self, *messages: Any) -> None:
        endpoint = self.dispatcher.directory.endpoint("sinks/out")
        for message in messages:
            endpoint.tell(message)
        self.dispatcher.run()


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.dispatcher.close()


class Gated:
    """An outlet that keeps what it is given, and waits where a test wants it to."""

    linger_s = 0.0

    def __init__(self) -> None:
        self.came: list[Record] = []
        self.deepest = 0
        self.before = threading.Event()
        self.go = threading.Event()
        self.go.set()
        self.sink: QueuedSink | None = None
        self.closed = 0

    def open(self) -> None:
        pass

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        batch = list(batch)
        self.before.set()
        assert self.go.wait(WAIT_S)
        permit()
        assert self.sink is not None
        self.deepest = max(self.deepest, self.sink.depth)
        self.came += batch
        return {}

    def rest(self) -> float:
        return 0.0

    def refused(self, rejected: Sequence[Rejected], records: Sequence[Record]) -> None:
        raise AssertionError

    def close(self) -> None:
        self.closed += 1


def _gated_sink(house: House, limits: Limits, *outlets: Gated) -> QueuedSink:
    left = list(outlets)
    make: Callable[[], Outlet] = lambda: left.pop(0) if len(left) > 1 else left[0]  # noqa: E731
    sink = QueuedSink("gated", house.around(), limits, make)
    for outlet in outlets:
        outlet.sink = sink
    return sink


def _stop(refs: Sequence[Any]) -> None:
    for ref in reversed(refs):
        ref.stop(block=True, timeout=WAIT_S)


def test_a_stop_in_order_flushes_everything(house: House, tmp_path: Path) -> None:
    sink = file.SINK.build(file.FileOptions(path=str(tmp_path / "out.jsonl")), house.around(truth=True))
    refs = house.start(sink)
    house.tell(*map(_frame, range(1000)), Truth("pi-1", 0, 0, "running", 1.0, None, (), (), (), ()))
    _stop(refs)
    house.dispatcher.run()
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == list(range(1000))
    assert len((tmp_path / "out.truth.jsonl").read_bytes().splitlines()) == 1
    assert sink.books.totals().acked == 1000
    assert [(exit.address, exit.reason) for exit in house.exits] == [
        ("sinks/out", "normal"),
        ("sinks/out/writer", "normal"),
    ]


def test_few_records_are_not_left_lying(house: House) -> None:
    outlet = Gated()
    sink = _gated_sink(house, Limits(batch=256), outlet)
    refs = house.start(sink)
    house.tell(_frame(0))
    assert outlet.before.wait(WAIT_S), "one record wakes the writer by itself"
    _stop(refs)
    assert len(outlet.came) == 1


def test_after_a_sleep_the_next_record_wakes_the_writer(house: House) -> None:
    outlet = Gated()
    sink = _gated_sink(house, Limits(batch=256), outlet)
    refs = house.start(sink)
    for sequence in range(200):
        outlet.before.clear()
        house.tell(_frame(sequence))
        assert outlet.before.wait(WAIT_S)
    _stop(refs)
    assert [record.sequence for record in outlet.came] == list(range(200))


def test_at_pace_max_the_clock_waits_above_the_high_water_mark(house: House) -> None:
    outlet = Gated()
    sink = _gated_sink(house, Limits(capacity=64, high_water=40, batch=8), outlet)
    refs = house.start(sink)
    house.dispatcher.gates.append(sink.open)
    endpoint = house.dispatcher.directory.endpoint("sinks/out")

    class Device(DispatchedActor):
        def on_receive(self, due: int) -> None:
            endpoint.tell(_frame(due))

    with house.dispatcher.active():
        device = Device.start()
    house.dispatcher.every(device, 1, 0)
    house.dispatcher.run(until_ns=5000)
    _stop(refs)
    assert [record.sequence for record in outlet.came] == list(range(5000))
    assert sink.books.totals().dropped == {}
    assert 1 <= outlet.deepest <= 41


def test_in_real_time_a_sink_that_is_stuck_holds_nobody_up(house: House) -> None:
    outlet = Gated()
    outlet.go.clear()
    sink = _gated_sink(house, Limits(capacity=10, high_water=5, batch=4), outlet)
    house.dispatcher.set_pace(1.0)
    refs = house.start(sink)
    house.tell(_frame(0))
    assert outlet.before.wait(WAIT_S)
    house.tell(*map(_frame, range(1, 101)))
    totals = sink.books.totals()
    assert totals.holds
    assert totals.dropped == {"shed": 90}
    outlet.go.set()
    _stop(refs)
    assert [record.sequence for record in outlet.came] == list(range(11))


def test_a_door_that_dies_is_replaced_and_nothing_is_lost(house: House) -> None:
    sink = memory.SINK.build(memory.MemoryOptions(), house.around())
    house.start(sink)
    house.tell(_frame(0), Crash("sinks/out"))
    assert [(exit.error, exit.where) for exit in house.exits] == [("RuntimeError", "receive")]
    house.start(sink)
    house.tell(_frame(1))
    assert [frame.sequence for frame in sink.frames] == [0, 1]
    assert sink.books.totals().acked == 2


def test_a_door_that_is_stopped_and_started_again_opens_again(house: House, tmp_path: Path) -> None:
    for sink in (
        memory.SINK.build(memory.MemoryOptions(), house.around()),
        file.SINK.build(file.FileOptions(path=str(tmp_path / "out.jsonl")), house.around()),
    ):
        for sequence in range(2):
            refs = house.start(sink)
            house.tell(_frame(sequence))
            _stop(refs)
        assert sink.books.totals().acked == 2


def test_a_writer_that_crashes_loses_nothing(house: House, tmp_path: Path) -> None:
    sink = file.SINK.build(file.FileOptions(path=str(tmp_path / "out.jsonl"), batch=10), house.around())
    writer, door = house.start(sink)
    for round_ in range(5):
        house.tell(*map(_frame, range(round_ * 100, round_ * 100 + 100)))
        writer.tell(Crash("sinks/out/writer"))
        assert writer.actor_stopped.wait(WAIT_S)
        (writer,) = house.start(sink, "sinks/out/writer")
    _stop([writer, door])
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == list(range(500))
    assert sink.books.totals().acked == 500


def test_a_writer_that_cannot_open_dies_and_its_records_wait(house: House, tmp_path: Path) -> None:
    path = tmp_path / "sub" / "out.jsonl"
    sink = file.SINK.build(file.FileOptions(path=str(path)), house.around())
    writer, door = house.start(sink)
    house.tell(_frame(0))
    assert writer.actor_stopped.wait(WAIT_S)
    house.dispatcher.run()
    assert [(exit.error, exit.where) for exit in house.exits] == [("FileNotFoundError", "on_start")]
    assert sink.books.totals().queued == 1
    path.parent.mkdir()
    (writer,) = house.start(sink, "sinks/out/writer")
    _stop([writer, door])
    assert len(path.read_bytes().splitlines()) == 1


def test_a_writer_that_fails_to_open_lets_go_of_what_it_had(house: House) -> None:
    class Locked(Gated):
        def open(self) -> None:
            raise PermissionError("no")

    outlet = Locked()
    (writer,) = house.start(_gated_sink(house, Limits(), outlet), "sinks/out/writer")
    assert writer.actor_stopped.wait(WAIT_S)
    assert outlet.closed == 1


def test_a_door_that_was_stopped_takes_nothing(house: House) -> None:
    sink = _gated_sink(house, Limits(), Gated())
    _stop(house.start(sink))
    sink.lane.put(_frame(0))
    assert sink.books.totals().dropped == {"closed": 1}


def test_s9_a_replaced_writer_writes_nothing_when_it_wakes(house: House) -> None:
    """It hangs with a thousand records in hand, is replaced, wakes: none is written twice, a thousand are fenced."""
    stuck, fresh = Gated(), Gated()
    stuck.go.clear()
    sink = _gated_sink(house, Limits(batch=1000), stuck, fresh)
    door = house.start(sink, "sinks/out")
    house.tell(*map(_frame, range(1000)))
    house.start(sink, "sinks/out/writer")
    assert stuck.before.wait(WAIT_S)
    house.dispatcher.kill("sinks/out/writer")
    successor = house.start(sink, "sinks/out/writer")
    house.tell(*map(_frame, range(1000, 1010)))
    _stop([*successor, *door])
    stuck.go.set()
    assert _eventually(lambda: stuck.closed > 0), "it lets go of what it held open"
    assert [record.sequence for record in fresh.came] == list(range(1010))
    assert stuck.came == []
    assert sink.fenced == 1000
    assert sink.books.totals().acked == 1010


def test_a_writer_that_hangs_by_command_is_replaced(house: House) -> None:
    first, second = Gated(), Gated()
    sink = _gated_sink(house, Limits(batch=10), first, second)
    _, door = house.start(sink)
    house.dispatcher.hang("sinks/out/writer")
    house.tell(*map(_frame, range(100)))
    house.dispatcher.kill("sinks/out/writer")
    (successor,) = house.start(sink, "sinks/out/writer")
    _stop([successor, door])
    assert sorted(record.sequence for record in (*first.came, *second.came)) == list(range(100))
    assert sink.books.totals().acked == 100


def test_the_books_are_told_to_who_asks(house: House) -> None:
    sink = null.SINK.build(null.NullOptions(), house.around())
    house.start(sink)
    house.tell(_frame(0), _frame(1, "pi-2"))
    view = house.dispatcher.ask("sinks/out", GetBooks("out"), WAIT_S)
    assert isinstance(view, SinkView)
    assert (view.sink, view.kind, view.frames.acked, view.depth) == ("out", "null", 2, 0)


@pytest.mark.parametrize("message", ["words", 3, None, Record])
def test_a_message_that_is_not_for_sinks_is_an_error(house: House, message: object) -> None:
    house.start(null.SINK.build(null.NullOptions(), house.around()))
    house.tell(message)
    assert [exit.error for exit in house.exits] == ["TypeError"]


def test_taking_from_the_memory_sink_empties_it(house: House) -> None:
    sink = memory.SINK.build(memory.MemoryOptions(limit=2, policy="block"), house.around(truth=True))
    house.start(sink)
    house.tell(_frame(0), _frame(1), Truth("pi-1", 0, 0, "running", 1.0, None, (), (), (), ()))
    assert not sink.open()
    frames, truths = sink.take()
    assert ([frame.sequence for frame in frames], len(truths)) == ([0, 1], 1)
    assert sink.open()
    assert sink.take() == ([], [])


@pytest.mark.parametrize(
    ("policy", "kept", "dropped"),
    [("drop-oldest", [3, 4], "oldest"), ("drop-newest", [0, 1], "newest"), ("block", [0, 1], "shed")],
)
def test_a_full_memory_sink_in_real_time(house: House, policy: Any, kept: list[int], dropped: str) -> None:
    house.dispatcher.set_pace(1.0)
    sink = memory.SINK.build(memory.MemoryOptions(limit=2, policy=policy), house.around())
    house.start(sink)
    house.tell(*map(_frame, range(5)))
    assert [frame.sequence for frame in sink.frames] == kept
    totals = sink.books.totals()
    assert totals.holds
    assert (totals.acked, totals.dropped) == (2, {dropped: 3})


@pytest.mark.parametrize(
    ("policy", "kept", "dropped"),
    [
        ("drop-oldest", list(range(15, 25)), "oldest"),
        ("drop-newest", list(range(10)), "newest"),
        ("block", list(range(10)), "shed"),
    ],
)
def test_the_policies_of_a_lane(house: House, policy: Any, kept: list[int], dropped: str) -> None:
    house.dispatcher.set_pace(1.0)
    outlet = Gated()
    sink = _gated_sink(house, Limits(10, 5, 4, policy), outlet)
    door = house.start(sink, "sinks/out")
    house.tell(*map(_frame, range(25)))
    assert sink.books.totals().dropped == {dropped: 15}
    writer = house.start(sink, "sinks/out/writer")
    _stop([*writer, *door])
    assert [record.sequence for record in outlet.came] == kept
    assert sink.books.totals().holds


def _eventually(true: Callable[[], bool]) -> bool:
    """Wait in real time for another thread to get there."""
    for _ in range(round(WAIT_S / 0.01)):
        if true():
            return True
        threading.Event().wait(0.01)
    return False
