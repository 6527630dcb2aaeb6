"""Branches: the same past, two futures; and a remaining life that is exact because it has been lived."""

import pytest

from actors.branch import Difference, Future, Twins, branch, checkpoint, exact_rul_s, live_to, past
from actors.vocabulary import Words
from schemas.events import StateChanged
from schemas.problems import InvalidInput
from schemas.scenario import Scenario, load_scenario

S = 10**9
MINUTE = 60 * S
TEXT = """
version: 1
name: branched
seed: 21
pace: max
duration: 1h
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 2, interval: 5s, wear: {sd-card: 0.6}}
  - {name: cpu, kind: cpu, model: 65w, count: 2, interval: 5s, acceleration: 30000}
sinks:
  - {kind: console}
timeline:
  - {at: 5m, do: set-parameter, on: {groups: [cpu]}, parameter: room_temperature_c, value: 35}
  - {at: 20m, name: lie, do: inject-fault, on: {ids: [pi-0001]}, sensor: temperature, fault: stuck, for: 10m}
  - {at: 25m, name: hot, do: inject-wear, on: {ids: [cpu-0002]}, mode: fan-bearing, damage: 0.8}
  - {every: 9m, do: restart, on: {percent: 50}}
"""


def scenario(text: str = TEXT) -> Scenario:
    return load_scenario(text, "test", [], vocabulary=Words())


def at(minutes: float, text: str = TEXT) -> tuple[Scenario, bytes, int]:
    """A scenario, a checkpoint of it after some minutes, and the instant of that."""
    chosen = scenario(text)
    until = chosen.start_ns + round(minutes * MINUTE)
    simulation = past(chosen, until)
    taken = checkpoint(simulation)
    simulation.close()
    return chosen, taken, until


def futures(minutes: float, one: Future, other: Future, to: float = 60) -> tuple[dict[str, Difference], int, Twins]:
    """Two futures from a checkpoint on, compared."""
    chosen, taken, _ = at(minutes)
    twins = Twins(chosen, taken, one, other)
    try:
        twins.live_to(chosen.start_ns + round(to * MINUTE))
        return {found.device: found for found in twins.differences()}, chosen.start_ns, twins
    finally:
        twins.close()


def test_a_branch_goes_on_as_the_run_would_have() -> None:
    chosen, taken, _ = at(17)
    end = chosen.start_ns + 60 * MINUTE
    whole, part = past(chosen, end), branch(chosen, taken)
    live_to(part, end)
    assert part.fleet.digests() == whole.fleet.digests()
    assert {id: d.hex() for id, d in part.journal.digests.items()} == {
        id: d.hex() for id, d in whole.journal.digests.items()
    }
    whole.close()
    part.close()


def test_twins_with_the_same_future_are_the_same() -> None:
    found, _, _ = futures(17, Future(), Future(), 40)
    assert {(one.frames, one.first_ns, one.sensors) for one in found.values()} == {(0, None, ())}


def test_a_run_with_a_sensor_fault_differs_from_its_clean_twin_only_where_the_fault_acts() -> None:
    found, start, twins = futures(17, Future(), Future(without=("lie",)))
    others = [one for id, one in found.items() if id != "pi-0001"]
    assert {one.frames for one in others} == {0}
    liar = found["pi-0001"]
    assert liar.sensors == ("temperature",)
    assert liar.frames > 80
    assert liar.first_ns is not None
    assert liar.last_ns is not None
    assert start + 20 * MINUTE <= liar.first_ns <= liar.last_ns < start + 30 * MINUTE
    for faulty, sound in zip(*twins.truths, strict=True):
        assert faulty._replace(faults=(), records=()) == sound._replace(faults=(), records=())


def test_a_worn_part_differs_from_its_onset_on_and_in_its_own_device_alone() -> None:
    found, start, _ = futures(17, Future(), Future(without=("hot",)))
    assert {id for id, one in found.items() if one.frames} == {"cpu-0002"}
    first = found["cpu-0002"].first_ns
    assert first is not None
    assert start + 25 * MINUTE <= first < start + 26 * MINUTE
    assert {"fan", "temperature"} <= set(found["cpu-0002"].sensors)


def test_a_repair_is_a_future_of_its_own() -> None:
    repair = Future(steps=({"do": "repair", "on": {"ids": ["cpu-0002"]}, "mode": "fan"},))
    found, start, twins = futures(30, Future(), repair)
    assert {id for id, one in found.items() if one.frames} == {"cpu-0002"}
    first = found["cpu-0002"].first_ns
    assert first is not None
    assert first >= start + 30 * MINUTE

    def health(place: int) -> float:
        return next(truth.health for truth in reversed(twins.truths[place]) if truth.device == "cpu-0002")

    assert health(1) > health(0)


def test_what_cannot_be_is_refused() -> None:
    chosen, taken, _ = at(1)
    with pytest.raises(InvalidInput, match="lie"):
        branch(chosen, taken, Future(without=("nonsense",)))
    with pytest.raises(InvalidInput, match="pi-9999"):
        branch(chosen, taken, Future(steps=({"do": "stop", "on": {"ids": ["pi-9999"]}},)))
    with pytest.raises(InvalidInput, match="device"):
        exact_rul_s(chosen, taken, "pi-9999", 60.0)


LIVES = """
version: 1
seed: 2
duration: 1h
fleet:
  - {name: cpu, kind: cpu, model: 65w, count: 3, interval: 60s, acceleration: 8000}
"""


def test_the_exact_remaining_life_is_the_one_that_is_lived() -> None:
    chosen, taken, now = at(10, LIVES)
    promised = {id: exact_rul_s(chosen, taken, id, 3 * 86400.0) for id in ("cpu-0001", "cpu-0002", "cpu-0003")}
    assert None not in promised.values()
    simulation = branch(chosen, taken)
    live_to(simulation, now + 86400 * S)
    for id, rul_s in promised.items():
        assert simulation.fleet.devices[id].state.value == "failed"
        failed = next(
            event.time_ns
            for event in (entry.event for entry in simulation.journal.entries)
            if isinstance(event, StateChanged) and (event.device, event.after) == (id, "failed")
        )
        assert (failed - now) / S == pytest.approx(rul_s, abs=60.0)
    simulation.close()
    earlier, taken_earlier, _ = at(5, LIVES)
    for id, rul_s in promised.items():
        assert exact_rul_s(earlier, taken_earlier, id, 3 * 86400.0) == pytest.approx((rul_s or 0.0) + 300.0)


def test_a_device_that_outlives_the_horizon_is_censored() -> None:
    chosen, taken, _ = at(10, LIVES)
    assert exact_rul_s(chosen, taken, "cpu-0001", 60.0) is None


def test_the_exact_remaining_life_knows_of_what_is_to_come() -> None:
    worse = LIVES + "timeline:\n  - {at: 30m, do: inject-wear, on: {ids: [cpu-0001]}, mode: dust, damage: 1}\n"
    chosen, taken, _ = at(10, worse)
    assert exact_rul_s(chosen, taken, "cpu-0001", 3 * 86400.0) == pytest.approx(20 * 60.0, abs=120.0)
