"""The timeline: when what is due, and for which devices."""

from hashlib import blake2b
from itertools import islice

import pytest

from schemas.commands import (
    ClearFault,
    Command,
    Crash,
    Hang,
    InjectFault,
    InjectWear,
    Pause,
    Release,
    Repair,
    Restart,
    Resume,
    SetInterval,
    SetParameter,
    Stop,
)
from schemas.durations import MINUTE, SECOND
from schemas.scenario import Due, Scenario, Timeline, plan
from tests.schemas.scenario_words import fleet_of, load, with_step


def draw(device: str, purpose: str, occurrence: int) -> float:
    """A number in (0, 1) that hangs on nothing but the three."""
    word = blake2b(f"{device} {purpose} {occurrence}".encode(), digest_size=4).digest()
    return (int.from_bytes(word, "big") + 0.5) / 2**32


def timeline(scenario: Scenario) -> Timeline:
    return Timeline(scenario, tuple(plan(scenario)), draw)


def first_commands(text: str) -> tuple[Command, ...]:
    made = timeline(load(text))
    return made.commands(next(made.due()))


def due_times(text: str, most: int = 20) -> list[tuple[int, int, bool]]:
    return [(due.at_ns // SECOND, due.number, due.undo) for due in islice(timeline(load(text)).due(), most)]


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("do: pause", Pause("pi-0001")),
        ("do: resume", Resume("pi-0001")),
        ("do: restart", Restart("pi-0001")),
        ("do: stop", Stop("pi-0001")),
        ("do: set-parameter, parameter: demand_factor, value: 2", SetParameter("pi-0001", "demand_factor", 2)),
        ("do: set-interval, interval: 5s", SetInterval("pi-0001", 5 * SECOND)),
        ("do: set-interval, interval: 5s, sensor: fan", SetInterval("pi-0001", 5 * SECOND, "fan")),
        ("do: inject-fault, sensor: fan, fault: stuck", InjectFault("pi-0001", "fan", "stuck", {})),
        (
            "do: inject-fault, sensor: fan, fault: stuck, parameters: {value: 3}, for: 1m, id: f",
            InjectFault("pi-0001", "fan", "stuck", {"value": 3}, MINUTE, "f"),
        ),
        ("do: clear-fault", ClearFault("pi-0001")),
        ("do: clear-fault, id: f", ClearFault("pi-0001", "f")),
        ("do: inject-wear, mode: dust, damage: 0.5", InjectWear("pi-0001", "dust", 0.5)),
        ("do: repair", Repair("pi-0001")),
        ("do: repair, mode: dust", Repair("pi-0001", "dust")),
        ("do: crash", Crash("fleet/pi-0001")),
        ("do: crash, sensor: fan, message: boom", Crash("fleet/pi-0001/fan", "boom")),
        ("do: hang, for: 1m", Hang("fleet/pi-0001", MINUTE)),
        ("do: release", Release("fleet/pi-0001")),
    ],
)
def test_every_word_is_its_command(step: str, command: Command) -> None:
    assert first_commands(with_step(f"{{at: 5s, on: {{ids: [pi-0001]}}, {step}}}")) == (command,)


def test_sinks_are_actors_too() -> None:
    assert first_commands(with_step("{at: 5s, do: crash, sink: console}")) == (Crash("sinks/console"),)
    assert first_commands(with_step("{at: 5s, do: hang, sink: console, for: 1s}")) == (Hang("sinks/console", SECOND),)


def test_once_is_once() -> None:
    assert due_times(with_step("{at: 5s, do: restart, on: all}")) == [(5, 0, False)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("every: 10s", [10, 20, 30]),
        ("every: 10s, at: 3s", [3, 13, 23]),
        ("every: 10s, at: 0s", [0, 10, 20]),
        ("every: 10s, until: 30s", [10, 20]),
        ("every: 10s, until: 31s", [10, 20, 30]),
    ],
)
def test_again_and_again(times: str, expected: list[int]) -> None:
    found = due_times(with_step(f"{{{times}, do: restart, on: all}}"), 3)
    assert [second for second, _, _ in found] == expected
    assert [number for _, number, _ in found] == list(range(len(expected)))


def test_a_while_has_an_end() -> None:
    text = with_step("{every: 10s, until: 25s, do: pause, on: {ids: [pi-0002]}, for: 4s}")
    assert due_times(text) == [(10, 0, False), (14, 0, True), (20, 1, False), (24, 1, True)]
    made = timeline(load(text))
    assert [made.commands(due) for due in made.due()] == [(Pause("pi-0002"),), (Resume("pi-0002"),)] * 2
    stop = timeline(load(with_step("{at: 1s, do: stop, on: {ids: [pi-0002]}, for: 4s}")))
    assert [stop.commands(due) for due in stop.due()] == [(Stop("pi-0002"),), (Restart("pi-0002"),)]


def test_one_instant_keeps_the_order_of_the_file() -> None:
    text = with_step(
        "{at: 5s, do: stop, on: all}\n  - {at: 5s, do: restart, on: all}\n  - {at: 1s, do: pause, on: all, for: 4s}"
    )
    assert [(due.at_ns // SECOND, due.position, due.undo) for due in timeline(load(text)).due()] == [
        (1, 2, False),
        (5, 0, False),
        (5, 1, False),
        (5, 2, True),
    ]


SITES = """version: 1
fleet:
  - {name: pi, kind: raspberry-pi, count: 3, labels: {room: a, rack: "1"}}
  - {name: bench, kind: raspberry-pi, count: 2, labels: {room: b}}
  - {name: cpu, kind: cpu, count: 2, labels: {room: a}}
"""


@pytest.mark.parametrize(
    ("on", "devices"),
    [
        ("all", "bench-0001 bench-0002 cpu-0001 cpu-0002 pi-0001 pi-0002 pi-0003"),
        ("{}", "bench-0001 bench-0002 cpu-0001 cpu-0002 pi-0001 pi-0002 pi-0003"),
        ("{ids: [pi-0003, cpu-0001]}", "cpu-0001 pi-0003"),
        ("{groups: [bench, cpu]}", "bench-0001 bench-0002 cpu-0001 cpu-0002"),
        ("{kinds: [cpu]}", "cpu-0001 cpu-0002"),
        ("{labels: {room: a}}", "cpu-0001 cpu-0002 pi-0001 pi-0002 pi-0003"),
        ("{labels: {room: a, rack: '1'}}", "pi-0001 pi-0002 pi-0003"),
        ("{labels: {room: a}, kinds: [raspberry-pi], ids: [pi-0001, cpu-0001]}", "pi-0001"),
    ],
)
def test_everything_given_must_hold(on: str, devices: str) -> None:
    commands = first_commands(f"{SITES}timeline: [{{at: 1s, do: pause, on: {on}}}]")
    assert [command.device for command in commands if isinstance(command, Pause)] == devices.split()


def chosen(text: str) -> list[str]:
    return [command.device for command in first_commands(text) if isinstance(command, Pause)]


@pytest.mark.parametrize(
    ("lot", "number"),
    [
        ("percent: 10", 10),
        ("percent: 0.1", 1),
        ("percent: 100", 100),
        ("percent: 12.5", 13),
        ("count: 7", 7),
        ("count: 999", 100),
    ],
)
def test_a_lot_has_its_size(lot: str, number: int) -> None:
    found = chosen(f"{fleet_of('count: 100')}timeline: [{{at: 1s, do: pause, on: {{{lot}}}}}]")
    assert len(set(found)) == number
    assert found == sorted(found)


def test_a_lot_does_not_hang_on_the_order_of_groups_or_steps() -> None:
    groups = ["  - {name: a, kind: cpu, count: 50}\n", "  - {name: b, kind: cpu, count: 50}\n"]
    step = "{at: 1s, do: pause, on: {count: 10}}"
    one = chosen(f"version: 1\nfleet:\n{''.join(groups)}timeline: [{step}]")
    other = chosen(f"version: 1\nfleet:\n{''.join(groups[::-1])}timeline: [{step}, {{at: 2s, do: stop, on: all}}]")
    assert one == other
    assert 1 < len([device for device in one if device.startswith("a")]) < 9


def test_one_device_more_moves_nobody_but_itself() -> None:
    def lot(count: int) -> set[str]:
        return set(chosen(f"{fleet_of(f'count: {count}')}timeline: [{{at: 1s, do: pause, on: {{count: 10}}}}]"))

    assert len(lot(100) - lot(101)) <= 1


def test_every_occurrence_draws_anew_and_an_end_draws_the_same() -> None:
    text = f"{fleet_of('count: 100')}timeline: [{{every: 10s, do: pause, on: {{count: 5}}, for: 2s}}]"
    made = timeline(load(text))
    lots = [made.commands(due) for due in islice(made.due(), 4)]
    devices = [{command.device for command in lot if isinstance(command, Pause | Resume)} for lot in lots]
    assert devices[0] == devices[1]
    assert devices[2] == devices[3]
    assert devices[0] != devices[2]


def test_equal_steps_draw_different_lots() -> None:
    step = "{at: 1s, do: pause, on: {count: 5}}"
    made = timeline(
        load(f"{fleet_of('count: 100')}timeline: [{step}, {step}, {{name: x, at: 1s, do: pause, on: {{count: 5}}}}]")
    )
    due: list[Due] = list(made.due())
    assert [one.key for one in due] == ["timeline/pause@1s", "timeline/pause@1s#2", "timeline/x"]
    assert len({made.commands(one) for one in due}) == 3


def test_a_million_occurrences_cost_nothing_until_they_are_due() -> None:
    made = timeline(load(with_step("{every: 1ms, do: pause, on: all}")))
    assert next(made.due()).at_ns == 1_000_000
