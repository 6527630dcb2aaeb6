"""The valve: a cap that holds under any demand, a switch that outlives the process, and nothing lost by either."""

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from actors.sinks.base import LiveOptions, Spool, Surroundings, make_spool
from actors.sinks.base.valve import Bucket, Buckets, Valve
from actors.sinks.kafka import SINK as KAFKA
from actors.sinks.mqtt import SINK as MQTT
from engine.clock import FakeWall
from schemas.settings import Settings
from tests.actors.sinks.spool_cases import frame, spool


def carried(wall: FakeWall, spools: list[Spool], seconds: float, demand_per_s: int) -> list[list[int]]:
    """What each writer gets out while so much is wanted of each; time goes by 20 ms at a time."""
    passes = [made.attach(1, lambda: None) for made in spools]
    out: list[list[int]] = [[] for _ in spools]
    steps = round(seconds / 0.02)
    for step in range(steps):
        for made, mine, found in zip(spools, passes, out, strict=True):
            for number in range(demand_per_s * step // 50, demand_per_s * (step + 1) // 50):
                made.put(frame("pi-1", number))
            drawn = made.draw(mine, 500)
            found += [one.record.sequence for one in drawn]
            made.confirm(mine, [one.row for one in drawn])
        wall.wait(0.02, Event())
    return out


def made_spool(path: Path, *buckets: Bucket) -> Spool:
    made = spool(path)
    made.valve = Valve(buckets)
    return made


@pytest.mark.parametrize("per_s", [3, 50, 150])
def test_the_cap_holds_within_five_percent_under_ten_times_the_demand(tmp_path: Path, per_s: int) -> None:
    wall = FakeWall()
    made = made_spool(tmp_path / "x.spool", Bucket(per_s, wall))
    ((*out,),) = carried(wall, [made], 10, 10 * per_s)
    assert 0.95 * 10 * per_s <= len(out) <= 1.05 * 10 * per_s + 1
    assert out == list(range(len(out))), "in order, none left out"
    totals = made.books.totals()
    assert totals.accepted == totals.acked + totals.queued == 10 * 10 * per_s
    assert (totals.acked, totals.dropped) == (len(out), {})
    assert made.valve.holds


def test_less_than_the_cap_is_not_held_up(tmp_path: Path) -> None:
    wall = FakeWall()
    ((*out,),) = carried(wall, [made_spool(tmp_path / "x.spool", Bucket(400, wall))], 4, 300)
    assert len(out) == 1200


def test_sinks_of_one_target_share_its_cap_and_others_do_not(tmp_path: Path) -> None:
    wall = FakeWall()
    buckets = Buckets(100, wall)
    targets = ("a:1883", "a:1883", "b:1883")
    found = [bucket for target in targets if (bucket := buckets.of(target)) is not None]
    spools = [made_spool(tmp_path / f"{place}.spool", bucket) for place, bucket in enumerate(found)]
    one, two, other = map(len, carried(wall, spools, 10, 500))
    assert 950 <= one + two <= 1050
    assert 950 <= other <= 1050
    assert Buckets(None).of("a:1883") is None


def test_of_two_caps_the_lower_one_counts_and_what_it_refuses_is_left_to_others(tmp_path: Path) -> None:
    wall = FakeWall()
    shared = Bucket(100, wall)
    narrow = made_spool(tmp_path / "narrow.spool", shared, Bucket(20, wall))
    wide = made_spool(tmp_path / "wide.spool", shared)
    one, two = map(len, carried(wall, [narrow, wide], 10, 500))
    assert 190 <= one <= 210
    assert 950 <= one + two <= 1050


def test_a_sink_that_is_off_keeps_what_it_has_and_what_comes(tmp_path: Path) -> None:
    made = spool(tmp_path / "x.spool")
    mine = made.attach(1, lambda: None)
    made.valve.turn(enabled=False)
    for number in range(5):
        made.put(frame("pi-1", number))
    assert made.draw(mine, 10) == []
    assert made.sleep(mine), "its writer does not spin"
    made.valve.turn(enabled=True)
    assert not made.sleep(mine)
    assert [one.record.sequence for one in made.draw(mine, 10)] == list(range(5))


def test_a_sink_stays_off_for_another_process_until_it_is_turned_on(tmp_path: Path) -> None:
    around = Surroundings("out", state_folder=tmp_path)
    options = LiveOptions()
    assert make_spool(options, around).valve.enabled
    make_spool(options, around).valve.turn(enabled=False)
    assert not make_spool(options, around).valve.enabled
    make_spool(options, around).valve.turn(enabled=True)
    assert make_spool(options, around).valve.enabled


@pytest.mark.parametrize("kind", [MQTT, KAFKA])
def test_the_sinks_of_brokers_have_both_caps(kind: Any, tmp_path: Path) -> None:
    where = {"MQTT_HOST": "broker", "MQTT_PORT": "1883", "KAFKA_BROKER_SETTINGS": "broker:9092"}
    settings = Settings.load(where)
    around = Surroundings("out", state_folder=tmp_path, settings=settings, buckets=Buckets(70))
    caps = [kind.build(kind.options.model_validate(more), around).lane.valve.per_s for more in ({}, {"max_per_s": 9.0})]
    assert caps == [70, 9.0]
