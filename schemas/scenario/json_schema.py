"""The scenario format as JSON Schema, for editors."""

from typing import Any

from schemas.scenario.model import Scenario
from schemas.scenario.vocabulary import Vocabulary

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def scenario_schema(vocabulary: Vocabulary | None = None) -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario.

    With a vocabulary the words of what is installed stand in it, so that an editor completes them; without, any word
    is allowed, as a package installed elsewhere may bring its own.
    """
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    _tidy(schema)
    if vocabulary is not None:
        _narrow(schema["$defs"], vocabulary)
    return {"$schema": DIALECT, **schema}


def _tidy(schema: dict[str, Any]) -> None:
    """What pydantic cannot know: the word `all`, and that defaults in nanoseconds are texts in the file."""
    definitions = schema["$defs"]
    for definition in definitions.values():
        on = definition.get("properties", {}).get("on")
        if on is not None:
            on.pop("$ref", None)
            on.pop("anyOf", None)
            on.pop("default", None)
            on["anyOf"] = [{"const": "all"}, {"$ref": "#/$defs/Selector"}]
    _shorten(definitions)
    for section in (schema, *definitions.values()):
        for name, field in section.get("properties", {}).items():
            # A class is described once; a key has its own title only by accident.
            field.pop("title", None)
            if field.get("default") in ("", None, [], {}) and name != "labels":
                field.pop("default", None)


def _shorten(definitions: dict[str, Any]) -> None:
    """A field of a mapped record may be just the word of what it holds."""
    field = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 64}, {"$ref": "#/$defs/FieldSpec"}]}
    for name in ("FieldSpec", "ShapeSpec"):
        for key in ("fields", "each"):
            entry = definitions[name]["properties"].get(key, {})
            for option in entry.get("anyOf", ()):
                for rule in option.get("patternProperties", {}):
                    option["patternProperties"][rule] = field


def _narrow(definitions: dict[str, Any], vocabulary: Vocabulary) -> None:
    kinds = list(vocabulary.kinds())
    _words(definitions["Group"]["properties"]["kind"], kinds)
    for definition in definitions.values():
        properties = definition.get("properties", {})
        if "fault" in properties:
            _words(properties["fault"], sorted({*vocabulary.faults(), *vocabulary.links(), *vocabulary.causes()}))
    sink = definitions["SinkSpec"]["properties"]
    _words(sink["format"], list(vocabulary.formats()))
    sink["kind"].pop("anyOf", None)
    sink["kind"]["enum"] = [*vocabulary.sinks(), None] if "null" in vocabulary.sinks() else list(vocabulary.sinks())


def _words(field: dict[str, Any], words: list[str]) -> None:
    for key in ("minLength", "maxLength", "examples"):
        field.pop(key, None)
    field["enum"] = words
