"""How a run ends: in order, in its time, and with every abandoned thread counted."""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pykka
import pytest

from actors.families import SINKS
from actors.sinks.base import Limits, QueuedSink, SinkOptions
from actors.sinks.base.records import Record, Rejected
from actors.system import Simulation
from actors.vocabulary import Words
from api.production import end_code
from schemas.scenario import load_scenario

TEXT = """
version: 1
pace: max
fleet:
  - {kind: cpu, count: 2, interval: 1s}
sinks:
  - {kind: 'null', name: out}
  - {kind: memory}
"""


class Outlet:
    """Takes what it is given; hangs or raises at the end when told to."""

    linger_s = 0.0

    def __init__(self, at_end: Callable[[], None]) -> None:
        self._at_end = at_end

    def open(self) -> None: ...

    def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
        permit()
        return {}

    def rest(self) -> float:
        return 0.0

    def refused(self, rejected: Sequence[Rejected], records: Sequence[Record]) -> None: ...

    def close(self) -> None:
        self._at_end()


class Kind:
    """A kind of sink with that outlet, in the place of `null`."""

    name = "null"
    options = SinkOptions

    def __init__(self, at_end: Callable[[], None]) -> None:
        self._at_end = at_end

    def claims(self, options: Any, truth: bool) -> tuple[str, ...]:
        return ()

    def prepare(self, options: Any, truth: bool) -> list[Any]:
        return []

    def build(self, options: Any, surroundings: Any) -> QueuedSink:
        sink = QueuedSink(self.name, surroundings, Limits(), lambda: Outlet(self._at_end))
        quick = [part._replace(shutdown_s=min(part.shutdown_s, 0.3)) for part in sink.parts]
        return Quick(sink, tuple(quick))  # type: ignore[return-value]


class Quick:
    """The same sink with a short time for its end."""

    def __init__(self, sink: QueuedSink, parts: tuple[Any, ...]) -> None:
        self._sink = sink
        self.parts = parts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], Simulation]:
    """Runs the scenario for a minute with a first sink whose writer ends as told."""
    known = SINKS.get

    def run(at_end: Callable[[], None]) -> Simulation:
        kind = Kind(at_end)
        monkeypatch.setattr(SINKS, "get", lambda word: kind if word == "null" else known(word))
        scenario = load_scenario(TEXT, "test", vocabulary=Words())
        simulation = Simulation.from_scenario(scenario, kernels="interpreted")
        simulation.run(60 * 10**9)
        return simulation

    return run


def test_an_end_in_order_leaves_nobody_behind(ending: Any) -> None:
    simulation = ending(lambda: None)
    summary = simulation.summary()
    assert (summary.zombies, summary.ended, summary.problem) == (0, "duration", None)
    assert simulation.closed.clean
    assert [phase.name for phase in simulation.closed.phases] == [
        "scheduler-off", "mailboxes-drained", "sinks-flushed", "spool-synced", "supervisor",
    ]  # fmt: skip
    assert summary.sinks["out"]["acked"] == summary.sinks["memory"]["acked"] == 120


def test_a_thread_that_does_not_end_is_abandoned_counted_and_holds_up_nobody(ending: Any) -> None:
    release = threading.Event()
    try:
        simulation = ending(lambda: release.wait(200) and None)
        summary = simulation.summary()
        assert summary.zombies == 1
        assert end_code(summary) == 70
        assert summary.sinks["memory"]["acked"] == 120
        assert simulation.closed.took_s < 10
    finally:
        release.set()


def test_a_run_that_is_over_leaves_no_thread_and_no_actor(ending: Any) -> None:
    before = set(threading.enumerate())
    actors = len(pykka.ActorRegistry.get_all())
    ending(lambda: None)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before
    assert len(pykka.ActorRegistry.get_all()) == actors


def test_what_a_sink_could_not_carry_out_is_named_in_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    known = SINKS.get

    class Full(Outlet):
        def write(self, batch: Sequence[Record], permit: Callable[[], None]) -> Mapping[int, str]:
            raise OSError(28, "No space left on device")

    class FullKind(Kind):
        def build(self, options: Any, surroundings: Any) -> QueuedSink:
            sink = QueuedSink(self.name, surroundings, Limits(), lambda: Full(lambda: None))
            return Quick(sink, tuple(part._replace(shutdown_s=0.3) for part in sink.parts))  # type: ignore[return-value]

    kind = FullKind(lambda: None)
    monkeypatch.setattr(SINKS, "get", lambda word: kind if word == "null" else known(word))
    simulation = Simulation.from_scenario(load_scenario(TEXT, "test", vocabulary=Words()), kernels="interpreted")
    summary = simulation.run(20 * 10**9)
    books = summary.sinks["out"]
    assert (books["accepted"], books["acked"], books["queued"], books["dropped"]) == (40, 0, 0, {"abandoned": 40})
    assert summary.sinks["memory"]["acked"] == 40


def test_the_summary_of_a_closed_run_stays_as_it_is(ending: Any) -> None:
    simulation = ending(lambda: None)
    first = simulation.summary()
    simulation.close()
    assert simulation.summary() is first


def test_no_device_speaks_before_its_sinks_are_there(ending: Any) -> None:
    summary = ending(lambda: None).summary()
    assert summary.dead_letters == {}
    assert summary.sinks["out"]["accepted"] == summary.frames == 120


@pytest.mark.parametrize("live", [False, True])
def test_nobody_is_told_anything_after_the_end(live: bool) -> None:
    scenario = load_scenario(
        "version: 1\npace: max\nfleet: [{kind: cpu, count: 2}]\nsinks: [{kind: 'null'}]", "x", vocabulary=Words()
    )
    summary = Simulation.from_scenario(scenario, kernels="interpreted", live=live).run(20 * 10**9)
    assert summary.frames
    assert summary.dead_letters == {}


def test_to_stop_a_run_that_has_ended_is_no_mistake(ending: Any) -> None:
    """A thread of its own does it: an error there would be a failure of this test."""
    simulation = ending(lambda: None)
    simulation.request_stop()
    for thread in threading.enumerate():
        if thread.name == "stop":
            thread.join(10)
    simulation.dispatcher.stop()


def test_a_sink_that_cannot_start_ends_the_run_before_anything_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    known = SINKS.get

    class Hopeless(Outlet):
        def open(self) -> None:
            raise RuntimeError("no such place")

    class HopelessKind(Kind):
        def build(self, options: Any, surroundings: Any) -> QueuedSink:
            return QueuedSink(self.name, surroundings, Limits(), lambda: Hopeless(lambda: None))

    kind = HopelessKind(lambda: None)
    monkeypatch.setattr(SINKS, "get", lambda word: kind if word == "null" else known(word))
    simulation = Simulation.from_scenario(load_scenario(TEXT, "test", vocabulary=Words()), kernels="interpreted")
    summary = simulation.run(60 * 10**9)
    assert summary.ended == "failed"
    assert "no such place" in str(summary.problem)
    assert summary.frames == 0


BLOCKED = """
import sys, time
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.scenario import load_scenario

class Blocking:
    def __init__(self, body):
        self._body = body
    def __getattr__(self, name):
        return getattr(self._body, name)
    def advance(self, to_tick):
        time.sleep(1000)

scenario = load_scenario(sys.stdin.read(), "test", vocabulary=Words())
simulation = Simulation.from_scenario(scenario, kernels="interpreted")
memory = simulation.fleet.devices["cpu-0002"]
memory.body = Blocking(memory.body)
say = lambda report: print(report.splitlines()[0], flush=True)
simulation.run(60 * 10**9, on_blocked=say, end_blocked_after_s=3.0)
"""


def test_code_that_blocks_the_fleet_is_named_and_ends_the_process_with_its_own_code() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], input=TEXT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 75, done.stderr
    assert done.stdout.startswith("fleet/cpu-0002 does not come back from its code")
