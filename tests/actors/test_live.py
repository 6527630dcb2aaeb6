"""The live view: what it keeps, what it costs nothing, and that it survives its own crash."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from actors.live import LEAST_DEPTH, LiveMemory, Trace
from actors.state import RunState
from actors.state_commands import made_command
from actors.system import Simulation
from actors.vocabulary import Words
from schemas.addresses import LIVE
from schemas.commands import Crash, Done, InjectFault, Later, Pause, Refused, Resume, SetInterval, SetParameter
from schemas.events import Entry
from schemas.queries import FleetView, GetFleet, GetHistory, GetRecords, GetSettings
from schemas.readings import Frame, Reading, Truth
from schemas.scenario import load_scenario

SECOND = 1_000_000_000
TEXT = """
version: 1
pace: max
fleet:
  - {name: cpu, kind: cpu, count: 3, interval: 1s}
sinks:
  - {kind: memory, truth: true}
"""


def made(live: bool = True, state: RunState | None = None) -> Simulation:
    scenario = load_scenario(TEXT, "live", vocabulary=Words())
    return Simulation.from_scenario(scenario, kernels="interpreted", live=live, state=state)


@pytest.fixture
def run() -> Iterator[Simulation]:
    simulation = made()
    simulation.begin()
    yield simulation
    simulation.close()


def live(simulation: Simulation, seconds: float) -> None:
    dispatcher = simulation.dispatcher
    dispatcher.run(dispatcher.now_ns + round(seconds * SECOND))


def fleet(simulation: Simulation) -> FleetView:
    view: FleetView = simulation.ask(GetFleet())
    return view


def test_it_has_the_newest_of_every_device_as_the_sinks_do(run: Simulation) -> None:
    live(run, 5)
    sink: Any = run.sinks[0]
    view = fleet(run)
    assert dict(view.frames) == {frame.device: frame for frame in sink.frames}
    assert dict(view.truths) == {truth.device: truth for truth in sink.truths}
    assert set(view.states.values()) == {"running"}


def test_its_answers_do_not_change_any_more(run: Simulation) -> None:
    live(run, 2)
    before = fleet(run)
    kept = dict(before.frames)
    run.send(Pause("cpu-0001"))
    live(run, 3)
    assert dict(before.frames) == kept
    assert (before.states["cpu-0001"], fleet(run).states["cpu-0001"]) == ("running", "paused")


def test_the_digest_is_the_same_with_and_without_it() -> None:
    digests = []
    for seen in (False, True):
        simulation = made(live=seen)
        simulation.begin()
        live(simulation, 30)
        digests.append(simulation.fleet.digests())
        simulation.close()
    assert digests[0] == digests[1]


def test_records_are_numbered_without_gaps_and_the_oldest_go_first(run: Simulation) -> None:
    assert run.live is not None
    live(run, 10)
    whole = run.ask(GetRecords(0, 10**6))
    assert (whole.start, len(whole.records), whole.following) == (0, run.live.count, run.live.count)
    kinds = {type(record) for record in whole.records}
    assert kinds == {Frame, Truth, Entry}
    for start, limit in [(0, 3), (5, 1), (whole.following - 2, 10), (whole.following, 5), (whole.following + 9, 5)]:
        part = run.ask(GetRecords(start, limit))
        assert part.records == whole.records[start : start + limit]
        assert part.start == min(start, whole.following)
    small = LiveMemory({"a": ("power",)}, kept=4)
    for n in range(10):
        small.records.append(frame(n))
        small.count += 1
    assert [record.sequence for record in small.records] == [6, 7, 8, 9]  # type: ignore[union-attr]


def test_a_crash_of_the_view_loses_nothing_that_it_had(run: Simulation) -> None:
    live(run, 3)
    before = fleet(run)
    run.dispatcher.directory.endpoint(LIVE).tell(Crash(LIVE))
    live(run, 60)
    after = fleet(run)
    assert after.following > before.following
    assert after.frames["cpu-0001"].sequence > before.frames["cpu-0001"].sequence
    history = run.ask(GetHistory("cpu-0001", "power", 1_000))
    assert history.sensors[0][1][0].time_ns == before.frames["cpu-0001"].time_ns - 2 * SECOND


def test_settings_are_counted_and_faults_are_known_at_once(run: Simulation) -> None:
    live(run, 1)
    run.send(SetParameter("cpu-0001", "room_temperature_c", 30.0))
    run.send(SetInterval("cpu-0001", 2 * SECOND, "power"))
    run.send(InjectFault("cpu-0001", "load", "stuck", id="x", duration_ns=5 * SECOND))
    view = fleet(run)
    assert (view.revisions, view.parameters) == ({"cpu-0001": 2}, {"cpu-0001": {"room_temperature_c": 30.0}})
    assert view.intervals["cpu-0001"]["power"] == 2 * SECOND
    assert [(fault.id, fault.sensor) for fault in view.faults["cpu-0001"]] == [("x", "load")]
    assert run.ask(GetSettings("cpu-0001")) == (2, {"room_temperature_c": 30.0})
    live(run, 6)
    assert "cpu-0001" not in fleet(run).faults


def frame(n: int, value: float | None = 1.0, sensor: str = "power") -> Frame:
    reading = Reading(sensor, "power", "W", value, n * SECOND)
    return Frame("a", "cpu", n, n * SECOND, (reading,), None)


def truth(n: int, clean: float | None) -> Truth:
    return Truth("a", n, n * SECOND, "running", 1.0, None, (), (), (), (("power", clean), ("fan", None)))


def test_a_trace_keeps_the_last_rows_and_tells_nothing_from_not_there() -> None:
    trace = Trace(("power", "fan"), 4)
    for n in range(6):
        trace.add(frame(n, None if n == 4 else n / 2))
        if n != 3:
            trace.complete(truth(n, n * 1.0))
    assert [tuple(point) for point in trace.history("power", 10)] == [
        (2 * SECOND, 1.0, 2.0),
        (3 * SECOND, 1.5, None),
        (4 * SECOND, None, 4.0),
        (5 * SECOND, 2.5, 5.0),
    ]
    assert trace.history("power", 1)[0].time_ns == 5 * SECOND
    assert trace.history("fan", 10) == ()
    trace.add(frame(6, 9.0, "fan"))
    assert [point.time_ns for point in trace.history("power", 10)] == [3 * SECOND, 4 * SECOND, 5 * SECOND]
    assert [tuple(point) for point in trace.history("fan", 10)] == [(6 * SECOND, 9.0, None)]


def test_history_is_shorter_for_a_large_fleet_and_never_too_short() -> None:
    few = LiveMemory({"a": ("power",)})
    many = LiveMemory({str(n): ("power",) for n in range(20_000)})
    for n in range(LEAST_DEPTH + 5):
        for memory in (few.traces["a"], many.traces["0"]):
            memory.add(frame(n))
    assert len(few.traces["a"].history("power", 10**6)) == LEAST_DEPTH + 5
    assert len(many.traces["0"].history("power", 10**6)) == LEAST_DEPTH


# --- many commands in one go, and commands for later ---


def test_many_commands_are_answered_each_in_their_order(run: Simulation) -> None:
    live(run, 1)
    replies = run.send_all([Pause("cpu-0001"), Pause("cpu-0001"), Pause("cpu-0002"), Pause("nobody")])
    assert [type(reply) for reply in replies] == [Done, Refused, Done, Refused]
    assert "paused cannot pause" in replies[1].reason  # type: ignore[union-attr]
    assert "nobody lives at fleet/nobody" in replies[3].reason  # type: ignore[union-attr]
    assert run.reception.commands == 4


def test_a_command_for_later_comes_at_its_instant_after_those_asked_for_before(run: Simulation) -> None:
    live(run, 1.5)
    now = run.dispatcher.now_ns
    run.send(Later(3 * SECOND, SetParameter("cpu-0001", "room_temperature_c", 2.0)))
    run.send(Later(3 * SECOND, SetParameter("cpu-0001", "room_temperature_c", 3.0)))
    run.send(Later(1 * SECOND, SetParameter("cpu-0001", "room_temperature_c", 1.0)))
    live(run, 10)
    set_at = [
        (entry.event.time_ns - now, entry.event.value)  # type: ignore[union-attr]
        for entry in run.journal.entries
        if type(entry.event).__name__ == "ParameterSet"
    ]
    assert set_at == [(SECOND, 1.0), (3 * SECOND, 2.0), (3 * SECOND, 3.0)]


def test_commands_that_are_told_together_are_written_down_together_and_each(tmp_path: Path) -> None:
    state = RunState(tmp_path)
    simulation = made(state=state)
    simulation.begin()
    live(simulation, 1)
    fault = InjectFault("cpu-0002", "load", "stuck", MappingProxyType({"value": 7.0}), id="x")
    told: list[Any] = [Pause("cpu-0001"), Later(5 * SECOND, Resume("cpu-0001")), fault]
    before = state.db.logged()
    simulation.send_all(told)
    logged = state.db.logged()[len(before) :]
    assert [made_command(entry) for entry in logged] == told
    assert {entry["now_ns"] for entry in logged} == {simulation.dispatcher.now_ns}
    simulation.close()
