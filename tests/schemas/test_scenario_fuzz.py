"""Whatever comes in, a scenario or `InvalidInput` comes out."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import scenarios
from schemas.problems import InvalidInput
from schemas.scenario import build_scenario, estimate, load_scenario
from schemas.yaml_door import load_yaml
from tests.schemas.scenario_words import Words, with_step

SEEDS: list[str] = [scenarios.text(name) for name in scenarios.names()] + [
    with_step(step)
    for step in (
        "{every: 5s, until: 9s, do: pause, on: {percent: 5, labels: {a: b}}, for: 1s}",
        "{at: 5s, do: set-parameter, on: all, parameter: demand_factor, value: 2}",
        "{at: 5s, do: hang, sink: console, for: 1m}",
        "{at: 5s, do: inject-fault, on: {kinds: [cpu]}, sensor: fan, fault: drift, parameters: {limit: 1}}",
    )
]
WORDS = (
    "version",
    "fleet",
    "sinks",
    "timeline",
    "kind",
    "name",
    "on",
    "do",
    "options",
    "labels",
    "null",
    "all",
    "pi",
    "{n}",
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=20),
    st.lists(st.sampled_from(WORDS), max_size=3),
    st.dictionaries(st.sampled_from(WORDS), st.integers(-1, 1), max_size=3),
)


def survives(text: str, overrides: tuple[str, ...] = ()) -> None:
    """Loads, or is refused with problems that can be printed."""
    try:
        scenario = load_scenario(text, "fuzz", overrides, vocabulary=Words())
    except InvalidInput as error:
        checked(error)
    else:
        estimate(scenario, Words())
        assert build_scenario(scenario.document(), "again", vocabulary=Words()) == scenario


def checked(error: InvalidInput) -> None:
    assert error.problems
    for problem in error.problems:
        line = str(problem)
        assert problem.path
        assert "\n" not in line.replace("\\n", "")
        assert line.encode("utf-8")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document."""
    found = [path]
    if isinstance(value, dict):
        for key, entry in value.items():
            found += places(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            found += places(entry, (*path, index))
    return found


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_arbitrary_text(text: str) -> None:
    survives(text)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_scenario_with_some_characters_changed(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SEEDS))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        piece = data.draw(
            st.one_of(st.text(max_size=6), st.sampled_from(["\n", ": ", "- ", "{", "]", "&a", "*a", "<<: ", "\t"]))
        )
        text = text[:start] + piece + text[start + length :]
    survives(text)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_a_scenario_with_some_values_changed(data: st.DataObject) -> None:
    document: Any = copy.deepcopy(load_yaml(data.draw(st.sampled_from(SEEDS)), "seed").value)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(document)[1:] or [()]))
        if not path:
            break
        parent = document
        for step in path[:-1]:
            parent = parent[step]
        match data.draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                parent[path[-1]] = data.draw(VALUES)
            case "remove":
                del parent[path[-1]]
            case "add" if isinstance(parent, dict):
                parent[data.draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)))] = data.draw(VALUES)
    try:
        scenario = build_scenario(document, "fuzz", vocabulary=Words())
    except InvalidInput as error:
        checked(error)
    else:
        assert build_scenario(scenario.document(), "again", vocabulary=Words()) == scenario


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.builds(
                "{}={}".format,
                st.one_of(
                    st.sampled_from(
                        ["seed", "fleet[0]", "fleet", "sinks.console", "timeline[0].on", "fleet[0].labels"]
                    ),
                    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(".".join),
                ),
                st.one_of(st.text(max_size=10), st.sampled_from(["[", "{a: b}", "5s", "null", "1e9", "[{kind: cpu}]"])),
            ),
        ),
        max_size=3,
    ),
)
def test_arbitrary_overrides(text: str, overrides: list[str]) -> None:
    survives(text, tuple(overrides))
