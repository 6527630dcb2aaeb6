"""Rows of the chaos table that lie inside the simulated world, each held against its clean twin.

The recorder is the memory sink: what reaches it and when. Before the fault and from its end on, run and twin say the
same; meanwhile they differ by what the row promises, and by nothing else.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, Final

import pytest

from actors.system import Simulation
from actors.vocabulary import Words
from engine.clock import MAX, WallClock
from schemas.readings import Frame
from schemas.scenario import load_scenario

SECOND: Final = 10**9
FLEET: Final = """version: 1
name: rows
seed: 11
start: {start}
pace: max
fleet:
  - {{name: pi, kind: raspberry-pi, model: "4", setup: heatsink-fan, profile: web, count: 6}}
sinks: [{{kind: memory}}]
timeline:
{steps}
"""
VICTIM: Final = "pi-0002"


class Lived:
    """A run lived second by second; when each frame reached the recorder, in seconds since the start."""

    def __init__(self, *steps: str, until: int = 100, start: str = "2026-01-01T00:00:00Z") -> None:
        lines = "".join(f"  - {step}\n" for step in steps) or "  []"
        text = FLEET.format(start=start, steps=lines)
        scenario = load_scenario(text, "rows.yaml", vocabulary=Words(), now=lambda: 0)
        self.run = Simulation.from_scenario(scenario, kernels="interpreted")
        self.start_ns = scenario.start_ns
        self.arrived: list[tuple[int, Frame]] = []
        self.run.begin()
        try:
            told = 0
            for second in range(1, until + 1):
                self.run.dispatcher.run(self.start_ns + second * SECOND)
                frames = list(self.run.sinks[0].frames)
                self.arrived += [(second, frame) for frame in frames[told:]]
                told = len(frames)
            self.events = [entry.event for entry in self.run.journal.entries]
        finally:
            self.run.close()

    def frames(self, device: str) -> list[Frame]:
        return [frame for _, frame in self.arrived if frame.device == device]

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if type(event).__name__ == kind]

    def second(self, time_ns: int) -> float:
        return (time_ns - self.start_ns) / SECOND

    def in_force(self) -> list[tuple[float, float]]:
        """From when to when the faults of the victim were in force, as the journal has it."""
        ends = {event.id: self.second(event.time_ns) for event in self.of("FaultCleared")}
        return [(self.second(event.time_ns), ends[event.id]) for event in self.of("FaultInjected")]


@cache
def clean(until: int = 100) -> Lived:
    return Lived(until=until)


def within(spans: list[tuple[float, float]], second: float) -> bool:
    return any(begin <= second <= end for begin, end in spans)


def readings(lived: Lived, device: str) -> Iterator[tuple[int, str, Any]]:
    for frame in lived.frames(device):
        for reading in frame.readings:
            yield frame.time_ns, reading.sensor, reading


LIES: Final = {
    "stuck": "fault: stuck, parameters: {at: shifted}",
    "full-scale": "fault: stuck, parameters: {at: full-scale}",
    "drift": "fault: drift, parameters: {per_day: 40000}",
    "spike": "fault: spike, parameters: {probability: 0.3}",
    "absurd": "fault: spike, parameters: {probability: 0.3, absurd: 1}",
    "noise": "fault: noise-burst, parameters: {times: 10}",
    "step": "fault: bias, parameters: {offset: 7}",
    "gain": "fault: gain, parameters: {gain: 1.2}",
    "quantise": "fault: coarse-quantisation, parameters: {times: 20}",
    "range": "fault: clipping, parameters: {hi: 30}",
    "unit": "fault: unit-slip",
    "zero": "fault: start-up-zero, parameters: {samples: 100}",
    "no-number": "fault: dropout, parameters: {share: 0.7, leaves: blank}",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_sensor_that_lies_changes_its_own_values_and_no_instant(lie: str) -> None:
    lived = Lived(f"{{at: 30s, do: inject-fault, on: {{ids: [{VICTIM}]}}, sensor: temperature, {LIES[lie]}, for: 30s}}")
    assert lived.in_force() == [(30.0, 60.0)]
    stamps = [[(frame.device, frame.sequence, frame.time_ns) for _, frame in one.arrived] for one in (lived, clean())]
    assert stamps[0] == stamps[1], "timing and numbers are those of the twin"
    different: list[float] = []
    for device in lived.run.fleet.devices:
        for (time_ns, sensor, said), (_, _, wanted) in zip(
            readings(lived, device), readings(clean(), device), strict=True
        ):
            if said != wanted:
                assert (device, sensor) == (VICTIM, "temperature")
                different.append(lived.second(time_ns))
    assert len(different) >= 5
    assert within([(min(different), max(different))], 45.0), "it lies all the time that it is in force"
    assert all(within(lived.in_force(), second) for second in different), "before and afterwards it is the twin's"


def test_a_flapping_sensor_is_missing_exactly_as_long_as_the_journal_says_and_numbers_go_on() -> None:
    lived = Lived(
        f"{{at: 20s, every: 20s, until: 70s, do: inject-fault, on: {{ids: [{VICTIM}]}}, sensor: fan, fault: dropout, "
        "parameters: {share: 1}, for: 5s}"
    )
    spans = lived.in_force()
    assert len(spans) == 3
    missing = {lived.second(f.time_ns) for f in lived.frames(VICTIM) if "fan" not in [r.sensor for r in f.readings]}
    twin = [lived.second(frame.time_ns) for frame in clean().frames(VICTIM)]
    assert missing == {second for second in twin if any(begin <= second < end for begin, end in spans)}
    assert [frame.sequence for frame in lived.frames(VICTIM)] == list(range(len(twin)))
    others = [reading for one in readings(lived, VICTIM) if (reading := one)[1] != "fan"]
    assert others == [one for one in readings(clean(), VICTIM) if one[1] != "fan"]


def linked(fault: str, **parameters: object) -> Lived:
    inside = ", ".join(f"{name}: {value}" for name, value in parameters.items())
    return Lived(
        f"{{at: 30s, do: inject-fault, on: {{ids: [{VICTIM}]}}, sensor: link, fault: {fault}, "
        f"parameters: {{{inside}}}, for: 30s}}"
    )


def lags(lived: Lived) -> dict[int, list[int]]:
    """By number, how many seconds after the instant of its frame each receipt came."""
    found: dict[int, list[int]] = defaultdict(list)
    for second, frame in lived.arrived:
        if frame.device == VICTIM:
            found[frame.sequence].append(second - int(-(-(frame.time_ns - lived.start_ns) // SECOND)))
    return found


def held(lived: Lived) -> set[int]:
    """The numbers of the frames that were closed while the fault was in force."""
    return {frame.sequence for frame in clean().frames(VICTIM) if within(lived.in_force(), lived.second(frame.time_ns))}


def test_a_link_that_delays_delivers_late_exactly_what_was_said_meanwhile() -> None:
    lived = linked("delay", seconds=10)
    late = {number for number, seconds in lags(lived).items() if seconds == [10]}
    prompt = {number for number, seconds in lags(lived).items() if seconds == [0]}
    assert late | prompt == {frame.sequence for frame in clean().frames(VICTIM)}
    assert late == held(lived) - prompt
    assert len(held(lived) - late) <= 1, "but for the one at the very end"


def test_a_link_that_doubles_delivers_twice_exactly_what_was_said_meanwhile() -> None:
    lived = linked("duplicate", share=1)
    twice = {number for number, seconds in lags(lived).items() if len(seconds) == 2}
    assert set(lags(lived)) == {frame.sequence for frame in clean().frames(VICTIM)}
    assert twice <= held(lived)
    assert len(held(lived) - twice) <= 1
    books = lived.run.sinks[0].books.totals()
    assert books.accepted == len(clean().arrived) + len(twice), "and the books count what the recorder does"


def test_a_link_that_loses_loses_exactly_what_was_said_meanwhile() -> None:
    lived = linked("loss", share=1)
    everything = {frame.sequence for frame in clean().frames(VICTIM)}
    missing = everything - set(lags(lived))
    assert missing <= held(lived)
    assert len(held(lived) - missing) <= 1, "but for the one at the very end"
    assert all(seconds == [0] for seconds in lags(lived).values())


def test_a_link_that_is_away_keeps_what_was_said_meanwhile_and_brings_it_in_order_when_it_is_back() -> None:
    lived = linked("offline-buffer")
    assert [frame.sequence for frame in lived.frames(VICTIM)] == [f.sequence for f in clean().frames(VICTIM)]
    late = {number for number, seconds in lags(lived).items() if seconds != [0]}
    assert late <= held(lived)
    assert len(held(lived) - late) <= 1
    came = {second for second, frame in lived.arrived if frame.device == VICTIM and frame.sequence in late}
    assert len(came) == 1, "all at once"


def test_a_link_that_reorders_loses_nothing_and_disorders_only_what_was_said_meanwhile() -> None:
    lived = linked("reorder", share=0.5)
    numbers = [frame.sequence for frame in lived.frames(VICTIM)]
    assert sorted(numbers) == [frame.sequence for frame in clean().frames(VICTIM)]
    passed = {number for place, number in enumerate(numbers) if any(after < number for after in numbers[place:])}
    late = {number for place, number in enumerate(numbers) if any(before > number for before in numbers[:place])}
    assert len(late) >= 5
    assert late <= held(lived), "only what was held back is late"
    assert passed <= held(lived) | {max(held(lived)) + n for n in range(1, 6)}
    again = linked("reorder", share=0.5)
    assert [frame.sequence for frame in again.frames(VICTIM)] == numbers, "and the same seed holds the same back"


@pytest.mark.parametrize("error", ["RuntimeError", "MemoryError", "RecursionError", "SystemExit", "KeyboardInterrupt"])
def test_a_handler_that_raises_costs_its_device_a_back_off_and_its_neighbours_nothing(error: str) -> None:
    lived = Lived(f"{{at: 30s, do: crash, on: {{ids: [{VICTIM}]}}, error: {error}}}")
    assert [event.error for event in lived.of("ActorFailed")] == [error]
    restarted = [event for event in lived.of("ActorRestarted") if event.address == f"fleet/{VICTIM}"]
    assert [event.generation for event in restarted] == [2]
    gap = max(b[0] - a[0] for a, b in pairwise(arrivals(lived)))
    assert 1 < gap <= 4, "the first back-off is a second, times 0.5 to 1.5"
    assert [number for _, number in arrivals(lived)] == list(range(len(arrivals(lived))))
    for device in set(lived.run.fleet.devices) - {VICTIM}:
        assert lived.frames(device) == clean().frames(device)
    assert arrivals(lived)[-1][0] >= 99


def arrivals(lived: Lived) -> list[tuple[int, int]]:
    return [(second, frame.sequence) for second, frame in lived.arrived if frame.device == VICTIM]


def test_a_device_that_hangs_is_noticed_within_three_heartbeats_and_speaks_again_when_it_is_released() -> None:
    lived = Lived(
        f"{{at: 30s, do: hang, on: {{ids: [{VICTIM}]}}, for: 20s}}",
        "{when: {truth: age_s, of: max, above: 2}, do: set-parameter, parameter: fan_duty, value: 0.9, "
        "on: {ids: [pi-0001]}}",
    )
    (hung,), (noticed,) = lived.of("ActorHung"), lived.of("ParameterSet")
    assert 0 < (noticed.time_ns - hung.time_ns) / SECOND <= 3.0
    numbers = [number for _, number in arrivals(lived)]
    assert numbers == list(range(len(numbers)))
    assert not [second for second, _ in arrivals(lived) if 32 < second < 50]
    assert arrivals(lived)[-1][0] >= 99


def test_a_reboot_loop_is_silent_for_each_boot_and_counts_on() -> None:
    lived = Lived(f"{{at: 20s, every: 40s, until: 101s, do: restart, on: {{ids: [{VICTIM}]}}}}", until=150)
    changes = [event for event in lived.of("StateChanged") if event.device == VICTIM and event.after == "booting"]
    boots = [lived.second(event.time_ns) for event in changes if event.time_ns > lived.start_ns]
    assert boots == [20.0, 60.0, 100.0]
    heard = [second for second, _ in arrivals(lived)]
    for boot in boots:  # this board takes 20 s
        assert not [second for second in heard if boot + 1 < second < boot + 20]
        assert [second for second in heard if boot + 20 <= second <= boot + 30], "back within 30 s"
    assert [number for _, number in arrivals(lived)] == list(range(len(heard)))


def test_one_that_crashes_again_and_again_is_given_up_and_its_neighbours_lose_nothing() -> None:
    lived = Lived(f"{{at: 10s, every: 500ms, until: 10m, do: crash, on: {{ids: [{VICTIM}]}}}}", until=500)
    (given_up,) = lived.of("ActorGivenUp")
    assert given_up.address == f"fleet/{VICTIM}"
    assert len([event for event in lived.of("ActorRestarted") if event.address == f"fleet/{VICTIM}"]) == 9
    for device in set(lived.run.fleet.devices) - {VICTIM}:
        assert lived.frames(device) == clean(500).frames(device)


def test_low_power_slows_a_device_down_for_as_long_as_it_lasts() -> None:
    lived = Lived(
        f"{{at: 30s, do: set-parameter, parameter: supply_v, value: 4.7, on: {{ids: [{VICTIM}]}}, for: 30s}}",
        f"{{when: {{sensor: voltage, below: 4.8, on: {{ids: [{VICTIM}]}}}}, do: set-interval, interval: 5s, "
        f"on: {{ids: [{VICTIM}]}}, for: 30s}}",
    )
    heard = [second for second, _ in arrivals(lived)]
    rates = [len([second for second in heard if begin < second <= begin + 25]) for begin in (5, 33, 70)]
    assert rates == [25, 5, 25]


@pytest.mark.parametrize(
    ("fault", "parameters", "off"),
    [
        ("clock-jump", {"seconds": 3600}, 3600.0),
        ("clock-jump", {"seconds": -3600}, -3600.0),
        ("clock-skew", {"seconds": 90}, 90.0),
        ("clock-drift", {"ppm": 500}, 0.015),
        ("clock-drift", {"ppm": -1_000_000}, -30.0),  # it stands still
    ],
)
def test_a_clock_that_is_wrong_moves_stamps_and_no_emission(
    fault: str, parameters: dict[str, float], off: float
) -> None:
    lived = linked(fault, **parameters)
    came = [[(second, frame.device, frame.sequence) for second, frame in one.arrived] for one in (lived, clean())]
    assert came[0] == came[1], "who speaks when is as ever"
    shifts = [
        (lived.second(wanted.time_ns), (said.time_ns - wanted.time_ns) / SECOND)
        for said, wanted in zip(lived.frames(VICTIM), clean().frames(VICTIM), strict=True)
    ]
    assert {shift for second, shift in shifts if second < 30} == {0.0}
    assert max((shift for _, shift in shifts), key=abs) == pytest.approx(off, rel=0.05)
    assert abs(shifts[-1][1]) < abs(off), "the wall has it again"


@pytest.mark.parametrize("start", ["2016-12-31T23:59:30Z", "2026-03-29T00:59:30Z", "2026-10-25T00:59:30Z"])
def test_leap_seconds_and_summer_time_are_seconds_like_others(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    lived = Lived(start=start, until=60)
    for device in lived.run.fleet.devices:
        stamps = [frame.time_ns for frame in lived.frames(device)]
        assert {b - a for a, b in pairwise(stamps)} == {SECOND}
    assert all(0 <= second * SECOND - (frame.time_ns - lived.start_ns) < SECOND for second, frame in lived.arrived)


def test_the_machines_own_clock_may_jump_by_an_hour_and_nobody_speaks_earlier_or_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    jumps = iter(range(10**6))
    real = WallClock.epoch_ns
    monkeypatch.setattr(WallClock, "epoch_ns", staticmethod(lambda: real() + (-1) ** next(jumps) * 3600 * SECOND))
    monkeypatch.setattr(time, "time", lambda: real() / 1e9 + (-1) ** next(jumps) * 3600)
    text = FLEET.format(start="2026-01-01T00:00:00Z", steps="  []")
    scenario = load_scenario(text, "rows.yaml", vocabulary=Words(), now=lambda: 0)
    began = time.monotonic()
    digests = [
        Simulation.from_scenario(
            scenario.model_copy(update={"pace": pace, "duration_ns": 20 * SECOND}), kernels="interpreted"
        )
        .run()
        .digest
        for pace in (MAX, 10.0)
    ]
    assert digests[0] == digests[1]
    assert 2.0 <= time.monotonic() - began < 60, "20 s at pace 10 take 2 s of whatever the clock of the machine says"
