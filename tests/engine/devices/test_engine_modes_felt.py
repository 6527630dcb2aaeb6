"""Every failure mode is felt by a whole body, where it must be; with its effect on the plant taken out it is not.

One table: what one watches, and how far it must move between a new and a worn device. The same check is then run with
the mode's effect switched off and must fail, so that whoever takes an effect out of the plant turns a named test red.
"""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

import pytest

from engine.ageing import MODES
from engine.devices.base import Body, BodySpec, DeviceKind
from engine.families import Family
from engine.physics.layout import NEUTRAL, PLANT
from engine.wear import Wear
from schemas.quantities import QUANTITIES

DEVICES: Final[Family[DeviceKind]] = Family("engine.devices", "KIND", "data_simulator.devices", noun="device kind")
T, P, LOAD, V, FAN, CLOCK = range(len(QUANTITIES))
WARM_UP_S: Final = 1800
WATCHED_S: Final = 7200
DEMAND: Final = 0.8


class Seen(NamedTuple):
    """What somebody sees of a device in some hours."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    duty: float
    rpm: float
    sink_c: float
    rail_v: float
    top_clock: float
    lost: int
    resets: int


class Case(NamedTuple):
    """A worn device, and what must be seen of it beside a new one."""

    kind: str
    model: str
    setup: str
    damage: float
    felt: Callable[[Seen, Seen], bool]
    """Of the new and of the worn device."""


CASES: Final = {
    "fan-bearing": Case("cpu", "65w", "tower", 0.9, lambda new, worn: worn.rpm / worn.duty < 0.85 * new.rpm / new.duty),
    "dust": Case(
        "cpu", "65w", "tower", 0.9, lambda new, worn: worn.means[FAN] / worn.rpm < 0.6 * new.means[FAN] / new.rpm
    ),
    "thermal-paste": Case(
        "cpu", "65w", "tower", 0.9, lambda new, worn: worn.means[T] - worn.sink_c > 1.8 * (new.means[T] - new.sink_c)
    ),
    "psu-electrolytics": Case(
        "raspberry-pi",
        "5",
        "active-cooler",
        0.6,
        lambda new, worn: worn.means[V] < new.means[V] - 0.1 and worn.deviations[V] > 2.0 * new.deviations[V],
    ),
    "board-vrm": Case(
        "cpu",
        "65w",
        "tower",
        0.9,
        lambda new, worn: worn.means[V] < new.means[V] - 0.05 and worn.deviations[V] > 1.5 * new.deviations[V],
    ),
    "bti": Case(
        "raspberry-pi",
        "5",
        "active-cooler",
        0.95,
        lambda new, worn: worn.top_clock < new.top_clock and worn.means[T] != new.means[T],
    ),
    "electromigration": Case("cpu", "65w", "tower", 0.999, lambda new, worn: worn.resets > new.resets == 0),
    "solder-fatigue": Case("raspberry-pi", "4", "open", 0.97, lambda new, worn: worn.lost > new.lost == 0),
    "sd-card": Case("raspberry-pi", "4", "open", 0.9, lambda new, worn: worn.lost > new.lost == 0),
}


def watch(body: Body) -> Seen:
    """Two hours second by second; then eight more for what is rare."""
    columns: tuple[list[float], ...] = tuple([] for _ in QUANTITIES)
    more: dict[str, list[float]] = {"fan_duty": [], "fan_rpm": [], "sink_temperature_c": [], "rail_voltage_v": []}
    lost = 0
    for _ in range(WATCHED_S):
        body.advance(body.tick + 1)
        lost += body.muted()
        for column, value in zip(columns, body.clean(), strict=True):
            column.append(value or 0.0)
        extras = body.extras()
        for name, values in more.items():
            values.append(extras[name])
    for _ in range(WATCHED_S * 2):
        body.advance(body.tick + 2)
        lost += body.muted()
    means = tuple(sum(column) / WATCHED_S for column in columns)
    deviations = tuple(
        (sum((value - mean) ** 2 for value in column) / WATCHED_S) ** 0.5
        for column, mean in zip(columns, means, strict=True)
    )
    duty, rpm, sink_c, rail_v = (sum(values) / WATCHED_S for values in more.values())
    return Seen(means, deviations, duty, rpm, sink_c, rail_v, max(columns[CLOCK]), lost, body.resets()[0])


def seen_of(case: Case, wear: dict[str, float]) -> Seen:
    """A device under a steady demand, warmed through; its wear stands still."""
    spec = BodySpec(
        "unit-1",
        1,
        case.model,
        case.setup,
        spread=0.0,
        wear=wear,
        acceleration=1e-9,
        settings={"demand": DEMAND, "room_noise_c": 0.0},
    )
    body = DEVICES.get(case.kind).build(spec)
    body.advance(WARM_UP_S)
    return watch(body)


@cache
def new_of(kind: str, model: str, setup: str) -> Seen:
    """A new device."""
    return seen_of(Case(kind, model, setup, 0.0, lambda _new, _worn: False), {})


def is_felt(mode: str) -> bool:
    """Whether the worn device shows what it must."""
    case = CASES[mode]
    return case.felt(new_of(*case[:3]), seen_of(case, {mode: case.damage}))


def test_the_table_has_every_mode_of_the_product() -> None:
    assert set(CASES) == set(MODES.names())


@pytest.mark.parametrize("mode", sorted(CASES))
def test_wear_is_felt_by_the_body(mode: str) -> None:
    assert is_felt(mode)


@pytest.mark.parametrize("mode", sorted(CASES))
def test_wear_is_not_felt_once_its_effect_is_taken_out(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    step, refresh = Wear.step, Wear.refresh

    def without_effect(whole: Callable[..., None]) -> Callable[..., None]:
        def run(wear: Wear, state: object, parameters: object) -> None:
            whole(wear, state, parameters)
            state[PLANT] = NEUTRAL  # type: ignore[index]

        return run

    monkeypatch.setattr(Wear, "step", without_effect(step))
    monkeypatch.setattr(Wear, "refresh", without_effect(refresh))
    assert not is_felt(mode)
