"""Which hosts and files a scenario that somebody sends may name: a mirrored machine is one of them."""

import pytest

from actors.vocabulary import Words
from api.doors.egress import Egress
from api.targets import foreign_targets
from schemas.scenario import load_scenario


def problems(settings: str, targets: frozenset[str] = frozenset(), sinks: str = "[]") -> list[str]:
    text = f"version: 1\nfleet: [{{kind: host, settings: {{{settings}}}}}]\nsinks: {sinks}\n"
    scenario = load_scenario(text, "sent", vocabulary=Words())
    return [problem.path for problem in foreign_targets(scenario, Egress(targets))]


@pytest.mark.parametrize("targets", [{"desk"}, {"desk:8085"}, {"http://desk:8085"}, {"other", "desk"}])
def test_a_monitor_that_the_settings_allow_may_be_named(targets: set[str]) -> None:
    assert problems("url: 'http://desk:8085'", frozenset(targets)) == []


@pytest.mark.parametrize("targets", [set(), {"desk:80"}, {"esk"}, {"http://desk"}, {"*"}])
def test_every_other_one_may_not(targets: set[str]) -> None:
    assert problems("url: 'http://desk:8085'", frozenset(targets)) == ["fleet[0].settings.url"]


def test_nor_may_a_folder_of_the_servers_machine() -> None:
    assert problems("root: /etc") == ["fleet[0].settings.root"]
    assert problems("source: hwmon") == []


def test_brokers_are_held_to_the_same_list() -> None:
    sinks = "[{kind: mqtt, options: {host: evil.example}}]"
    assert problems("", frozenset({"desk"}), sinks) == ["sinks[0].options.host"]
    assert problems("", frozenset({"evil.example"}), sinks) == []
