"""What every sensor fault has to keep to, whoever wrote it: one function a promise, each given the fault kind."""

import random
from collections.abc import Callable, Mapping
from math import isfinite

import pytest

from engine.faults.base import FaultKind, SensorFault, fault_stream
from engine.sensors.base import Channel
from schemas.commands import Scalar
from schemas.problems import InvalidInput
from schemas.readings import Reading

CHANNEL = Channel(
    origin=410_040, step=-487, scale=1000, first=586, last=924, span_lo=0.0, span_hi=100.0, sd=0.55
)  # fmt: skip
"""A Raspberry Pi 4's temperature."""

MINUTE_NS = 60_000_000_000
START_NS = 1_767_225_600_000_000_000
DAYS = 40
SAMPLES = DAYS * 1440


def sound_readings(count: int = SAMPLES, first: int = 0) -> list[Reading]:
    """Readings of a healthy sensor once a minute, with noise of its own."""
    noise = random.Random(7)
    values = [CHANNEL.snap(50.0 + noise.gauss(0.0, 0.55)) for _ in range(first + count)]
    return [
        Reading("temperature", "temperature", "degC", values[i], START_NS + i * MINUTE_NS)
        for i in range(first, first + count)
    ]


def hang(
    kind: FaultKind,
    parameters: Mapping[str, Scalar] | None = None,
    since_ns: int = START_NS,
    until_ns: int | None = None,
    id: str = "f-1",
) -> SensorFault:
    """One instance of a fault on the sensor of these tests."""
    stream = fault_stream(1, "pi-0001", "temperature", id)
    return kind.make(parameters or {}, stream, id, since_ns, until_ns, CHANNEL)


def run(fault: SensorFault, readings: list[Reading], first_step: int = 0) -> list[tuple[Reading, ...]]:
    """What a fault makes of readings, one after the other."""
    return [fault.apply(reading, reading.value, first_step + i) for i, reading in enumerate(readings)]


def is_described(kind: FaultKind) -> None:
    """Its parameters have names of their own, meanings, and defaults that it accepts itself."""
    assert kind.name
    assert kind.name == kind.name.lower()
    assert len({parameter.name for parameter in kind.parameters}) == len(kind.parameters)
    for parameter in kind.parameters:
        assert parameter.meaning
        assert parameter.allowed()
        assert parameter.default is None or parameter.accepts(parameter.default)


def refuses_nonsense(kind: FaultKind) -> None:
    """Unknown parameters and values that are no numbers are problems with a path, and `make` raises them."""
    wrong: dict[str, Scalar] = {"no such parameter": 1.0}
    wrong |= {parameter.name: float("nan") for parameter in kind.parameters}
    problems = kind.problems(wrong, "faults[0].parameters")
    assert len(problems) == len(wrong)
    assert {problem.path for problem in problems} == {f"faults[0].parameters.{name}" for name in wrong}
    with pytest.raises(InvalidInput) as refused:
        hang(kind, wrong)
    assert len(refused.value.problems) == len(wrong)


def changes_nothing_outside_its_window(kind: FaultKind) -> None:
    """Readings before `since_ns` and from `until_ns` on pass as they are."""
    readings = sound_readings(3000)
    fault = hang(kind, since_ns=START_NS + 1000 * MINUTE_NS, until_ns=START_NS + 2000 * MINUTE_NS)
    made = run(fault, readings)
    assert made[:1000] == [(reading,) for reading in readings[:1000]]
    assert made[2000:] == [(reading,) for reading in readings[2000:]]


def bites(kind: FaultKind) -> None:
    """Within weeks it changes some reading: a fault that changes nothing is none."""
    readings = sound_readings()
    assert run(hang(kind), readings) != [(reading,) for reading in readings]


def leaves_readings_readable(kind: FaultKind) -> None:
    """What comes out names the same sensor and unit, lies no earlier than it was measured, and is finite or nothing."""
    for sound in sound_readings(5000):
        for made in run_one(hang(kind), sound):
            assert made[:3] == sound[:3]
            assert made.time_ns >= sound.time_ns
            assert made.value is None or isfinite(made.value)


def run_one(fault: SensorFault, reading: Reading) -> tuple[Reading, ...]:
    """What a fault makes of one reading."""
    return fault.apply(reading, reading.value, 0)


def takes_readings_without_a_value(kind: FaultKind) -> None:
    """A part that is not fitted has no value to lie about."""
    absent = [reading._replace(value=None) for reading in sound_readings(200)]
    for made in run(hang(kind), absent):
        assert all(reading.value is None for reading in made)


def is_repeatable(kind: FaultKind) -> None:
    """Two instances of the same place and id do the same; what happens to one does not touch the other."""
    readings = sound_readings(5000)
    one, other = hang(kind), hang(kind)
    expected = run(one, readings)
    assert run(other, readings) == expected


def resumes_from_a_snapshot(kind: FaultKind, cuts: tuple[int, ...] = (0, 1, 2, 17, 640, 4999)) -> None:
    """Taken out at any instant and put into a fault made alike, it goes on as if nothing had been."""
    readings = sound_readings(5000)
    expected = run(hang(kind), readings)
    for cut in cuts:
        before, after = hang(kind), hang(kind)
        first = run(before, readings[:cut])
        state = before.snapshot()
        assert all(part is None or isinstance(part, bool | int | float) for part in state)
        after.restore(state)
        assert first + run(after, readings[cut:], cut) == expected


PROMISES: tuple[Callable[[FaultKind], None], ...] = (
    is_described,
    refuses_nonsense,
    changes_nothing_outside_its_window,
    bites,
    leaves_readings_readable,
    takes_readings_without_a_value,
    is_repeatable,
    resumes_from_a_snapshot,
)
"""Every promise of a sensor fault; a package with faults of its own runs its own through these."""
