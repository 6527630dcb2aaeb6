"""What a device does when its body resets by itself, or nobody gets a sample out of it."""

from actors.device.schedule import NS_PER_S
from actors.system import Simulation
from actors.vocabulary import Words
from schemas import commands, events
from schemas.scenario import load_scenario
from tests.actors.troupe import Troupe


def states(troupe: Troupe) -> list[tuple[str, int]]:
    """States with the second in which they began."""
    return [
        (event.after, event.time_ns // NS_PER_S) for event in troupe.events if isinstance(event, events.StateChanged)
    ]


def told(troupe: Troupe) -> list[int]:
    """Seconds of the frames."""
    return [frame.time_ns // NS_PER_S for frame in troupe.frames]


def test_a_muted_device_loses_rows_and_no_numbers() -> None:
    troupe = Troupe()
    troupe.body.mute_ticks = range(3, 6)
    troupe.alone().run_to(9)
    assert told(troupe) == [0, 1, 2, 6, 7, 8]
    assert [frame.sequence for frame in troupe.frames] == list(range(6))


def test_a_device_that_resets_boots_from_the_instant_of_the_reset() -> None:
    troupe = Troupe(boot_s=4)
    troupe.body.reset_ticks = (5,)
    troupe.alone().run_to(14)
    assert told(troupe) == [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13]
    assert states(troupe)[2:] == [("booting", 6), ("running", 9)]
    assert [event.cause for event in troupe.events if isinstance(event, events.StateChanged)][2] == "reset"


def test_a_reset_between_two_samples_that_is_over_by_the_second_is_told_and_loses_nothing() -> None:
    troupe = Troupe(boot_s=4, interval_ns=30 * NS_PER_S)
    troupe.body.reset_ticks = (5, 12)
    troupe.alone().run_to(61)
    assert told(troupe) == [0, 30, 60]
    assert states(troupe)[2:] == [("booting", 30), ("running", 30)]


def test_a_reset_while_paused_leaves_the_device_paused() -> None:
    troupe = Troupe(boot_s=4).alone().run_to(3)
    troupe.body.reset_ticks = (5,)
    troupe.send(commands.Pause("pi-1"))
    troupe.run_to(9)
    assert states(troupe)[-1][0] == "paused"
    troupe.send(commands.Resume("pi-1"))
    troupe.run_to(12)
    assert states(troupe)[-1][0] == "running"


WORN = """
version: 1
name: worn
seed: 5
pace: max
duration: 12h
fleet:
  - {name: pi, kind: raspberry-pi, model: "4", count: 2, interval: 10s, wear: {sd-card: 0.9, solder-fatigue: 0.9}}
  - {name: new, kind: raspberry-pi, model: "4", count: 1, interval: 10s}
sinks:
  - {kind: memory, truth: true}
timeline:
  - {at: 6h, do: repair, on: all, mode: card}
  - {at: 6h, do: repair, on: all, mode: board}
"""


def test_worn_cards_and_joints_leave_gaps_in_the_telemetry_until_they_are_replaced() -> None:
    simulation = Simulation.from_scenario(load_scenario(WORN, "test", [], vocabulary=Words()))
    simulation.run()
    frames = simulation.sinks[0].frames
    times = {id: [frame.time_ns for frame in frames if frame.device == id] for id in ("pi-0001", "pi-0002", "new-0001")}
    half = (min(times["new-0001"]) + max(times["new-0001"])) // 2
    full = len(times["new-0001"])
    assert full == 12 * 360
    for id in ("pi-0001", "pi-0002"):
        assert sum(time < half for time in times[id]) < full // 2 - 20
        assert sum(time >= half for time in times[id]) == full // 2
    repaired = {
        entry.event.mode for entry in simulation.journal.entries if isinstance(entry.event, events.PartRepaired)
    }
    assert repaired == {"sd-card", "board-vrm", "bti", "electromigration", "solder-fatigue"}
