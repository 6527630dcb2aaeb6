"""Sites: every group at every place, as different as the dials say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.starting_wear import wear_at_start
from actors.vocabulary import Words
from schemas.problems import InvalidInput
from schemas.scenario import Scenario, load_scenario, plan

SITES = """
version: 1
name: sites
sites:
  - {name: oslo, room_temperature_c: 18, profile: web, modes: [dust], wear: {dust: [0, 0.5]}, labels: {grid: north}}
  - {name: cairo, room_temperature_c: 30, profile: edge, modes: [fan-bearing], acceleration: 51, size: 0.5}
  - {name: lima, modes: [thermal-paste]}
fleet:
  - {name: pi, kind: raspberry-pi, model: "5", setup: active-cooler, profile: idle, count: 10}
  - {name: open, kind: raspberry-pi, model: "4", setup: open, count: 2, profile: idle}
  - {name: desk, site: home, kind: cpu, count: 1}
sinks:
  - {kind: "null", select: {groups: [pi]}}
timeline:
  - {at: 1h, do: repair, on: {groups: [pi, desk], count: 2}}
"""


def load(*overrides: str) -> Scenario:
    return load_scenario(SITES, "sites.yaml", overrides, vocabulary=Words())


def at_site(scenario: Scenario, site: str) -> list[Any]:
    return [group for group in scenario.fleet if group.site == site]


def test_as_written_each_site_is_its_own() -> None:
    scenario = load()
    (oslo, bare), (cairo, _) = at_site(scenario, "oslo"), at_site(scenario, "cairo")
    assert (oslo.name, oslo.count, oslo.device_id(1)) == ("oslo-pi", 10, "oslo-pi-0001")
    assert (oslo.room_temperature_c, oslo.profile, oslo.modes) == (18.0, "web", ("dust",))
    assert oslo.wear == {"dust": (0.0, 0.5)}
    assert oslo.labels == {"site": "oslo", "grid": "north"}
    assert (cairo.count, cairo.acceleration, cairo.modes, dict(cairo.wear)) == (5, 51.0, ("fan-bearing",), {})
    # an open board has neither fan nor paste: nothing of what Lima has can occur to it
    assert bare.modes == ("dust",)
    assert at_site(scenario, "lima")[1].modes == ()
    assert [group.name for group in at_site(scenario, "home")] == ["desk"]
    assert scenario.sites == ()


def test_with_the_dials_at_nought_all_sites_are_alike() -> None:
    scenario = load("difference=0")
    kept = ("room_temperature_c", "room_swing_c", "acceleration", "spread", "modes", "wear")

    def facts(site: str) -> set[str]:
        groups = [group for group in at_site(scenario, site) if "pi" in group.name]
        return {json.dumps({name: getattr(group, name) for name in kept}) for group in groups}

    assert facts("oslo") == facts("cairo") == facts("lima")
    (one,) = facts("oslo")
    assert json.loads(one)["modes"] == ["dust", "fan-bearing", "thermal-paste"]
    assert json.loads(one)["room_temperature_c"] == pytest.approx((18 + 30 + 22) / 3)
    mix = {group.profile: group.count for group in at_site(scenario, "oslo") if "pi" in group.name}
    assert mix == {"edge": 3, "idle": 3, "web": 4} or sorted(mix.values()) == [3, 3, 4]


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_dials_only_ever_bring_sites_apart(one: float, other: float) -> None:
    low, high = sorted((one, other))

    def apart(dial: float) -> tuple[float, int, int]:
        scenario = load(f"difference={dial:.6f}")
        rooms = [at_site(scenario, site)[0].room_temperature_c for site in ("oslo", "cairo")]
        modes = [set(at_site(scenario, site)[0].modes) for site in ("oslo", "cairo", "lima")]
        own = sum(g.count for g in at_site(scenario, "oslo") if g.profile == "web" and "pi" in g.name)
        return rooms[1] - rooms[0], -sum(map(len, modes)), own

    near, far = apart(low), apart(high)
    assert all(n <= f + 1e-9 for n, f in zip(near, far, strict=True))


def test_selectors_of_a_pattern_mean_its_groups_at_every_site() -> None:
    scenario = load("difference.profile=0.5")
    made = {group.name for group in scenario.fleet if group.name.partition("-")[2].startswith("pi")}
    assert len(made) > 3
    step: Any = scenario.timeline[0]
    assert set(step.on.groups) == {*made, "desk"}
    assert set(scenario.sinks[0].select.groups) == made


def test_the_ids_of_a_site_do_not_depend_on_its_profiles() -> None:
    mixed = [device.id for device in plan(load("difference.profile=0.5")) if device.id.startswith("oslo-pi")]
    assert sorted(mixed) == [f"oslo-pi-{n:04d}" for n in range(1, 11)]


def test_what_a_run_writes_down_loads_to_the_same_fleet() -> None:
    scenario = load("difference=0.3")
    again = load_scenario(json.dumps(scenario.document()), "again", vocabulary=Words())
    assert again == scenario


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("sites[1].name=oslo", "sites[1].name: found the name 'oslo'"),
        ("sites[0].modes=[dus]", "Did you mean 'dust'?"),
        ("sites[0].profile=wbe", "Did you mean 'web'?"),
        ("sites[0].size=1000000", "sites[0].size"),
        ("difference.room=3", "difference.room: found 3; allowed: at most 1.0"),
        ("fleet[0].wear.dust=[0.5, 0.1]", "a list of two, such as [0, 0.5]"),
        ("fleet[0].count=50000", "devices at all sites"),
    ],
)
def test_what_is_wrong_is_told(override: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load(override)
    assert told in str(refused.value)


def test_wear_between_two_damages_is_drawn_for_each_device_evenly_over_the_life() -> None:
    scenario = load_scenario(
        "version: 1\nfleet: [{kind: cpu, count: 400, wear: {fan-bearing: [0, 1], dust: 0.25}}]",
        "used",
        vocabulary=Words(),
    )
    drawn = [wear_at_start(7, spec) for spec in plan(scenario)]
    assert {wear["dust"] for wear in drawn} == {0.25}
    shares = sorted(wear["fan-bearing"] ** (1 / 3) for wear in drawn)
    # Kolmogorov-Smirnov at 1 %: 1.63 / sqrt(400)
    assert max(abs(share - (n + 0.5) / 400) for n, share in enumerate(shares)) < 0.0815
    assert drawn == [wear_at_start(7, spec) for spec in plan(scenario)]
    assert drawn != [wear_at_start(8, spec) for spec in plan(scenario)]
