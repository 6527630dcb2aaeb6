"""The shipped scenarios, in the words of what is really installed."""

import pytest
from jsonschema import Draft202012Validator

import scenarios
from actors.vocabulary import Words
from schemas.scenario import estimate, load_scenario, scenario_schema
from schemas.yaml_door import load_yaml


@pytest.mark.parametrize("name", scenarios.names())
def test_a_shipped_scenario_speaks_the_installed_words(name: str) -> None:
    scenario = load_scenario(scenarios.text(name), name, vocabulary=Words())
    assert estimate(scenario, Words()).keeps_up
    document = load_yaml(scenarios.text(name), name).value
    Draft202012Validator(scenario_schema(Words())).validate(document)
