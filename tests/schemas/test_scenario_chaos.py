"""Chaos in a scenario: chances, conditions, holds, caps, ramps and the dry run."""

from hashlib import blake2b
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.commands import SetParameter
from schemas.durations import MINUTE, SECOND
from schemas.scenario import Timeline, plan
from schemas.scenario.chances import exponential, gap_ns
from schemas.scenario.conditions import Condition
from schemas.scenario.holds import Holds
from schemas.scenario.victims import dry_run
from tests.schemas.scenario_words import fleet_of, load, problems, with_step


def draw(device: str, purpose: str, occurrence: int) -> float:
    word = blake2b(f"{device} {purpose} {occurrence}".encode(), digest_size=8).digest()
    return (int.from_bytes(word, "big") + 0.5) / 2**64


def timeline(text: str) -> Timeline:
    scenario = load(text)
    return Timeline(scenario, tuple(plan(scenario)), draw)


# --- chances ---


def test_gaps_are_those_of_a_poisson_process() -> None:
    gaps = [gap_ns(draw, "k", n, MINUTE) / MINUTE for n in range(20_000)]
    mean = sum(gaps) / len(gaps)
    assert 0.97 < mean < 1.03
    # memoryless: as many of those that waited a minute wait another one
    beyond = [gap for gap in gaps if gap > 1]
    assert abs(len(beyond) / len(gaps) - 0.3679) < 0.015
    assert abs(sum(gap > 2 for gap in beyond) / len(beyond) - 0.3679) < 0.02


def test_an_exponential_needs_no_logarithm() -> None:
    drawn = iter([0.3, 0.6])  # a run of one: odd, so the number itself
    assert exponential(lambda _: next(drawn)) == 0.3
    drawn = iter([0.6, 0.3, 0.9, 0.2, 0.5])  # a run of two: even, so one more and again
    assert exponential(lambda _: next(drawn)) == 1.2


def test_randomly_comes_by_chance_and_always_the_same() -> None:
    text = with_step("{randomly: 10s, until: 10m, do: restart, on: all}")
    times = [due.at_ns for due in timeline(text).due()]
    assert times == [due.at_ns for due in timeline(text).due()]
    assert 35 < len(times) < 90
    assert max(times) < 600 * SECOND
    assert len({later - sooner for sooner, later in pairwise(times)}) > 30


# --- ramps and ends ---


def test_a_ramp_comes_in_equal_steps_and_ends() -> None:
    step = "{at: 10s, do: set-parameter, parameter: demand_factor, value: 3, on: {ids: [pi-0001]}, for: 1m, "
    made = timeline(with_step(step + "ramp: {from: 1, over: 20s, steps: 4}}"))
    found = [(due.at_ns // SECOND, due.stage, due.undo) for due in made.due()]
    assert found == [(10, 0, False), (15, 1, False), (20, 2, False), (25, 3, False), (30, 4, False), (70, 0, True)]
    values = [command.value for due in made.due() for command in made.orders(due, ["pi-0001"])[:1]]  # type: ignore[union-attr]
    assert values[:5] == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert isinstance(made.orders(next(made.due()), ["pi-0001"])[0], SetParameter)


def test_everything_that_lasts_has_an_end_of_its_own() -> None:
    for word in ("inject-wear, mode: dust, damage: 0.5", "set-interval, interval: 5s", "hang", "half-open"):
        made = timeline(with_step(f"{{at: 1s, do: {word}, on: {{ids: [pi-0001]}}, for: 4s}}"))
        assert [due.at_ns // SECOND for due in made.due() if due.undo] == [5], word


# --- caps and the dry run ---


def test_a_cap_spares_who_is_too_much_but_nobody_who_is_hit_already() -> None:
    made = timeline(
        f"{fleet_of('count: 10')}chaos: {{cap_percent: 30}}\ntimeline:\n"
        "  - {at: 1s, do: pause, on: {ids: [pi-0001, pi-0002]}, for: 10s}\n"
        "  - {at: 2s, do: stop, on: {ids: [pi-0002, pi-0003, pi-0004]}, for: 1s}\n"
        "  - {at: 20s, do: pause, on: all, for: 1s}\n"
    )
    planned = [each for each in dry_run(made, None) if not each.undo]
    assert planned[0].hit == ("pi-0001", "pi-0002")
    assert "pi-0002" in planned[1].hit
    assert len(planned[1].hit) == 2
    assert len(planned[1].spared) == 1
    assert len(planned[2].hit) == 3
    assert len(planned[2].spared) == 7


def test_a_cap_that_spares_everybody_is_a_mistake() -> None:
    found = problems(f"{fleet_of('count: 10')}chaos: {{cap_percent: 5}}\n")
    assert found["chaos.cap_percent"].allowed == "at least 10"


def test_the_dry_run_names_what_the_timeline_does() -> None:
    text = f"{fleet_of('count: 50')}timeline: [{{every: 10s, do: stop, on: {{count: 3}}, for: 5s}}]"
    planned = list(dry_run(timeline(text), 60 * SECOND))
    made = timeline(text)
    for each, due in zip(planned, islice(made.due(), len(planned)), strict=True):
        assert each.at_ns == due.at_ns
        assert each.hit == tuple(made.victims(due).hit)
    assert [each.undo for each in planned][:4] == [False, True, False, True]


def test_nothing_is_planned_after_the_end() -> None:
    made = timeline(f"{fleet_of('count: 3')}chaos: {{end: 30s}}\ntimeline: [{{every: 10s, do: pause, on: all}}]")
    planned = list(dry_run(made, None))
    assert [each.at_ns // SECOND for each in planned] == [10, 20, 30]
    assert planned[-1].what == "everything is undone"
    assert planned[-1].hit == ("pi-0001", "pi-0002", "pi-0003")


# --- conditions ---


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ({"sensor": "fan", "above": 5}, [1.0, 6.0], True),
        ({"sensor": "fan", "above": 5}, [1.0, 5.0], False),
        ({"sensor": "fan", "above": 5}, [None], False),
        ({"sensor": "fan", "of": "all", "at_least": 5}, [5.0, 6.0], True),
        ({"sensor": "fan", "of": "all", "at_least": 5}, [5.0, None], False),
        ({"sensor": "fan", "of": "all", "at_least": 5}, [], False),
        ({"sensor": "fan", "of": "mean", "at_least": 2, "at_most": 3}, [1.0, 4.0], True),
        ({"sensor": "fan", "of": "max", "below": 3}, [1.0, 4.0], False),
        ({"sensor": "fan", "of": "min", "below": 3}, [1.0, 4.0], True),
        ({"sensor": "fan", "of": "sum", "above": 4.9}, [1.0, 4.0], True),
        ({"state": "failed"}, [0.0, 1.0], True),
        ({"state": "failed", "of": "all"}, [0.0, 1.0], False),
        ({"state": "failed", "of": "mean", "above": 0.4}, [0.0, 1.0], True),
    ],
)
def test_a_condition_holds_within_its_bounds(
    condition: dict[str, Any], values: list[float | None], holds: bool
) -> None:
    assert Condition.model_validate(condition).holds(values) is holds


@pytest.mark.parametrize(
    ("when", "path", "allowed"),
    [
        ("{above: 5}", "timeline[0].when", "exactly one of sensor"),
        ("{sensor: fan, state: failed}", "timeline[0].when", "exactly one of sensor"),
        ("{sensor: fan}", "timeline[0].when", "above, below"),
        ("{sensor: fun, above: 5}", "timeline[0].when.sensor", "temperature"),
        ("{damage: rust, above: 0.5}", "timeline[0].when.damage", "dust"),
        ("{sensor: fan, above: 5, on: {count: 3}}", "timeline[0].when", "without percent and count"),
        ("{books: nowhere, above: 5}", "timeline[0].when.books", "console"),
        ("{lag: worst_ms, above: 5}", "timeline[0].when", "one on devices"),
        ("{sensor: fan, abov: 5}", "timeline[0].when.abov", "above"),
    ],
)
def test_a_mistake_in_a_condition(when: str, path: str, allowed: str) -> None:
    found = problems(with_step(f"{{when: {when}, do: restart, on: all}}"))
    assert path in found
    assert allowed in found[path].allowed


@pytest.mark.parametrize(
    ("step", "path", "allowed"),
    [
        ("{at: 1s, do: chaos, action: kil, on: all}", "timeline[0].action", "kill, latency"),
        ("{at: 1s, do: chaos, action: latency, on: all}", "timeline[0]", "proxy (mqtt"),
        ("{at: 1s, do: chaos, action: kill, on: all, sink: console}", "timeline[0]", "only one of on"),
        (
            "{at: 1s, do: chaos, action: latency, proxy: mqtt, parameters: {x: 1}}",
            "timeline[0].parameters.x",
            "latency_ms",
        ),
        ("{at: 1s, do: chaos, action: kill, sink: nowhere}", "timeline[0].sink", "console"),
        ("{at: 1s, every: 1s, randomly: 1s, do: restart, on: all}", "timeline[0]", "only one of"),
        ("{at: 1s, times: 2, do: restart, on: all}", "timeline[0]", "times together with when"),
    ],
)
def test_a_mistake_in_a_step_of_chaos(step: str, path: str, allowed: str) -> None:
    found = problems(with_step(step))
    assert path in found, found
    assert allowed in found[path].allowed


# --- holds ---


def test_the_newest_claim_is_in_force_and_the_first_value_comes_back() -> None:
    holds, key = Holds(), ("parameter", "pi", "room")
    holds.begin(key, (0, 0, 0), 30.0, 22.0)
    holds.begin(key, (0, 1, 0), 40.0, 30.0)
    assert holds.end((0, 0, 0)) == []  # the older one is not in force
    assert [(change.value, change.held) for change in holds.end((0, 1, 0))] == [(22.0, False)]
    assert not len(holds)


def test_an_end_in_the_other_order_goes_back_step_by_step() -> None:
    holds, key = Holds(), ("parameter", "pi", "room")
    holds.begin(key, (0, 0, 0), 30.0, 22.0)
    holds.begin(key, (0, 1, 0), 40.0, 30.0)
    assert [(change.value, change.held) for change in holds.end((0, 1, 0))] == [(30.0, True)]
    assert [(change.value, change.held) for change in holds.end((0, 0, 0))] == [(22.0, False)]


KEYS = st.sampled_from([("parameter", "a", "x"), ("parameter", "b", "x"), ("pause", "a")])
ACTS = st.lists(st.tuples(st.sampled_from(["begin", "end"]), KEYS, st.integers(0, 4)), max_size=40)


@given(ACTS)
def test_whatever_overlaps_in_the_end_everything_is_as_it_was(acts: list[tuple[str, tuple[str, ...], int]]) -> None:
    holds, before, now = (
        Holds(),
        {},
        dict.fromkeys([("parameter", "a", "x"), ("parameter", "b", "x"), ("pause", "a")], -1),
    )
    before = dict(now)
    for what, key, number in acts:
        claim = (0, number, 0)
        if what == "begin":
            holds.begin(key, claim, number, now[key])
            now[key] = number
        else:
            for change in holds.end(claim):
                now[change.key] = change.value
    kept = Holds()
    kept.restore(holds.snapshot())
    for change in kept.end_all():
        now[change.key] = change.value
    assert now == before
