"""Wear is felt by the body: each failure mode's damage shows where it must, and nowhere in readings directly."""

from itertools import pairwise
from statistics import fmean

import pytest

from engine.devices.base import Body, BodySpec, DeviceKind
from engine.families import Family
from schemas.quantities import QUANTITIES

DEVICES: Family[DeviceKind] = Family("engine.devices", "KIND", "data_simulator.devices", noun="device kind")
TEMPERATURE, FAN = QUANTITIES.index("temperature"), QUANTITIES.index("fan")
WARM_UP_S = 3000


def busy(damage: dict[str, float], acceleration: float = 1e-9) -> Body:
    """A 65 W processor at a steady demand of 0.8, warmed through."""
    spec = BodySpec(
        "cpu-0001",
        1,
        "65w",
        "tower",
        "web",
        spread=0.0,
        wear=damage,
        acceleration=acceleration,
        settings={"demand": 0.8},
    )
    body = DEVICES.get("cpu").build(spec)
    body.advance(WARM_UP_S)
    return body


def mean_of(body: Body, quantity: int) -> float:
    """Mean true value over ten minutes."""
    values = []
    for _ in range(600):
        body.advance(body.tick + 1)
        value = body.clean()[quantity]
        assert value is not None
        values.append(value)
    return fmean(values)


@pytest.mark.parametrize("mode", ["fan-bearing", "dust"])
def test_fan_bearing_and_dust_make_the_fan_work_harder_for_less_and_the_die_hotter(mode: str) -> None:
    new, worn = busy({}), busy({mode: 0.9})
    assert worn.extras()["fan_duty"] > new.extras()["fan_duty"]
    assert mean_of(worn, TEMPERATURE) > mean_of(new, TEMPERATURE) + 1.0
    flow_per_duty = [mean_of(body, FAN) / body.extras()["fan_duty"] for body in (worn, new)]
    assert flow_per_duty[0] < 0.85 * flow_per_duty[1]


def test_fan_bearing_at_its_end_stops_the_fan() -> None:
    body = busy({"fan-bearing": 1.0})
    assert body.broken() == "fan-bearing"
    assert body.clean()[FAN] == 0.0
    assert body.extras()["fan_rpm"] == 0.0


def test_thermal_paste_heats_the_die_more_than_the_sink() -> None:
    new, worn = busy({}), busy({"thermal-paste": 0.5})
    assert mean_of(worn, TEMPERATURE) > mean_of(new, TEMPERATURE) + 3.0
    gaps = [(body.clean()[TEMPERATURE] or 0.0) - body.extras()["sink_temperature_c"] for body in (worn, new)]
    assert gaps[0] > 1.5 * gaps[1]


def test_a_degraded_fan_is_a_symptom_before_it_is_a_failure() -> None:
    assert "fan-degraded" not in busy({"fan-bearing": 0.70}).symptoms()
    worn = busy({"fan-bearing": 0.71})
    assert "fan-degraded" in worn.symptoms()
    assert worn.broken() is None


def test_health_falls_and_remaining_life_ends_at_the_failure_of_a_whole_accelerated_life() -> None:
    body = busy({}, acceleration=5e6)
    seen = [(body.health(), body.rul_s())]
    while body.broken() is None and body.tick < 200_000:
        body.advance(body.tick + 60)
        seen.append((body.health(), body.rul_s()))
    assert body.broken() in ("fan-bearing", "dust", "thermal-paste")
    assert seen[-1] == (0.0, 0.0)
    assert all(later[0] <= earlier[0] for earlier, later in pairwise(seen))
    assert all(health > 0.0 for health, _ in seen[:-1])
