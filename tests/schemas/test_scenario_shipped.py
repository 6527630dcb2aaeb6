"""What is shipped beside the code: scenarios, the JSON Schema for editors, the reference of the format."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

import scenarios
from actors.vocabulary import Words as Installed
from schemas import commands
from schemas.problems import InvalidInput
from schemas.scenario import Scenario, Timeline, estimate, load_scenario, plan, scenario_schema
from schemas.scenario.fields import Section
from schemas.scenario.reference import schema_text, with_tables
from schemas.scenario.steps import STEPS
from schemas.scenario.translate import keys_of, section_at
from schemas.yaml_door import load_yaml
from tests.schemas.scenario_words import MINIMAL, Words, load, with_step

ROOT = Path(__file__).parents[2]
MOST_OCCURRENCES = 1_000
"""Some steps have no end; each has come once by then."""
FIX = "run `python -m schemas.scenario.reference` in the root of the checkout"


def data_of(text: str) -> Any:
    return load_yaml(text, "test").value


def test_the_names_are_the_files() -> None:
    assert scenarios.names() == tuple(sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml")))
    assert scenarios.DEFAULT in scenarios.names()


@pytest.mark.parametrize("name", ["defalt", "../schemas/__init__", "scenario.schema.json", "", "default.yaml"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"allowed: {', '.join(scenarios.names())}"):
        scenarios.text(name)


def shipped(name: str) -> Scenario:
    return load_scenario(scenarios.text(name), "test.yaml", vocabulary=Installed())


@pytest.mark.parametrize("name", scenarios.names())
def test_every_shipped_scenario_loads_and_validates(name: str) -> None:
    text = scenarios.text(name)
    scenario = shipped(name)
    Draft202012Validator(scenario_schema()).validate(data_of(text))
    Draft202012Validator(scenario_schema(Installed())).validate(data_of(text))
    assert estimate(scenario, Installed()).keeps_up
    assert text.startswith("# yaml-language-server: $schema=scenario.schema.json\n# ")
    made = Timeline(scenario, tuple(plan(scenario)), lambda _device, _purpose, _occurrence: 0.5)
    assert all(made.commands(due) for due in islice(made.due(), MOST_OCCURRENCES) if not due.undo)


def test_the_default_fleet_is_mixed_and_something_happens_to_it() -> None:
    scenario = shipped("default")
    devices = list(plan(scenario))
    boards = [device for device in devices if device.kind == "raspberry-pi"]
    assert len(boards) == 12
    assert len(devices) - len(boards) == 6
    assert len({(device.model, device.setup) for device in boards}) >= 4
    assert len({device.labels["room"] for device in devices}) == 2
    assert scenario.pace == 1.0
    assert {device.interval_ns for device in devices} == {10**9}
    assert [sink.kind for sink in scenario.sinks] == ["console", "mqtt", "kafka"]
    assert any(group.wear for group in scenario.fleet)
    made = Timeline(scenario, devices, lambda _device, _purpose, _occurrence: 0.5)
    orders = [(due.at_ns, order) for due in made.due() for order in made.commands(due)]
    kinds = {type(order) for _, order in orders}
    assert {commands.InjectFault, commands.InjectWear, commands.Crash} <= kinds
    assert {order.fault for _, order in orders if isinstance(order, commands.InjectFault)} >= {"stuck", "drift"}
    assert all(at_ns <= 300 * 10**9 for at_ns, _ in orders)


def test_the_thousand_are_a_thousand_each_minute() -> None:
    told = estimate(load(scenarios.text("thousand")), Words())
    assert (told.devices, told.sensors, told.pace) == (1_000, 6_000, "max")
    assert told.frames_per_s == pytest.approx(1_000 / 60)


def test_the_smallest_scenario_is_the_one_of_the_documentation() -> None:
    assert data_of(scenarios.text("minimal")) == data_of(MINIMAL)
    assert MINIMAL in (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")


def test_the_schema_file_is_up_to_date() -> None:
    assert scenarios.schema_text() == schema_text(), FIX
    Draft202012Validator.check_schema(json.loads(schema_text()))


def test_the_reference_is_up_to_date() -> None:
    document = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    assert document == with_tables(document), FIX


def test_every_example_of_the_documentation_loads() -> None:
    document = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in document.split("```yaml\n")[1:]]
    assert len(examples) >= 2
    fleet = "version: 1\nfleet:\n  - {kind: raspberry-pi, name: pi4}\n  - kind: cpu\n"
    for example in examples:
        load(example if example.startswith("version") else fleet + example)


def sections() -> Iterator[type[BaseModel]]:
    waiting: list[type[BaseModel]] = [Section]
    while waiting:
        section = waiting.pop()
        waiting.extend(section.__subclasses__())
        yield section


def test_every_key_is_described_and_documented() -> None:
    document = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    for section in sections():
        for key, description in keys_of(section).items():
            assert f"`{key}`" in document, (section, key)
            assert description or key == "do", (section, key)


SHORTHANDS = {"reconnect-storm", "chaos"}
"""Words that mean a command of another name: a storm is many disconnections at one instant."""
NO_STEPS = {"BeginChaos", "EndChaos", "PlaySteps", "AbortChaos", "Later"}
"""Commands about chaos itself: the step `chaos` begins an action and ends it."""


def test_every_command_word_has_its_step() -> None:
    words = {"".join(part.title() for part in word.split("-")) for word in STEPS if word not in SHORTHANDS}
    assert words == {command.__name__ for command in commands.Command.__args__} - NO_STEPS


def test_every_part_of_a_scenario_is_known_by_its_place() -> None:
    data = data_of(with_step("{at: 1s, do: hang, on: {count: 1}}"))
    places = [(), ("fleet", 3), ("fleet", 0, "faults", 2), ("sinks", 0), ("sinks", 0, "select"), ("timeline", 0)]
    names = [section.__name__ for section in (section_at(place, data) for place in places) if section is not None]
    assert names == ["Scenario", "Group", "FaultSpec", "SinkSpec", "Selection", "HangStep"]
    assert section_at(("fleet", 0, "labels"), data) is None


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (MINIMAL, True),
        (f"{MINIMAL}pace: max", True),
        (f"{MINIMAL}sinks: [{{kind: null}}]", True),
        (f"{MINIMAL}timeline: [{{at: 5s, do: pause, on: all}}]", True),
        (f"{MINIMAL}timeline: [{{at: 5s, do: pause, on: {{count: 1}}}}]", True),
        (f"{MINIMAL}timeline: [{{at: 5s, do: pause, on: some}}]", False),
        (f"{MINIMAL}timeline: [{{at: 5s, do: paus, on: all}}]", False),
        (f"{MINIMAL}pace: fast", False),
        (f"{MINIMAL}    interval: 5", False),
        (f"{MINIMAL}    interval: 5s", True),
        (f"{MINIMAL}    model: 4", True),
        (f"{MINIMAL}    intervall: 5s", False),
        (f"{MINIMAL}    wear: {{dust: 2}}", False),
        ("version: 1\nfleet: []", False),
        ("fleet: [{kind: cpu}]", False),
        ("version: 1\nfleet: [{kind: gpu}]", False),
    ],
)
def test_the_schema_says_what_the_door_says(text: str, valid: bool) -> None:
    assert Draft202012Validator(scenario_schema(Words())).is_valid(data_of(text)) is valid
    try:
        load(text)
    except InvalidInput:
        assert not valid
    else:
        assert valid


def test_without_a_vocabulary_every_word_may_come() -> None:
    assert Draft202012Validator(scenario_schema()).is_valid(data_of("version: 1\nfleet: [{kind: gpu}]"))
