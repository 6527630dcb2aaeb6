"""Scoring: what was wrong, whether it had to be noticed, what an alert is about, and what is a false one."""

from collections.abc import Sequence
from typing import Any

import pytest

from actors.scoring import Episode, Episodes, Score, Told, score
from schemas import events
from schemas.events import Entry
from schemas.scenario.expectations import MonitorSpec
from schemas.scenario.steps import STEPS

S = 10**9
SETTINGS: dict[tuple[str, str], Any] = {("pi-1", "supply_v"): 5.1, ("pi-2", "supply_v"): 5.1}


def step(do: str, **keys: Any) -> Any:
    return STEPS[do].model_validate({"do": do, "at": "0s", **keys})


def gathered(spec: MonitorSpec, *told: Any) -> Episodes:
    """Episodes of a run: steps that begin as (key, step, devices), and events."""
    settings = dict(SETTINGS)
    episodes = Episodes(spec, lambda device, name: settings[device, name])
    for number, each in enumerate(told):
        if isinstance(each, tuple):
            episodes.began(*each)
            continue
        if isinstance(each, events.ParameterSet):
            settings[each.device, each.name] = each.value
        episodes.tell(Entry(number, True, each))
    return episodes


def spec(**keys: Any) -> MonitorSpec:
    return MonitorSpec.model_validate(keys)


def scored(episodes: Sequence[Episode], asked: MonitorSpec, *alerts: Told) -> Score:
    return score(alerts, episodes, asked, devices=2, start_ns=0, end_ns=43_200 * S)


def at(second: int, device: str = "pi-1", sensor: str | None = None) -> Told:
    return Told(second * S, device, sensor, "odd")


SUPPLY = {"on": "all", "parameter": "supply_v", "value": 4.5, "ramp": {"from": 5.1, "over": "1m"}}
SAGS: list[Any] = [
    ("timeline/sag", step("set-parameter", notice="must", seen_in=["voltage"], **SUPPLY), ("pi-1",)),
    events.ParameterSet("pi-1", "supply_v", 5.1, 100 * S),
    events.ParameterSet("pi-1", "supply_v", 4.5, 160 * S),
    events.ParameterSet("pi-1", "supply_v", 5.1, 700 * S),
]


def test_a_step_that_must_be_noticed_is_one_episode_until_the_parameter_is_what_it_was() -> None:
    (found,) = gathered(spec(), *SAGS).all()
    assert (found.step, found.notice, found.onset_ns, found.end_ns) == ("sag", "must", 100 * S, 700 * S)


def test_without_a_word_a_change_of_a_parameter_may_be_noticed() -> None:
    key, sag, devices = SAGS[0]
    plain = sag.model_copy(update={"notice": None})
    (found,) = gathered(spec(), (key, plain, devices), *SAGS[1:]).all()
    assert found.notice == "may"
    assert gathered(spec(notice={"setting": "must"}), (key, plain, devices), *SAGS[1:]).all()[0].notice == "must"


def test_of_overlapping_steps_on_a_parameter_each_has_its_own_end() -> None:
    def deep(value: float) -> Any:
        return step("set-parameter", notice="must", on="all", parameter="supply_v", value=value)

    found = gathered(
        spec(),
        ("timeline/low", deep(4.8), ("pi-1",)),
        events.ParameterSet("pi-1", "supply_v", 4.8, 10 * S),
        ("timeline/lower", deep(4.5), ("pi-1",)),
        events.ParameterSet("pi-1", "supply_v", 4.5, 20 * S),
        events.ParameterSet("pi-1", "supply_v", 4.8, 30 * S),
        events.ParameterSet("pi-1", "supply_v", 5.1, 40 * S),
    ).all()
    assert [(each.step, each.end_ns) for each in found] == [("low", 40 * S), ("lower", 30 * S)]


def test_an_alert_about_another_sensor_does_not_notice_what_shows_in_one() -> None:
    episodes = gathered(spec(), *SAGS).all()
    assert scored(episodes, spec(), at(200, sensor="temperature")).recall == 0.0
    assert scored(episodes, spec(), at(200)).recall == 0.0
    assert scored(episodes, spec(), at(200, sensor="temperature")).false == ()
    found = scored(episodes, spec(), at(200, sensor="temperature"), at(230, sensor="voltage"))
    assert (found.recall, found.rows[0].after_s) == (1.0, 130.0)


def test_what_is_found_too_late_is_missed_and_the_row_says_when() -> None:
    found = scored(gathered(spec(), *SAGS).all(), spec(detect_within="2m"), at(300, sensor="voltage"))
    assert (found.recall, found.rows[0].in_time, found.rows[0].after_s) == (0.0, False, 200.0)


def test_alerts_after_the_end_and_its_grace_are_false_ones() -> None:
    episodes = gathered(spec(), *SAGS).all()
    assert len(scored(episodes, spec(), at(759), at(761), at(200, device="pi-2")).false) == 2


def test_what_never_should_be_noticed_makes_its_alerts_false() -> None:
    key, sag, devices = SAGS[0]
    calm = sag.model_copy(update={"notice": "never"})
    episodes = gathered(spec(), (key, calm, devices), *SAGS[1:]).all()
    found = scored(episodes, spec(), at(200, sensor="voltage"))
    assert (found.wanted, len(found.false), found.precision) == (0, 1, 0.0)
    assert found.false_alarms_per_device_day == 1.0


def test_a_common_cause_may_be_noticed_by_any_sensor_unless_its_layer_must() -> None:
    came = events.FaultInjected("pi-1", "body", "room", "room-heat", 10 * S)
    episodes = gathered(spec(), came).all()
    assert (episodes[0].notice, episodes[0].layer) == ("may", "cause")
    assert scored(episodes, spec(), at(20, sensor="temperature")).false == ()
    assert gathered(spec(notice={"cause": "must"}), came).all()[0].notice == "must"


def test_faults_that_came_by_chance_must_be_noticed_and_are_not_the_steps() -> None:
    lie = step("inject-fault", on="all", sensor="temperature", fault="stuck", notice="may")
    found = gathered(
        spec(),
        ("timeline/lie", lie, ("pi-1",)),
        events.FaultInjected("pi-1", "temperature", "a", "stuck", 10 * S),
        events.FaultCleared("pi-1", "temperature", "a", 20 * S),
        events.FaultInjected("pi-1", "temperature", "b", "stuck", 30 * S),
    ).all()
    assert [(each.step, each.notice) for each in found] == [("lie", "may"), (None, "must")]


def test_a_reboot_that_must_be_noticed_ends_when_the_device_runs() -> None:
    again = step("restart", on="all", notice="must", seen_in=["device"])
    found = gathered(
        spec(),
        ("timeline/again", again, ("pi-1",)),
        events.StateChanged("pi-1", 10 * S, "running", "booting", "restart"),
        events.StateChanged("pi-1", 30 * S, "booting", "running", "booted"),
    ).all()
    assert [(each.step, each.what, each.end_ns) for each in found] == [("again", "booting", 30 * S)]
    assert scored(found, spec(), at(25)).recall == 1.0
    assert scored(found, spec(), at(25, sensor="fan")).recall == 0.0


def test_what_befalls_everybody_is_noticed_by_an_alert_about_anybody() -> None:
    down = step("chaos", action="down", proxy="kafka", notice="must")
    found = gathered(
        spec(),
        ("timeline/down", down, ()),
        events.ChaosBegun("down", "kafka", 10 * S),
        events.ChaosEnded("down", "kafka", 20 * S),
    ).all()
    assert [(each.step, each.device, each.end_ns) for each in found] == [("down", "", 20 * S)]
    assert scored(found, spec(), at(15, device="pi-2")).recall == 1.0
    assert scored(found, spec()).recall == 0.0


def test_a_step_that_had_to_be_noticed_and_brought_nothing_is_told() -> None:
    lie = step("inject-fault", on="all", sensor="temperature", fault="stuck", notice="must")
    episodes = gathered(spec(), ("timeline/lie", lie, ("pi-1",)))
    assert episodes.idle() == ["lie"]
    found = score((), episodes.all(), spec(), devices=1, start_ns=0, end_ns=S, idle=episodes.idle())
    assert (found.recall, found.wanted) == (0.0, 1)
    episodes.tell(Entry(1, True, events.FaultInjected("pi-1", "temperature", "a", "stuck", S)))
    episodes.began("timeline/lie", lie, ("pi-2",))
    assert episodes.idle() == []


@pytest.mark.parametrize(("sensor", "notice"), [("temperature", "must"), ("power", "may")])
def test_only_faults_of_these_sensors_must_be_noticed(sensor: str, notice: str) -> None:
    came = events.FaultInjected("pi-1", sensor, "a", "stuck", 10 * S)
    assert gathered(spec(fault_sensors=["temperature"]), came).all()[0].notice == notice


def test_injected_wear_is_one_episode_even_when_health_was_looked_at_first() -> None:
    worn = step("inject-wear", on="all", mode="dust", damage=0.8)
    episodes = gathered(spec(), ("timeline/worn", worn, ("pi-1",)))
    episodes.health("pi-1", 0.2, 10 * S)
    episodes.tell(Entry(9, True, events.WearInjected("pi-1", "dust", 0.8, 10 * S)))
    episodes.health("pi-1", 0.2, 20 * S)
    assert [(each.step, each.what) for each in episodes.all()] == [("worn", "dust")]


def test_what_gets_worse_is_one_episode_and_little_wear_is_one_when_a_step_says_so() -> None:
    def dust(damage: float, **keys: Any) -> Any:
        return step("inject-wear", on="all", mode="dust", damage=damage, **keys)

    storms = [
        ("timeline/first", dust(0.4), ("pi-1",)),
        events.WearInjected("pi-1", "dust", 0.4, 10 * S),
        ("timeline/second", dust(0.7), ("pi-1",)),
        events.WearInjected("pi-1", "dust", 0.7, 20 * S),
        ("timeline/third", dust(0.9), ("pi-1",)),
        events.WearInjected("pi-1", "dust", 0.9, 30 * S),
    ]
    assert [(each.step, each.onset_ns) for each in gathered(spec(), *storms).all()] == [("second", 20 * S)]
    storms[0] = ("timeline/first", dust(0.4, notice="must"), ("pi-1",))
    assert [(each.step, each.onset_ns) for each in gathered(spec(), *storms).all()] == [("first", 10 * S)]


def test_what_is_over_sooner_than_asked_need_not_be_noticed() -> None:
    assert gathered(spec(shortest="11m"), *SAGS).all()[0].notice == "may"
    assert gathered(spec(shortest="9m"), *SAGS).all()[0].notice == "must"


def test_wear_that_nobody_injected_is_one_episode_until_it_is_repaired() -> None:
    episodes = gathered(spec())
    for second, health in ((10, 0.95), (20, 0.4), (30, 0.3)):
        episodes.health("pi-1", health, second * S)
    episodes.tell(Entry(9, True, events.PartRepaired("pi-1", "dust", 40 * S)))
    episodes.health("pi-1", 1.0, 50 * S)
    assert [(each.what, each.onset_ns, each.end_ns) for each in episodes.all()] == [("failing", 20 * S, 40 * S)]


def test_an_early_alert_about_wear_is_about_its_failing() -> None:
    episodes = gathered(spec())
    for second, health in ((10, 0.95), (20, 0.8), (100, 0.4)):
        episodes.health("pi-1", health, second * S)
    assert [(each.what, each.notice) for each in episodes.all()] == [("worn", "may"), ("failing", "must")]
    found = scored(episodes.all(), spec(detect_within="1m"), at(50))
    assert (found.recall, found.missed, found.false, found.found[0].after_s) == (1.0, [], (), -50.0)
    assert scored(episodes.all(), spec(), at(15)).recall == 0.0


def test_errors_of_remaining_life_are_shares_of_what_was_true() -> None:
    alerts = [at(10)._replace(rul_s=150.0), at(20)._replace(rul_s=50.0), at(30)]
    found = score(alerts, (), spec(), devices=1, start_ns=0, end_ns=S, remaining=lambda device, time_ns: 100.0)
    assert found.rul_errors == [0.5, 0.5]
    assert score(alerts, (), spec(), devices=1, start_ns=0, end_ns=S).rul_errors == []
