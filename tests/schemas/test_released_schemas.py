"""The released schemas: documented, with units, and never changed so that a consumer could not read on.

Every version that was ever released stands in `tests/schemas/released` as `<record>.<version>.<ending>`. Whoever
changes a schema adds the next version there; the older files stay as they are.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas import released
from schemas.compatibility import problems
from schemas.quantities import UNITS
from schemas.released import WHATS, What

RELEASED = Path(__file__).parent / "released"
LANGUAGES = {"AVRO": ("avro", "avsc", released.avro), "JSON": ("json_schema", "json", released.json_schema)}


def versions(language: str, what: What) -> list[Path]:
    """The released versions of one record, the oldest first."""
    folder, ending, _ = LANGUAGES[language]
    found = (RELEASED / folder).glob(f"{what}.*.{ending}")
    return sorted(found, key=lambda path: int(path.name.split(".")[1]))


def current(language: str, what: What) -> dict[str, Any]:
    return LANGUAGES[language][2](what)


EVERY = [(language, what) for language in LANGUAGES for what in WHATS]


@pytest.mark.parametrize(("language", "what"), EVERY)
def test_what_was_ever_written_can_still_be_read(language: str, what: What) -> None:
    for version in versions(language, what):
        old = version.read_text(encoding="utf-8")
        assert not problems(json.dumps(current(language, what)), old, language), version.name
        assert not changed_meanings(current(language, what), json.loads(old)), version.name


@pytest.mark.parametrize(("language", "what"), EVERY)
def test_the_last_released_version_is_the_one_in_use(language: str, what: What) -> None:
    last = versions(language, what)[-1]
    number = int(last.name.split(".")[1])
    assert number == len(versions(language, what))
    text = last.read_text(encoding="utf-8")
    assert json.loads(text) == current(language, what), f"release the change as version {number + 1} in {RELEASED}"


def meanings(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What a compatible change could still turn upside down: units and logical types, by their place."""
    if isinstance(part, dict):
        name = f"{path}.{part['name']}" if "name" in part else path
        for key, value in part.items():
            if key in ("unit", "units", "logicalType", "format"):
                yield f"{name}:{key}", value
            yield from meanings(value, f"{name}.{key}" if key not in ("type", "fields", "items") else name)
    elif isinstance(part, list):
        for one in part:
            yield from meanings(one, path)


def changed_meanings(new: Any, old: Any) -> list[str]:
    now = dict(meanings(new))
    return [place for place, value in meanings(old) if now.get(place) != value]


def avro_reading() -> dict[str, Any]:
    return released.avro("reading")


def _field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return next(field for field in schema["fields"] if field["name"] == name)


def _add_without_default(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "room", "type": "string"})


def _retype(schema: dict[str, Any]) -> None:
    _field(schema, "sequence")["type"] = "string"


def _narrow(schema: dict[str, Any]) -> None:
    _field(schema, "value")["type"] = "double"


def _rename_field(schema: dict[str, Any]) -> None:
    _field(schema, "device")["name"] = "id"


def _rename_record(schema: dict[str, Any]) -> None:
    schema["name"] = "Measurement"


@pytest.mark.parametrize("change", [_add_without_default, _retype, _narrow, _rename_field, _rename_record])
def test_a_change_that_breaks_consumers_is_seen(change: Any) -> None:
    changed = avro_reading()
    change(changed)
    assert problems(json.dumps(changed), json.dumps(avro_reading()))


def _add_with_default(schema: dict[str, Any]) -> None:
    schema["fields"].append({"name": "room", "type": ["null", "string"], "default": None})


def _drop(schema: dict[str, Any]) -> None:
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "parts"]


def _rename_with_alias(schema: dict[str, Any]) -> None:
    _field(schema, "device").update(name="id", aliases=["device"])


@pytest.mark.parametrize("change", [_add_with_default, _drop, _rename_with_alias])
def test_a_change_that_breaks_nobody_is_let_through(change: Any) -> None:
    changed = avro_reading()
    change(changed)
    assert not problems(json.dumps(changed), json.dumps(avro_reading()))


def test_another_unit_or_another_instant_is_seen_too() -> None:
    for name, key, value in (("value", "units", {**UNITS, "temperature": "K"}), ("time_ns", "unit", "us")):
        changed = avro_reading()
        _field(changed, name)[key] = value
        assert changed_meanings(changed, avro_reading())
    changed = avro_reading()
    _field(changed, "time")["type"]["logicalType"] = "timestamp-millis"
    assert changed_meanings(changed, avro_reading())
    as_json = released.json_schema("truth")
    as_json["properties"]["rul_s"]["unit"] = "h"
    assert changed_meanings(as_json, released.json_schema("truth"))


def fields(part: Any) -> Iterator[dict[str, Any]]:
    """Every field of an Avro schema and every property of a JSON Schema, at any depth."""
    if isinstance(part, dict):
        yield from part.get("fields", ())
        yield from part.get("properties", {}).values()
        for value in part.values():
            yield from fields(value)
    elif isinstance(part, list):
        for one in part:
            yield from fields(one)


@pytest.mark.parametrize(("language", "what"), EVERY)
def test_every_field_is_documented(language: str, what: What) -> None:
    word = "doc" if language == "AVRO" else "description"
    found = list(fields(current(language, what)))
    assert len(found) >= 7
    assert [field for field in found if not field.get(word, "").endswith(".")] == []


@pytest.mark.parametrize("what", [what for what in WHATS if what != "fault"])
def test_every_value_says_the_units(what: What) -> None:
    for schema in (released.avro(what), released.json_schema(what)):
        found = [field for field in fields(schema) if "units" in field]
        assert found
        for field in found:
            assert field["units"] == UNITS
            words = field.get("doc") or field["description"]
            assert all(f"{quantity} in {unit}" in words for quantity, unit in UNITS.items())


@pytest.mark.parametrize("what", WHATS)
def test_every_instant_has_a_logical_type_and_is_there_exactly(what: What) -> None:
    found = {field["name"]: field for field in fields(released.avro(what))}
    for name in {"time", "since", "onset"} & set(found):
        assert found[name]["type"] == {"type": "long", "logicalType": "timestamp-micros"}
        assert found[f"{name}_ns"]["type"] == "long"


@pytest.mark.parametrize("what", WHATS)
def test_both_languages_speak_of_the_same_fields(what: What) -> None:
    avro = [field["name"] for field in released.avro(what)["fields"] if not field["name"].endswith("_ns")]
    assert avro == list(released.json_schema(what)["properties"])
