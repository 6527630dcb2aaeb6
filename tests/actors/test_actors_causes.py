"""Common causes: what befalls a room, a feed or a batch is felt by its devices, each in its time, and by no others."""

from statistics import fmean
from typing import Any

import pytest

from actors.system import Simulation
from actors.vocabulary import Words
from engine.causes import CAUSES
from schemas.events import FaultInjected, StateChanged
from schemas.problems import InvalidInput
from schemas.readings import Truth
from schemas.scenario import load_scenario

TEXT = """
version: 1
name: rooms
seed: 12
pace: max
duration: 2h
fleet:
  - {{name: a, kind: raspberry-pi, model: "4", count: 4, interval: 10s, labels: {{room: north, feed: one}}}}
  - {{name: b, kind: cpu, count: 4, interval: 10s, labels: {{room: south, feed: two}}}}
sinks:
  - {{kind: memory, truth: true, options: {{limit: 100000}}}}
timeline:
  - {step}
"""


def simulate(step: str) -> Simulation:
    text = TEXT.format(step=step) if step else TEXT.format(step="").partition("timeline:")[0]
    simulation = Simulation.from_scenario(load_scenario(text, "test", [], vocabulary=Words()))
    simulation.run()
    return simulation


@pytest.fixture(scope="module")
def calm() -> Simulation:
    return simulate("")


def truths(simulation: Simulation, device: str) -> list[tuple[float, Truth]]:
    """Truths of a device with the minute of the run."""
    start = simulation.scenario.start_ns
    return [((t.time_ns - start) / 6e10, t) for t in simulation.sinks[0].truths if t.device == device]


def warmth(simulation: Simulation, device: str, first: float, last: float) -> float:
    """Mean true temperature between two minutes."""
    return fmean(
        dict(t.clean)["temperature"] or 0.0 for minute, t in truths(simulation, device) if first <= minute < last
    )


def events(simulation: Simulation, kind: type) -> list[Any]:
    return [entry.event for entry in simulation.journal.entries if isinstance(entry.event, kind)]


def frames(simulation: Simulation, group: str) -> list[Any]:
    return [frame for frame in simulation.sinks[0].frames if frame.device.startswith(group)]


def test_room_heat_warms_its_room_slowly_and_no_other(calm: Simulation) -> None:
    hot = simulate(
        "{at: 20m, do: inject-fault, on: {labels: {room: north}}, sensor: body, fault: room-heat, id: ac,"
        " parameters: {kelvin: 12}, for: 50m}"
    )
    assert frames(hot, "b") == frames(calm, "b")
    for device in ("a-0001", "a-0004"):
        rise = [warmth(hot, device, m, m + 5) - warmth(calm, device, m, m + 5) for m in (10, 22, 60, 115)]
        assert rise[0] == 0.0
        assert 0.5 < rise[1] < 6.0  # the room follows in ten minutes
        assert 9.0 < rise[2] < 16.0
        assert rise[3] < 2.0
    told = events(hot, FaultInjected)
    assert {(event.device, event.sensor, event.fault, event.id) for event in told} == {
        (f"a-000{n}", "body", "room-heat", "ac") for n in (1, 2, 3, 4)
    }
    record = next(
        record for _, truth in truths(hot, "a-0001") for record in truth.records if record.mode == "room-heat"
    )
    assert (record.layer, record.id, record.sensor) == ("cause", "ac", None)


def test_a_deep_sag_of_a_feed_resets_what_hangs_on_it_each_in_its_time(calm: Simulation) -> None:
    out = simulate(
        "{at: 30m, do: inject-fault, on: {labels: {feed: two}}, sensor: body, fault: power-sag, for: 2m,"
        " parameters: {share: 0.3, propagation_s: 60}}"
    )
    assert frames(out, "a") == frames(calm, "a")
    resets = [event for event in events(out, StateChanged) if event.cause == "reset"]
    assert {event.device for event in resets} == {f"b-000{n}" for n in (1, 2, 3, 4)}
    first = {event.device: event.time_ns for event in reversed(resets)}
    minutes = sorted((time_ns - out.scenario.start_ns) / 6e10 for time_ns in first.values())
    assert 30.0 <= minutes[0] < minutes[-1] < 31.3
    assert len({round(minute, 1) for minute in minutes}) > 1
    assert len(frames(out, "b")) < len(frames(calm, "b")) - 4 * 10
    assert {memory.state.value for memory in out.fleet.devices.values()} <= {"running", "throttled"}


def test_a_shallow_sag_shows_in_the_rail_and_resets_nobody(calm: Simulation) -> None:
    low = simulate(
        "{at: 30m, do: inject-fault, on: {labels: {feed: one}}, sensor: body, fault: power-sag, for: 10m,"
        " parameters: {share: 0.05}}"
    )
    assert not [event for event in events(low, StateChanged) if event.cause == "reset"]
    during = [dict(t.clean)["voltage"] for minute, t in truths(low, "a-0001") if 31 <= minute < 39]
    before = [dict(t.clean)["voltage"] for minute, t in truths(calm, "a-0001") if 31 <= minute < 39]
    assert fmean(filter(None, before)) - fmean(filter(None, during)) == pytest.approx(0.05 * 5.1, abs=0.03)


def test_a_bad_batch_lives_a_fraction_and_its_wear_says_why() -> None:
    batch = simulate(
        "{at: 0s, do: inject-fault, on: {groups: [b], count: 2}, sensor: body, fault: bad-batch, id: lot-7,"
        " parameters: {mode: dust, factor: 200000}}"
    )
    hit = {event.device for event in events(batch, FaultInjected)}
    assert len(hit) == 2
    for id in (f"b-000{n}" for n in (1, 2, 3, 4)):
        last = truths(batch, id)[-1][1]
        dust = next(part for part in last.wear if part.mode == "dust")
        assert (dust.damage > 0.05) == (id in hit)
        causes = {record.cause for record in last.records if record.mode == "dust"}
        assert causes == ({"lot-7"} if id in hit else set())


def test_causes_compose_and_end_in_any_order(calm: Simulation) -> None:
    step = "{{at: {0}m, do: inject-fault, on: {{groups: [a]}}, sensor: body, fault: room-heat, for: {1}m}}"
    both = simulate(step.format(10, 60) + "\n  - " + step.format(20, 20))
    assert warmth(both, "a-0001", 33, 38) - warmth(calm, "a-0001", 33, 38) > 13.0
    assert 7.0 < warmth(both, "a-0001", 62, 68) - warmth(calm, "a-0001", 62, 68) < 12.0
    assert abs(warmth(both, "a-0001", 115, 120) - warmth(calm, "a-0001", 115, 120)) < 1.0


def test_wrong_words_are_refused() -> None:
    for step, said in (
        ("{at: 1m, do: inject-fault, on: all, sensor: body, fault: room-heet}", "Did you mean 'room-heat'"),
        ("{at: 1m, do: inject-fault, on: all, sensor: body, fault: power-sag, parameters: {share: 2}}", "0.9"),
    ):
        with pytest.raises(InvalidInput, match=said):
            simulate(step)
    assert CAUSES.names() == ("bad-batch", "power-sag", "room-heat")


def test_a_part_that_a_device_does_not_have_is_refused_to_it() -> None:
    fan = simulate(
        "{at: 1m, do: inject-fault, on: {groups: [a]}, sensor: body, fault: bad-batch, parameters: {mode: fan-bearing}}"
    )
    assert not events(fan, FaultInjected)
    assert fan.journal.counts["CommandRefused"] == 4
