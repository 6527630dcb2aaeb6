"""The mapping of a sink's records: what it becomes, and every mistake at its place."""

import pytest

from schemas.mapping import Fixed, Nested, PayloadMapping, Sensed, Shape, Taken
from schemas.scenario import build_scenario
from schemas.scenario.mapping import MappingSpec
from tests.schemas.scenario_words import MINIMAL, Words, load, problems

WHOLE = """
reading:
  name: com.acme.Measurement
  units: {temperature: degF, clock: MHz}
  fields:
    deviceId: device
    at: {from: time, as: millis}
    measure: {fields: {kind: quantity, value: value}}
    site: {constant: A1}
frame:
  fields:
    temperature: {sensor: temperature}
    all: {from: readings, each: {name: sensor, at: {from: time, as: text}}}
"""


def with_mapping(mapping: str) -> str:
    lines = "".join(f"      {line}\n" for line in mapping.strip().splitlines())
    return f"{MINIMAL}sinks:\n  - kind: console\n    mapping:\n{lines}"


def of(mapping: str) -> MappingSpec:
    found = load(with_mapping(mapping)).sinks[0].mapping
    assert found is not None
    return found


def test_it_becomes_plain_words() -> None:
    assert of(WHOLE).payload() == PayloadMapping(
        {
            "reading": Shape(
                "com.acme.Measurement",
                (
                    ("deviceId", Taken("device")),
                    ("at", Taken("time", "millis")),
                    ("measure", Nested((("kind", Taken("quantity")), ("value", Taken("value"))))),
                    ("site", Fixed("A1")),
                ),
                {"temperature": "degF", "clock": "MHz"},
            ),
            "frame": Shape(
                None,
                (
                    ("temperature", Sensed("temperature")),
                    ("all", Taken("readings", each=(("name", Taken("sensor")), ("at", Taken("time", "text"))))),
                ),
            ),
        }
    )


def test_a_sink_without_one_has_none() -> None:
    assert load(MINIMAL).sinks[0].mapping is None
    assert of("reading: {}").payload() == PayloadMapping({"reading": Shape()})


def test_it_is_written_out_and_loads_again() -> None:
    scenario = load(with_mapping(WHOLE))
    assert build_scenario(scenario.document(), "again", vocabulary=Words()) == scenario


@pytest.mark.parametrize(
    ("mapping", "path", "allowed"),
    [
        ("reeding: {}", "reeding", "the keys reading, frame, truth"),
        ("reading: {name: 1a}", "reading.name", "separated by dots"),
        ("reading: {unit: {}}", "reading.unit", "the keys name, units, fields"),
        ("reading: {units: {temperature: F}}", "reading.units.temperature", "degC, degF, K"),
        ("reading: {units: {heat: K}}", "reading.units.heat", "temperature, power"),
        ("reading: {fields: {}}", "reading.fields", "at least 1 entries"),
        ("reading: {fields: {a-b: device}}", "reading.fields.a-b", "letters, digits and _"),
        ("reading: {fields: {a: devise}}", "reading.fields.a.from", "device, kind"),
        ("reading: {fields: {a: {form: device}}}", "reading.fields.a.form", "the keys from, as"),
        ("reading: {fields: {a: {}}}", "reading.fields.a", "exactly one of"),
        ("reading: {fields: {a: {from: device, constant: 1}}}", "reading.fields.a", "exactly one of"),
        ("reading: {fields: {a: {constant: 1, as: text}}}", "reading.fields.a", "only together with from"),
        ("reading: {fields: {a: {from: time, as: days}}}", "reading.fields.a.as", "millis, micros"),
        ("reading: {fields: {a: {from: device, as: text}}}", "reading.fields.a.as", "only for an instant"),
        ("reading: {fields: {a: {from: device, each: {b: kind}}}}", "reading.fields.a.each", "list of records"),
        ("reading: {fields: {a: {sensor: fan}}}", "reading.fields.a.sensor", "a frame or a truth"),
        ("reading: {fields: {a: {constant: 9223372036854775808}}}", "reading.fields.a.constant", "64 bits"),
        ("frame: {fields: {a: value}}", "frame.fields.a.from", "device, kind, sequence, time, throttled, readings"),
        ("truth: {fields: {a: {from: wear, each: {b: id}}}}", "truth.fields.a.each.b.from", "mode, damage"),
        ("frame: {fields: {a: {fields: {b: {sensr: x}}}}}", "frame.fields.a.fields.b.sensr", "sensor"),
    ],
)
def test_a_mistake_is_told_at_its_place(mapping: str, path: str, allowed: str) -> None:
    found = problems(with_mapping(mapping))
    place = f"sinks[0].mapping.{path}"
    assert set(found) == {place}
    assert allowed in found[place].allowed
    assert found[place].line is not None


def test_every_mistake_is_told_at_once() -> None:
    found = problems(with_mapping("reading: {fields: {a: devise}, units: {fan: rpm}}\nframe: {fields: {b: value}}"))
    assert len(found) == 3
