"""Overrides: one value changed on top of a file, by index or by name."""

import pytest

from schemas.durations import SECOND
from schemas.paths import PathError, format_path, parse_path
from schemas.problems import InvalidInput
from schemas.scenario.findings import MOST
from tests.schemas.scenario_words import MINIMAL, fleet_of, load, problems, with_step


def test_values_are_yaml() -> None:
    scenario = load(
        MINIMAL, "seed=7", "pace=max", "name=other", "description=''", "duration = 1h", "fleet=[{kind: cpu}]"
    )
    assert (scenario.seed, scenario.pace, scenario.name) == (7, "max", "other")
    assert scenario.duration_ns == 3_600 * SECOND
    assert scenario.fleet[0].kind == "cpu"


def test_entries_are_meant_by_index_or_name() -> None:
    text = f"{MINIMAL}  - {{kind: cpu, name: big}}\n"
    scenario = load(text, "fleet[0].count=100", "fleet.big.interval=5s", "fleet.raspberry-pi.spread=0")
    assert scenario.fleet[0].count == 100
    assert scenario.fleet[0].spread == 0
    assert scenario.fleet[1].interval_ns == 5 * SECOND


def test_missing_mappings_are_made() -> None:
    group = load(fleet_of("count: 1"), "fleet.pi.wear.dust=0.3", 'fleet.pi.labels["site.name"]=Basel').fleet[0]
    assert group.wear == {"dust": 0.3}
    assert group.labels == {"site.name": "Basel"}


def test_the_default_sink_has_a_name_too() -> None:
    scenario = load(MINIMAL, "sinks.console.truth=true", "sinks[0].kind=null")
    assert (scenario.sinks[0].name, scenario.sinks[0].kind, scenario.sinks[0].truth) == ("null", "null", True)


def test_the_last_override_wins() -> None:
    assert load(MINIMAL, "seed=1", "seed=2", "seed=3").seed == 3


def test_steps_are_meant_by_name() -> None:
    text = with_step("{name: nap, at: 5s, do: pause, on: all}")
    assert load(text, "timeline.nap.at=9s").timeline[0].at_ns == 9 * SECOND


@pytest.mark.parametrize(
    ("override", "allowed", "hint"),
    [
        ("seed", "path=value", ""),
        ("=5", "a path such as", ""),
        ("..=5", "a path such as", ""),
        ("fleet[x]=5", "a path such as", ""),
        ("fleet[7].count=5", "an index from 0 to 0", ""),
        ("fleet.po.count=5", "one of the names pi", ""),
        ("fleet.pii.count=5", "one of the names pi", "'pi'"),
        ("fleet.pi.count.x=5", "a path that exists", ""),
        ("seed[0]=5", "a path that exists", ""),
        ("seed=[1", "a value in YAML", ""),
        ("seed=&a 1", "", ""),
        ("fleet=[" + "1," * 3_000 + "]", "a value in YAML", ""),
        ("seed=" + " " * 20_000, "a value in YAML", ""),
        ("seed=" + "[" * 1_000, "a value in YAML", ""),
        (".".join("a" * 40) + "=1", "at most 16 steps", ""),
    ],
)
def test_what_is_no_override(override: str, allowed: str, hint: str) -> None:
    if override == "seed=&a 1":
        assert load(MINIMAL, override).seed == 1
        return
    told = problems(fleet_of("count: 3"), override)
    assert list(told) == ["--set"]
    assert told["--set"].allowed.startswith(allowed) or allowed in told["--set"].allowed
    assert hint in told["--set"].hint
    assert told["--set"].line is None


def test_two_entries_of_one_name_need_an_index() -> None:
    text = f"{MINIMAL}  - {{kind: raspberry-pi, name: raspberry-pi}}\n"
    assert "2 entries are called" in problems(text, "fleet.raspberry-pi.count=2")["--set"].allowed


def test_a_wrong_value_names_its_override() -> None:
    problem = problems(fleet_of("interval: 1s"), "fleet.pi.interval=5 parsecs")["fleet[0].interval"]
    assert "Given by --set 'fleet.pi.interval=5 parsecs'" in problem.hint
    assert problem.line is None


def test_a_misspelt_key_is_found_behind_an_override() -> None:
    problem = problems(MINIMAL, "sede=5")["sede"]
    assert "'seed'" in problem.hint


def test_a_command_line_of_mistakes_gives_a_readable_number_of_them() -> None:
    with pytest.raises(InvalidInput) as caught:
        load(MINIMAL, *[f"fleet[{n}].count=1" for n in range(1, 900)])
    assert len(caught.value.problems) == MOST + 1


def test_overrides_cannot_raise_the_caps() -> None:
    assert "fleet[0].count" in problems(MINIMAL, "fleet[0].count=10000000")
    assert "1001 overrides" in problems(MINIMAL, *["seed=1"] * 1_001)["--set"].found


@pytest.mark.parametrize("path", [("seed",), ("fleet", 0, "count"), ("labels", "a.b"), ("a", 1, 2, "b"), ("x y", "c")])
def test_a_path_comes_back(path: tuple[str | int, ...]) -> None:
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", "a[", "a[-1]", "a[1", "a b", 'a["b]', "[1]x"])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(PathError):
        parse_path(text)
