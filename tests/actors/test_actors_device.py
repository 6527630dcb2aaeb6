"""A device with its sensors, on the virtual clock."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.device.schedule import NS_PER_S
from schemas import commands, events
from schemas.addresses import sensor_address
from schemas.quantities import QUANTITIES
from tests.actors.troupe import MS, Troupe


def states(troupe: Troupe) -> list[str]:
    return [event.after for event in troupe.events if isinstance(event, events.StateChanged)]


def test_a_frame_holds_all_six_readings_in_order_and_counts_from_zero() -> None:
    troupe = Troupe().alone().run_to(3)
    assert [frame.sequence for frame in troupe.frames] == [0, 1, 2]
    assert [frame.time_ns for frame in troupe.frames] == [0, NS_PER_S, 2 * NS_PER_S]
    assert [tuple(reading.sensor for reading in frame.readings) for frame in troupe.frames] == [QUANTITIES] * 3
    assert troupe.values("temperature") == [0.0, 1.0, 2.0]


def test_the_first_device_of_a_run_is_found_running() -> None:
    assert states(Troupe().alone().run_to(1)) == ["booting", "running"]


def test_the_phase_offsets_the_whole_grid() -> None:
    troupe = Troupe(phase_ms=417).alone().run_to(3)
    assert [frame.time_ns for frame in troupe.frames] == [(417 + 1000 * n) * MS for n in range(3)]
    assert troupe.values("temperature") == [0.0, 1.0, 2.0]


def test_an_interval_is_a_decimation_of_the_same_ticks() -> None:
    every_second = Troupe().alone().run_to(61).values("power")
    every_minute = Troupe(interval_ns=60 * NS_PER_S).alone().run_to(61).values("power")
    assert every_minute == [every_second[0], every_second[60]]


def test_below_a_second_values_lie_between_the_ticks() -> None:
    troupe = Troupe(interval_ns=250 * MS).alone().run_to(1.6)
    assert troupe.values("temperature") == [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
    assert [truth.clean[0][1] for truth in troupe.truths] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5]


def test_intervals_that_do_not_divide_a_second_land_on_ticks_and_between() -> None:
    troupe = Troupe(interval_ns=1500 * MS).alone().run_to(6.1)
    assert troupe.values("temperature") == [0.0, 1.5, 3.0, 4.5, 6.0]


def test_each_sensor_may_have_its_own_interval() -> None:
    mixed = dict.fromkeys(QUANTITIES, 2 * NS_PER_S) | {"fan": 3 * NS_PER_S}
    troupe = Troupe(intervals_ns=mixed).alone().run_to(7)
    told = {frame.time_ns // NS_PER_S: len(frame.readings) for frame in troupe.frames}
    assert told == {0: 6, 2: 5, 3: 1, 4: 5, 6: 6}
    assert [frame.sequence for frame in troupe.frames] == list(range(5))


def test_an_interval_can_be_changed_for_one_sensor_while_running() -> None:
    troupe = Troupe().alone().run_to(2)
    assert troupe.send(commands.SetInterval("pi-1", 4 * NS_PER_S, "fan")) == commands.Done()
    troupe.run_to(9)
    assert [
        t // NS_PER_S for t in (f.time_ns for f in troupe.frames if any(r.sensor == "fan" for r in f.readings))
    ] == [0, 1, 4, 8]
    assert len(troupe.values("power")) == 9
    assert any(isinstance(event, events.IntervalSet) for event in troupe.events)


def test_a_fault_acts_on_its_sensor_only_from_injection_to_its_end() -> None:
    troupe = Troupe().alone().run_to(2)
    reply = troupe.send(commands.InjectFault("pi-1", "power", "plus", {"add": 100.0}, duration_ns=3 * NS_PER_S))
    assert reply == commands.Done("pi-1/power/0")
    troupe.run_to(7)
    assert troupe.values("power") == [0.1, 1.1, 102.1, 103.1, 104.1, 5.1, 6.1]
    assert troupe.values("load") == [tick + 0.2 for tick in range(7)]
    assert [tuple(fault.id for fault in truth.faults) for truth in troupe.truths] == [(), ()] + [
        ("pi-1/power/0",)
    ] * 3 + [(), ()]
    assert [truth.clean[1][1] for truth in troupe.truths] == [tick + 0.1 for tick in range(7)]


def test_a_cleared_fault_is_gone_at_once() -> None:
    troupe = Troupe().alone().run_to(1)
    troupe.send(commands.InjectFault("pi-1", "power", "plus", id="x"))
    troupe.run_to(2)
    assert troupe.send(commands.ClearFault("pi-1", "x")) == commands.Done()
    assert troupe.run_to(3).values("power") == [0.1, 2.1, 2.1]


def test_a_sensor_that_answers_with_nothing_or_twice_does_not_hold_the_frame() -> None:
    troupe = Troupe().alone().run_to(1)
    troupe.send(commands.InjectFault("pi-1", "fan", "drop"))
    troupe.send(commands.InjectFault("pi-1", "load", "double"))
    troupe.run_to(2)
    assert [reading.sensor for reading in troupe.frames[1].readings] == [
        "temperature", "power", "load", "load", "voltage", "clock",
    ]  # fmt: skip


def test_a_paused_device_is_silent_and_goes_on_without_a_gap_in_its_numbers() -> None:
    troupe = Troupe().alone().run_to(2)
    troupe.send(commands.Pause("pi-1"))
    troupe.run_to(5)
    troupe.send(commands.Resume("pi-1"))
    troupe.run_to(7)
    assert [(frame.sequence, frame.time_ns // NS_PER_S) for frame in troupe.frames] == [(0, 0), (1, 1), (2, 5), (3, 6)]


def test_a_restart_takes_the_boot_time_and_reboots_the_body() -> None:
    troupe = Troupe(boot_s=3).alone().run_to(2)
    assert troupe.send(commands.Restart("pi-1")) == commands.Done()
    troupe.run_to(8)
    assert [frame.time_ns // NS_PER_S for frame in troupe.frames] == [0, 1, 5, 6, 7]
    assert troupe.body.reboots == 1
    assert states(troupe)[2:] == ["booting", "running"]


def test_a_restart_during_a_boot_begins_the_boot_anew() -> None:
    troupe = Troupe(boot_s=3).alone().run_to(2)
    troupe.send(commands.Restart("pi-1"))
    troupe.run_to(4)
    troupe.send(commands.Restart("pi-1"))
    troupe.run_to(10)
    assert [frame.time_ns // NS_PER_S for frame in troupe.frames] == [0, 1, 7, 8, 9]


def test_a_stopped_device_is_switched_off_and_comes_back_by_restart_only() -> None:
    troupe = Troupe(boot_s=1).alone().run_to(2)
    troupe.send(commands.Stop("pi-1"))
    assert troupe.body.settings == {"powered": False}
    refused = troupe.send(commands.Resume("pi-1"))
    assert refused == commands.Refused("a device that is stopped cannot resume; possible now: repair, restart")
    troupe.run_to(4)
    troupe.send(commands.Restart("pi-1"))
    troupe.run_to(7)
    assert [frame.time_ns // NS_PER_S for frame in troupe.frames] == [0, 1, 5, 6]
    assert troupe.body.settings == {"powered": True}


def test_the_frame_in_which_a_body_breaks_is_its_last_until_it_is_repaired() -> None:
    troupe = Troupe(boot_s=1)
    troupe.body.break_at = 3
    troupe.alone().run_to(6)
    assert [frame.time_ns // NS_PER_S for frame in troupe.frames] == [0, 1, 2, 3]
    assert troupe.truths[-1].state == "failed"
    assert troupe.body.settings == {"powered": False}
    troupe.send(commands.Repair("pi-1"))
    troupe.run_to(9)
    assert [frame.sequence for frame in troupe.frames] == [0, 1, 2, 3, 4, 5]
    assert states(troupe)[-3:] == ["failed", "booting", "running"]


def test_throttled_and_degraded_follow_the_body_and_degraded_wins() -> None:
    troupe = Troupe().alone().run_to(1)
    troupe.body.signs = ("throttled",)
    troupe.run_to(2)
    troupe.body.healthy = 0.3
    troupe.run_to(3)
    troupe.body.signs, troupe.body.healthy = (), 1.0
    troupe.run_to(4)
    assert states(troupe)[2:] == ["throttled", "degraded", "running"]


def test_parameters_and_wear_reach_the_body_and_wrong_words_are_refused() -> None:
    troupe = Troupe().alone().run_to(1)
    assert troupe.send(commands.SetParameter("pi-1", "demand", 0.7)) == commands.Done()
    assert troupe.send(commands.InjectWear("pi-1", "line", 0.4)) == commands.Done()
    assert troupe.body.settings == {"demand": 0.7}
    assert troupe.body.healthy == pytest.approx(0.6)
    refused = [
        troupe.send(commands.SetParameter("pi-1", "demnad", 1)),
        troupe.send(commands.InjectWear("pi-1", "rust", 0.4)),
        troupe.send(commands.InjectFault("pi-1", "powr", "plus")),
        troupe.send(commands.InjectFault("pi-1", "power", "plsu")),
        troupe.send(commands.SetInterval("pi-1", 0)),
        troupe.send(commands.ClearFault("pi-1", "nothing")),
    ]
    assert all(isinstance(reply, commands.Refused) for reply in refused)
    assert "Did you mean 'power'?" in refused[2].reason
    assert len([event for event in troupe.events if isinstance(event, events.CommandRefused)]) == 6
    assert len(troupe.run_to(3).frames) == 3


def test_a_hanging_sensor_is_left_out_and_speaks_again_after_its_release() -> None:
    troupe = Troupe().alone().run_to(2)
    address = sensor_address("pi-1", "fan")
    troupe.dispatcher.hang(address)
    troupe.run_to(5)
    troupe.dispatcher.release(address)
    troupe.run_to(7)
    assert [len(frame.readings) for frame in troupe.frames] == [6, 6, 5, 5, 5, 6, 6]
    assert [frame.sequence for frame in troupe.frames] == list(range(7))
    assert troupe.values("fan") == [0.4, 1.4, 5.4, 6.4]


def test_an_unknown_message_is_an_error_and_the_dispatcher_lives() -> None:
    troupe = Troupe().alone().run_to(1)
    exits: list[Any] = []
    troupe.dispatcher.on_exit = exits.append
    troupe.dispatcher.directory.endpoint("fleet/pi-1").tell("what?")
    troupe.run_to(2)
    assert [(each.address, each.error) for each in exits] == [("fleet/pi-1", "TypeError")]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 999))
def test_whatever_the_intervals_no_number_is_missing_or_repeated(tenths: list[int], phase_ms: int) -> None:
    intervals = {quantity: tenths[i % len(tenths)] * 100 * MS for i, quantity in enumerate(QUANTITIES)}
    troupe = Troupe(intervals_ns=intervals, phase_ms=phase_ms).alone().run_to(12)
    frames = troupe.frames
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert [frame.time_ns for frame in frames] == sorted({frame.time_ns for frame in frames})
    for quantity in QUANTITIES:
        expected = -(-(12_000 - phase_ms) * MS // intervals[quantity])
        assert len(troupe.values(quantity)) == expected
