"""Loading: the smallest scenario, and every mistake with its place, what was found and what is allowed."""

from pathlib import Path
from time import process_time
from typing import Literal, Self

import pytest
from pydantic import BaseModel, ConfigDict, model_validator

from schemas.durations import SECOND
from schemas.problems import InvalidInput, Problem
from schemas.scenario import KindWords, Limits, build_scenario, load_scenario, option_problems, read_scenario
from schemas.scenario.findings import MOST
from schemas.scenario.instants import DEFAULT_START, format_instant, parse_instant
from schemas.yaml_door import YamlLimits
from tests.schemas.scenario_words import MINIMAL, Words, fleet_of, load, problems, with_step


def test_three_lines_are_a_scenario() -> None:
    scenario = load(MINIMAL)
    assert (scenario.version, scenario.name, scenario.seed, scenario.pace) == (1, "scenario", 1, 1.0)
    assert scenario.start_ns == DEFAULT_START == 1_767_225_600 * SECOND
    assert scenario.duration_ns is None
    assert scenario.lag == "stretch"
    assert scenario.timeline == ()
    (group,) = scenario.fleet
    assert (group.name, group.model, group.setup, group.profile) == ("raspberry-pi", "3b+", "open", "idle")
    assert (group.count, group.interval_ns, group.device_id(7)) == (1, SECOND, "raspberry-pi-0007")
    (sink,) = scenario.sinks
    assert (sink.name, sink.kind, sink.format, sink.truth) == ("console", "console", "json", False)


def test_everything_that_is_given_arrives() -> None:
    scenario = load(
        """
version: 1
name: full
seed: 9223372036854775807
pace: max
start: 2027-03-04T05:06:07.25+01:00
duration: 1d
lag: skip
fleet:
  - name: pi
    kind: raspberry-pi
    model: 4
    setup: heatsink-fan
    profile: web
    count: 3
    first: 10
    id: board-{n:03d}
    labels: {room: "2", site.name: Basel}
    interval: 500ms
    intervals: {temperature: 1s}
    phase: aligned
    room_temperature_c: 30
    room_swing_c: 1.5
    spread: 0
    acceleration: 50
    wear: {dust: 0.25}
    modes: [dust]
    settings: {demand_factor: 2}
    cold: true
    faults: [{sensor: fan, fault: stuck, parameters: {at: zero}, for: 1h, id: f1}]
sinks:
  - kind: null
  - {kind: file, name: archive, truth: true, select: {groups: [pi]}, options: {path: out.jsonl}}
"""
    )
    group = scenario.fleet[0]
    assert scenario.pace == "max"
    assert format_instant(scenario.start_ns) == "2027-03-04T04:06:07.25Z"
    assert scenario.duration_ns == 86_400 * SECOND
    assert group.model == "4"
    assert group.device_id(12) == "board-012"
    assert dict(group.labels) == {"room": "2", "site.name": "Basel"}
    assert (group.interval_ns, dict(group.intervals_ns)) == (SECOND // 2, {"temperature": SECOND})
    assert (group.room_temperature_c, group.acceleration, group.spread) == (30.0, 50.0, 0.0)
    assert (group.wear, group.modes, group.cold, group.settings) == (
        {"dust": 0.25},
        ("dust",),
        True,
        {"demand_factor": 2},
    )
    assert (group.faults[0].for_ns, group.faults[0].id) == (3_600 * SECOND, "f1")
    assert [sink.kind for sink in scenario.sinks] == ["null", "file"]
    assert scenario.sinks[1].options == {"path": "out.jsonl"}


def test_a_scenario_is_frozen() -> None:
    scenario = load(MINIMAL)
    with pytest.raises(ValueError, match="frozen"):
        scenario.seed = 2
    with pytest.raises(ValueError, match="frozen"):
        scenario.fleet[0].count = 2


@pytest.mark.parametrize("text", [MINIMAL, with_step("{at: 5s, do: hang, on: all, for: 1m}"), fleet_of("faults: []")])
def test_its_document_is_the_same_scenario(text: str) -> None:
    scenario = load(text, "fleet[0].wear.dust=0.5")
    assert build_scenario(scenario.document(), "again", vocabulary=Words()) == scenario


def test_now_is_looked_up_once_and_recorded() -> None:
    calls = []

    def now() -> int:
        calls.append(1)
        return 1_800_000_000 * SECOND

    scenario = load_scenario(f"{MINIMAL}start: now\n", "t", vocabulary=Words(), now=now)
    assert len(calls) == 1
    assert scenario.start_ns == 1_800_000_000 * SECOND
    assert scenario.document()["start"] == "2027-01-15T08:00:00Z"
    assert "no clock" in problems(f"{MINIMAL}start: now\n")["start"].hint


@pytest.mark.parametrize("text", ["2026-13-01", "1969-12-31T23:59:59Z", "2150-01-01", "tomorrow", "2026-01-01 00:00"])
def test_other_instants_are_refused(text: str) -> None:
    assert "2026-01-01T00:00:00Z" in problems(f"{MINIMAL}start: {text}\n")["start"].allowed
    with pytest.raises(ValueError):
        parse_instant(text)


def test_an_instant_needs_its_time_zone() -> None:
    assert "add Z" in problems(f"{MINIMAL}start: 2026-01-01T00:00:00\n")["start"].hint


GROUP_MISTAKES = [
    ("interval: 5", "interval", "5", "1ms to 1d", "did you mean '5s'"),
    ("interval: 5 parsecs", "interval", "'5 parsecs'", "500ms, 5s or 1h30m", "not a unit"),
    ("interval: -5s", "interval", "'-5s'", "1ms to 1d", "never negative"),
    ("interval: -5", "interval", "-5", "1ms to 1d", ""),
    ("interval: 0.5ms", "interval", "'0.5ms'", "1ms to 1d", ""),
    ("interval: 25h", "interval", "'25h'", "1ms to 1d", ""),
    ("interval: 1:30", "interval", "'1:30'", "1ms to 1d", "1m30s"),
    ("interval: yes", "interval", "'yes'", "1ms to 1d", ""),
    ("intervals: {temprature: 1s}", "intervals.temprature", "'temprature'", "temperature, power", "'temperature'"),
    ("intervals: {fan: 1}", "intervals.fan", "1", "1ms to 1d", "'1s'"),
    ("count: 0", "count", "0", "at least 1", ""),
    ("count: -3", "count", "-3", "at least 1", ""),
    ("count: 1.5", "count", "1.5", "a whole number", ""),
    ("count: '3'", "count", "'3'", "a whole number", "without quotes"),
    ("count: 0x10", "count", "'0x10'", "a whole number", "decimal"),
    ("count: 1_000", "count", "'1_000'", "a whole number", "underscores"),
    ("count: true", "count", "true", "a whole number", ""),
    ("count: [1]", "count", "a list", "a whole number", ""),
    ("kont: 3", "kont", "the unknown key 'kont'", "count", "'count'"),
    ("model: '6'", "model", "'6'", "3b+, 4, 5", ""),
    ("model: 6", "model", "'6'", "3b+, 4, 5", ""),
    ("setup: opn", "setup", "'opn'", "open", "'open'"),
    ("setup: active-cooler", "setup", "'active-cooler'", "open", ""),
    ("profile: webb", "profile", "'webb'", "idle, web", "'web'"),
    ("phase: random", "phase", "'random'", "seeded, aligned", ""),
    ("labels: {room: 2}", "labels.room", "2", "text", "quotes: '2'"),
    ("labels: {a b: x}", 'labels["a b"]', "'a b'", "letters, digits", ""),
    ("labels: x", "labels", "'x'", "a mapping", ""),
    ("id: Pi-{n}", "id", "'Pi-{n}'", "{n:04d}", ""),
    ("id: '{n.__class__}'", "id", "'{n.__class__}'", "{n:04d}", ""),
    ("id: _{n}", "id", "a pattern that makes '_1'", "start with a letter", ""),
    ("{count: 2, id: same}", "id", "'same'", "{n} or {n:04d}", ""),
    ("wear: {dst: 0.1}", "wear.dst", "'dst'", "dust", "'dust'"),
    ("wear: {fan-bearing: 0.1}", "wear.fan-bearing", "'fan-bearing'", "dust", ""),
    ("wear: {dust: 1.5}", "wear.dust", "1.5", "a damage from 0 to 1", ""),
    ("wear: {dust: -0.1}", "wear.dust", "-0.1", "a damage from 0 to 1", ""),
    ("{wear: {dust: 0.1}, modes: []}", "wear.dust", "wear of a mode that is not in force", "modes", ""),
    ("modes: [dust, rust]", "modes[1]", "'rust'", "dust", "'dust'"),
    ("modes: dust", "modes", "'dust'", "a list", "[dust]"),
    ("room_temperature_c: warm", "room_temperature_c", "'warm'", "a number", ""),
    ("room_temperature_c: 300", "room_temperature_c", "300", "at most 70", ""),
    ("acceleration: -1", "acceleration", "-1", "at least 0", ""),
    ("cold: yes", "cold", "'yes'", "true or false", "Write true"),
    ("settings: {demand: 1}", "settings.demand", "'demand'", "demand_factor", "'demand_factor'"),
    ("settings: {demand_factor: lots}", "settings.demand_factor", "'lots'", "0 to 10", ""),
    ("settings: {soft_limit_c: 65}\nmodel: 4", "settings.soft_limit_c", "'soft_limit_c'", "only for model 3b+", ""),
    ("faults: [{sensor: fan}]", "faults[0].fault", "nothing", "The kind of fault", "must be given"),
    ("faults: [{sensor: fun, fault: stuck}]", "faults[0].sensor", "'fun'", "temperature", "'fan'"),
    ("faults: [{sensor: fan, fault: stuk}]", "faults[0].fault", "'stuk'", "stuck", "'stuck'"),
    (
        "faults: [{sensor: fan, fault: stuck, parameters: {vlue: 1}}]",
        "faults[0].parameters.vlue",
        "an unknown parameter",
        "at, value",
        "",
    ),
    ("faults: [{sensor: fan, fault: stuck, for: 5}]", "faults[0].for", "5", "a duration", "'5s'"),
    ("faults: {a: 1}", "faults", "a mapping", "a list", ""),
    ("count: 10000000", "count", "10000000", "at most 100000 devices", ""),
]


def matches(problem: Problem, found: str, allowed: str, hint: str) -> None:
    assert problem.found.startswith(found), problem
    assert allowed in problem.allowed, problem
    assert hint in problem.hint, problem


@pytest.mark.parametrize(("lines", "path", "found", "allowed", "hint"), GROUP_MISTAKES)
def test_a_mistake_in_a_group(lines: str, path: str, found: str, allowed: str, hint: str) -> None:
    given = lines.strip("{}") if lines.startswith("{") else lines
    text = fleet_of("\n".join(given.replace(", id:", "\nid:").replace(", modes:", "\nmodes:").splitlines()))
    told = problems(text)
    assert list(told) == [f"fleet[0].{path}"]
    matches(told[f"fleet[0].{path}"], found, allowed, hint)
    assert told[f"fleet[0].{path}"].line in (4, 5, 6)


TOP_MISTAKES = [
    ("sed: 3", "sed", "the unknown key 'sed'", "version, name", "'seed'"),
    ("seed: -1", "seed", "-1", "at least 0", ""),
    ("pace: 0", "pace", "0", "0.001 to 1000000, or max", ""),
    ("pace: fast", "pace", "'fast'", "max", ""),
    ("pace: true", "pace", "true", "max", ""),
    ("duration: forever", "duration", "'forever'", "a duration", ""),
    ("lag: stretc", "lag", "'stretc'", "stretch, skip, fail", "'stretch'"),
    ("name: My Fleet", "name", "'My Fleet'", "lower-case", ""),
    ("name: ../../etc/passwd", "name", "'../../etc/passwd'", "lower-case", ""),
    ("sinks: [{kind: flie}]", "sinks[0].kind", "'flie'", "console, file, memory, null", "'file'"),
    ("sinks: [{name: x}]", "sinks[0].kind", "nothing", "Sink kind", ""),
    ("sinks: [{kind: file}]", "sinks[0].options.path", "nothing", "a path", ""),
    ("sinks: [{kind: file, options: {pth: x}}]", "sinks[0].options.path", "nothing", "a path", ""),
    ("sinks: [{kind: console, format: avro}]", "sinks[0].format", "'avro'", "json", ""),
    ("sinks: [{kind: console}, {kind: console}]", "sinks[1].name", "the name 'console', which sinks[0]", "once", ""),
    ("sinks: [{kind: console, select: {groups: [cpu]}}]", "sinks[0].select.groups[0]", "'cpu'", "raspberry-pi", ""),
    ("sinks: [{kind: console, select: {kinds: [cpu]}}]", "sinks[0].select", "a selector that no", "at least one", ""),
    ("sinks: [{kind: console, select: {percent: 5}}]", "sinks[0].select.percent", "the unknown key", "ids, groups", ""),
    ("timeline: {at: 5s}", "timeline", "a mapping", "a list", ""),
    ("timeline: [5]", "timeline[0]", "5", "a mapping", ""),
]


@pytest.mark.parametrize(("line", "path", "found", "allowed", "hint"), TOP_MISTAKES)
def test_a_mistake_at_the_top(line: str, path: str, found: str, allowed: str, hint: str) -> None:
    told = problems(f"{MINIMAL}{line}\n")
    assert list(told) == [path]
    matches(told[path], found, allowed, hint)
    assert told[path].line == 4


STEP_MISTAKES = [
    ("{at: 5s, do: paus, on: all}", "do", "'paus'", "pause, resume", "'pause'"),
    ("{at: 5s, on: all}", "do", "nothing", "pause, resume", ""),
    ("{at: 5s, do: pause}", "on", "nothing", "The devices", ""),
    ("{at: 5s, do: pause, on: everything}", "on", "'everything'", "the word all", ""),
    ("{at: 5, do: pause, on: all}", "at", "5", "a duration", "'5s'"),
    ("{do: pause, on: all}", "", "this timeline entry", "at (once), every", ""),
    ("{at: 5s, until: 9s, do: pause, on: all}", "", "this timeline entry", "until together with every", ""),
    ("{every: 5s, until: 5s, do: pause, on: all}", "", "this timeline entry", "later than the first", ""),
    ("{every: 0s, do: pause, on: all}", "every", "'0s'", "from 1ms", ""),
    ("{at: 5s, do: resume, on: all, for: 5s}", "for", "the unknown key 'for'", "on", ""),
    ("{at: 5s, do: pause, on: {ids: [pi-0004]}}", "on.ids[0]", "'pi-0004'", "an id of the fleet", "'pi-0003'"),
    ("{at: 5s, do: pause, on: {ids: pi-0001}}", "on.ids", "'pi-0001'", "a list", ""),
    ("{at: 5s, do: pause, on: {groups: [pii]}}", "on.groups[0]", "'pii'", "pi", "'pi'"),
    ("{at: 5s, do: pause, on: {kinds: [gpu]}}", "on.kinds[0]", "'gpu'", "cpu, raspberry-pi", "'cpu'"),
    ("{at: 5s, do: pause, on: {labels: {a: b}}}", "on", "a selector that no device", "at least one", ""),
    ("{at: 5s, do: pause, on: {percnt: 5}}", "on.percnt", "the unknown key 'percnt'", "ids, groups", "'percent'"),
    ("{at: 5s, do: pause, on: {percent: 0}}", "on.percent", "0", "more than 0", ""),
    ("{at: 5s, do: pause, on: {percent: 101}}", "on.percent", "101", "at most 100", ""),
    ("{at: 5s, do: pause, on: {count: 0}}", "on.count", "0", "at least 1", ""),
    ("{at: 5s, do: pause, on: {percent: 5, count: 1}}", "on", "this timeline entry", "not both", ""),
    ("{at: 5s, do: inject-fault, on: all, sensor: fan, fault: spik}", "fault", "'spik'", "spike", "'spike'"),
    (
        "{at: 5s, do: inject-fault, on: all, sensor: fan, fault: stuck, parameters: {a: [1]}}",
        "parameters.a",
        "a list",
        "a finite number",
        "",
    ),
    ("{at: 5s, do: inject-wear, on: all, mode: rust, damage: 1}", "mode", "'rust'", "dust", "'dust'"),
    ("{at: 5s, do: inject-wear, on: all, mode: dust, damage: 2}", "damage", "2", "at most 1", ""),
    ("{at: 5s, do: set-parameter, on: all, parameter: x, value: 1}", "parameter", "'x'", "room_temperature_c", ""),
    ("{at: 5s, do: set-parameter, on: all, parameter: room_temperature_c, value: 99}", "value", "99", "-40 to 70", ""),
    ("{at: 5s, do: set-interval, on: all, interval: 2d}", "interval", "'2d'", "1ms to 1d", ""),
    ("{at: 5s, do: set-interval, on: all, interval: 2s, sensor: fann}", "sensor", "'fann'", "fan", "'fan'"),
    ("{at: 5s, do: crash}", "", "this timeline entry", "exactly one", ""),
    ("{at: 5s, do: crash, on: all, sink: console}", "", "this timeline entry", "exactly one", ""),
    ("{at: 5s, do: crash, sink: consle}", "sink", "'consle'", "console", "'console'"),
    ("{at: 5s, do: crash, sink: console, sensor: fan}", "", "this timeline entry", "sensor together with on", ""),
]


@pytest.mark.parametrize(("step", "path", "found", "allowed", "hint"), STEP_MISTAKES)
def test_a_mistake_in_a_step(step: str, path: str, found: str, allowed: str, hint: str) -> None:
    told = problems(with_step(step))
    where = f"timeline[0].{path}" if path else "timeline[0]"
    assert list(told) == [where]
    matches(told[where], found, allowed, hint)


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("", "(document)", "an empty document"),
        ("just text", "(document)", "'just text'"),
        ("- 1", "(document)", "a list"),
        ("fleet: [{kind: cpu}]", "version", "nothing"),
        ("version: 2\nfleet: [{kind: cpu}]", "version", "2"),
        ("version: '1'\nfleet: [{kind: cpu}]", "version", "'1'"),
        ("version: 1", "fleet", "nothing"),
        ("version: 1\nfleet: []", "fleet", "no groups"),
        ("version: 1\nfleet: {kind: cpu}", "fleet", "a mapping"),
        ("version: 1\nfleet: [cpu]", "fleet[0]", "'cpu'"),
        ("version: 1\nfleet: [{kind: rasberry-pi}]", "fleet[0].kind", "'rasberry-pi'"),
        ("version: 1\nfleet: [{kind: broken}]", "fleet[0].kind", "'broken'"),
        ("version: 1\nfleet: [{kind: null}]", "fleet[0].kind", "nothing (null)"),
        ("version: 1\nfleet: [{kind: cpu}, {kind: cpu}]", "fleet[1].name", "the name 'cpu', which fleet[0]"),
    ],
)
def test_a_document_that_is_no_scenario(text: str, path: str, found: str) -> None:
    told = problems(text)
    assert list(told) == [path]
    assert told[path].found.startswith(found)


def test_one_place_has_one_problem() -> None:
    assert len(problems(f"version: 1\nfleet: [{{kind: {'x' * 65}}}]")) == 1
    assert len(problems(fleet_of("labels: {a b: 3}"))) == 1


def test_nobody_is_told_to_write_a_negative_duration() -> None:
    assert problems(fleet_of("interval: -5"))["fleet[0].interval"].hint == ""
    assert problems(fleet_of("interval: 0"))["fleet[0].interval"].hint == ""


def test_a_kind_that_cannot_say_its_modes_is_held_to_all_modes() -> None:
    class Silent(Words):
        def modes_for(self, kind: str, model: str, setup: str) -> tuple[str, ...]:
            raise ValueError("no body can be built")

    text = fleet_of("wear: {fan-bearing: 0.5}")
    assert load_scenario(text, "t", vocabulary=Silent()).fleet[0].wear == {"fan-bearing": 0.5}
    with pytest.raises(InvalidInput, match="allowed: dust, fan-bearing, thermal-paste"):
        load_scenario(text.replace("fan-bearing", "rust"), "t", vocabulary=Silent())


def test_a_broken_member_is_named_with_its_reason() -> None:
    assert "cannot import name 'KIND'" in problems("version: 1\nfleet: [{kind: broken}]")["fleet[0].kind"].hint


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = """version: 1
sed: 3
fleet:
  - kind: rasberry-pi
    interval: 5
  - kind: cpu
    interval: -5s
    profile: wep
    labels: {room: 2}
    faults: [{sensor: temperatur, fault: stuk}]
sinks:
  - kind: flie
timeline:
  - {at: 5s, do: paus, on: all}
  - {at: 5, do: inject-fault, on: all, sensor: fan, fault: spik}
"""
    assert list(problems(text)) == [
        "sed",
        "fleet[0].kind",
        "fleet[0].interval",
        "fleet[1].interval",
        "fleet[1].profile",
        "fleet[1].labels.room",
        "fleet[1].faults[0].sensor",
        "fleet[1].faults[0].fault",
        "sinks[0].kind",
        "timeline[0].do",
        "timeline[1].at",
        "timeline[1].fault",
    ]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    path: str
    mode: Literal["fail", "append"] = "fail"
    low: int = 0
    high: int = 1

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low up to high")
        return self


def test_options_of_sinks_are_told_in_the_same_words() -> None:
    told = {problem.path: problem for problem in option_problems(_Options, {"pth": "x", "mode": "apend", "low": "1"})}
    assert sorted(told) == ["low", "mode", "path", "pth"]
    assert (told["path"].found, told["path"].hint) == ("nothing", "This key must be given.")
    assert told["pth"].hint == "Did you mean 'path'?"
    assert (told["mode"].allowed, told["mode"].hint) == ("fail, append", "Did you mean 'append'?")
    assert told["low"].allowed == "a whole number"
    (problem,) = option_problems(_Options, {"path": "x", "low": 2})
    assert (problem.path, problem.found, problem.allowed) == ("", "these together", "low up to high")
    assert option_problems(_Options, {"path": "x"}) == []


def test_a_kind_without_defaults_is_broken() -> None:
    with pytest.raises(ValueError, match="needs a model"):
        KindWords("x", {}, ("idle",), ("fan",), {})
    with pytest.raises(ValueError, match="needs a model"):
        KindWords("x", {"a": ()}, ("idle",), ("fan",), {})


def test_a_parameter_must_be_one_of_a_kind_that_is_meant() -> None:
    step = "{at: 5s, do: set-parameter, on: ON, parameter: soft_limit_c, value: 65}"
    text = f"version: 1\nfleet: [{{kind: cpu}}, {{kind: raspberry-pi}}]\ntimeline: [{step}]\n"
    load(text.replace("ON", "all"))
    load(text.replace("ON", "{kinds: [raspberry-pi]}"))
    told = problems(text.replace("ON", "{kinds: [cpu]}"))
    assert told["timeline[0].parameter"].allowed == "room_temperature_c, demand_factor"


@pytest.mark.parametrize(
    ("line", "longer"),
    [
        ("interval: 1ms", "interval: 999us"),
        ("interval: 24h", "interval: 86400001ms"),
        ("interval: 1d", "interval: 1d1ns"),
        ("spread: 3", "spread: 3.01"),
        ("count: 100000", "count: 100001"),
        (f"labels: {{a: {'x' * 256}}}", f"labels: {{a: {'x' * 257}}}"),
        (f"labels: {{{'a' * 64}: x}}", f"labels: {{{'a' * 65}: x}}"),
        (f"id: {'x' * 64}", f"id: {'x' * 65}"),
        (
            f"faults: [{{sensor: fan, fault: stuck, parameters: {{value: {'x' * 256}}}}}]",
            f"faults: [{{sensor: fan, fault: stuck, parameters: {{value: {'x' * 257}}}}}]",
        ),
    ],
)
def test_the_last_allowed_and_the_first_refused(line: str, longer: str) -> None:
    load(fleet_of(line))
    assert len(problems(fleet_of(longer))) == 1


def test_the_error_reads_well() -> None:
    with pytest.raises(InvalidInput) as caught:
        load(fleet_of("interval: 5"))
    assert str(caught.value) == (
        "test.yaml: 1 problem(s)\n"
        "  fleet[0].interval (line 5): found 5; allowed: a duration from 1ms to 1d, such as 500ms, 5s or 1h30m. "
        "The unit is missing; did you mean '5s'?"
    )


def test_a_file_of_mistakes_gives_a_readable_number_of_them() -> None:
    keys = "".join(f"key{n}: 1\n" for n in range(5_000))
    told = problems(f"{MINIMAL}{keys}")
    assert len(told) == MOST + 1
    assert told["(document)"].found == "more problems than these 100"


def test_ids_that_come_twice_name_both_groups() -> None:
    text = """version: 1
fleet:
  - {kind: cpu, name: a, count: 20, id: "x-{n}"}
  - {kind: cpu, name: b, first: 20, id: "x-{n}"}
"""
    problem = problems(text)["fleet[1].id"]
    assert problem.found == "the id 'x-20', which fleet[0] (a) makes too"
    assert load(text, "fleet.b.first=21").fleet[1].first == 21


def test_ten_million_devices_are_refused_before_anything_is_made() -> None:
    text = fleet_of("count: 10000000")
    problems(text)
    before = process_time()
    told = problems(text)
    assert process_time() - before < 0.05
    assert told["fleet[0].count"].found == "10000000"


def test_many_groups_add_up() -> None:
    groups = "".join(f"  - {{kind: cpu, name: g{n}, count: 60000}}\n" for n in range(2))
    told = problems(f"version: 1\nfleet:\n{groups}")
    assert told["fleet"].found == "120000 devices"
    assert load(f"version: 1\nfleet:\n{groups}", limits=Limits(devices=120_000)).fleet[1].count == 60_000


@pytest.mark.parametrize(
    ("limits", "path"),
    [
        (Limits(groups=1), "fleet"),
        (Limits(sinks=1), "sinks"),
        (Limits(timeline_steps=1), "timeline"),
        (Limits(sensors=11), "fleet"),
        (Limits(yaml=YamlLimits(size=20)), "(document)"),
    ],
)
def test_every_cap_is_kept(limits: Limits, path: str) -> None:
    text = """version: 1
fleet: [{kind: cpu}, {kind: raspberry-pi}]
sinks: [{kind: console}, {kind: memory}]
timeline: [{at: 1s, do: pause, on: all}, {at: 2s, do: resume, on: all}]
"""
    load(text)
    assert list(problems(text, limits=limits)) == [path]


def test_plain_data_is_checked_alike_and_left_alone() -> None:
    data = {"version": 1, "fleet": [{"kind": "cpu", "count": 2}]}
    assert build_scenario(data, "api", ["fleet.cpu.count=3"], vocabulary=Words()).fleet[0].count == 3
    assert data == {"version": 1, "fleet": [{"kind": "cpu", "count": 2}]}
    with pytest.raises(InvalidInput, match=r"fleet\[0\].spread: found nan; allowed: a finite number"):
        build_scenario({"version": 1, "fleet": [{"kind": "cpu", "spread": float("nan")}]}, "api", vocabulary=Words())


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text(MINIMAL, encoding="utf-8-sig")
    assert read_scenario(good) == MINIMAL
    with pytest.raises(InvalidInput, match="No such file"):
        read_scenario(tmp_path / "missing.yaml")
    with pytest.raises(InvalidInput, match="a directory"):
        read_scenario(tmp_path)
    with pytest.raises(InvalidInput, match="null byte"):
        read_scenario("a\0b")
    with pytest.raises(InvalidInput, match="more than 10 bytes"):
        read_scenario(good, Limits(yaml=YamlLimits(size=10)))
    good.write_bytes(b"name: \xff")
    with pytest.raises(InvalidInput, match="byte 0xff at position 6"):
        read_scenario(good)
