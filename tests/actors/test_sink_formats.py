"""Formats as the stage hands them to sinks: mapped where a scenario says so, refused where they do not fit."""

import json
from typing import Any

import pytest

from actors.stage import _format, check_sinks
from actors.vocabulary import Words
from schemas.formats.json_schema import FORMAT
from schemas.problems import InvalidInput
from schemas.scenario import Scenario, build_scenario
from tests.contracts.formats import frame


def scenario(**sink: Any) -> Scenario:
    data = {"version": 1, "fleet": [{"kind": "cpu"}], "sinks": [sink]}
    return build_scenario(data, "test", vocabulary=Words())


def refused(**sink: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        check_sinks(scenario(**sink))
    return {problem.path: problem.allowed for problem in caught.value.problems}


MAPPING = {"frame": {"fields": {"id": "device", "n": "sequence"}}}


def test_a_mapping_needs_a_format_with_a_schema() -> None:
    assert "json-schema" in refused(kind="null", mapping=MAPPING)["sinks[0].mapping"]


def test_a_binary_format_needs_a_sink_that_keeps_records_apart(tmp_path: Any) -> None:
    found = refused(kind="file", format="avro", options={"path": str(tmp_path / "frames.avro")})
    assert "json" in found["sinks[0].format"]
    assert check_sinks(scenario(kind="null", format="avro"))


def test_a_sink_is_given_the_mapped_format() -> None:
    mapped = _format(scenario(kind="null", format="json-schema", mapping=MAPPING).sinks[0])
    assert json.loads(mapped.encode(frame(7))) == {"id": "pi-0001", "n": 7}
    assert _format(scenario(kind="null", format="json-schema").sinks[0]) is FORMAT
