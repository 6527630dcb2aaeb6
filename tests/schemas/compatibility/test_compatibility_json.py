"""JSON Schema's basics: a table, and jsonschema as the judge of what is called accepted."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from schemas.compatibility import InvalidSchema, check, problems, valid

NUMBER, TEXT = {"type": "number"}, {"type": "string"}


def thing(*required: str, closed: Any = None, **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties, "required": list(required)}
    return made if closed is None else {**made, "additionalProperties": closed}


def found(reader: Any, writer: Any) -> list[str]:
    return problems(json.dumps(reader), json.dumps(writer), "JSON")


ACCEPTED = [
    # reader, writer
    (True, NUMBER),
    (NUMBER, {"type": "integer"}),
    ({"type": ["number", "null"]}, NUMBER),
    (NUMBER, False),
    ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 4}),
    ({"enum": [1, 2]}, {"const": 1}),
    (NUMBER, {"const": 1}),
    (thing(closed=False, a=NUMBER, b=TEXT), thing(closed=False, a=NUMBER)),
    (thing(a=NUMBER), thing("a", a=NUMBER)),
    (thing(), thing(a=NUMBER)),
    (thing("a", closed=False, a={**TEXT, "default": ""}), thing(closed=False)),
    (thing(closed=TEXT), thing(closed=False, a=TEXT)),
    ({"type": "array", "items": NUMBER}, {"type": "array", "items": {"type": "integer"}}),
    ({"anyOf": [TEXT, NUMBER]}, NUMBER),
    (NUMBER, {"oneOf": [{"type": "integer"}, NUMBER]}),
    ({"$ref": "#/definitions/n", "definitions": {"n": NUMBER}}, NUMBER),
    ({**NUMBER, "description": "new"}, NUMBER),
]

REFUSED = [
    (False, NUMBER, "nothing is accepted"),
    ({"type": "integer"}, NUMBER, "number may have been written"),
    (NUMBER, {"type": ["number", "null"]}, "null may have been written"),
    ({"type": "string", "maxLength": 4}, {"type": "string", "maxLength": 5}, "maxLength is narrower"),
    ({"type": "number", "minimum": 0}, NUMBER, "minimum is narrower"),
    ({"enum": [1]}, {"enum": [1, 2]}, "2 is not accepted"),
    ({"const": 1}, {"const": True}, "boolean may have been written"),
    (thing(a=NUMBER, b=TEXT), thing(a=NUMBER), "any property could have been written"),
    (thing(closed=False, a=NUMBER), thing(closed=False, a=NUMBER, b=TEXT), "b: nothing is accepted .* gone"),
    (thing("a", a=NUMBER), thing(a=NUMBER), "a: is required"),
    (thing(closed=False), thing(), "nothing is accepted"),
    (
        thing(closed=False, a=thing("b", closed=False, b=TEXT)),
        thing(closed=False, a=thing(closed=False)),
        "a.b: is req",
    ),
    ({"type": "array", "items": TEXT}, {"type": "array", "items": NUMBER}, r"\[\]: integer, number may"),
    ({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}, "pattern differs"),
    (NUMBER, {"anyOf": [NUMBER, TEXT]}, "string may have been written"),
    ({"anyOf": [NUMBER, TEXT]}, {"type": "null"}, "no branch of anyOf"),
]


@pytest.mark.parametrize(("reader", "writer"), ACCEPTED)
def test_what_is_wider_accepts_the_old(reader: Any, writer: Any) -> None:
    assert found(reader, writer) == []


@pytest.mark.parametrize(("reader", "writer", "why"), REFUSED)
def test_what_is_narrower_is_named_with_its_place(reader: Any, writer: Any, why: str) -> None:
    (text, *_) = [*found(reader, writer), "none"]
    assert re.search(why, text), text


def test_a_schema_that_holds_itself_is_compared() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": False}
    assert found(tree, tree) == []
    grown = {**tree, "properties": {**tree["properties"], "name": TEXT}}  # type: ignore[dict-item]
    assert found(grown, tree) == []
    assert found(tree, grown) != []


@pytest.mark.parametrize(
    "schema",
    [
        *("", "[]", "1", '{"type": "real"}', '{"type": [1]}', '{"properties": []}', '{"required": "a"}'),
        *('{"$ref": "#/nowhere"}', '{"$ref": "http://elsewhere/x"}', '{"anyOf": {}}', '{"enum": []}'),
        *('{"minimum": "low"}', '{"properties": {"a": 1}}', '{"multipleOf": 0}', '{"items": 3}'),
    ],
)
def test_what_is_no_schema_is_refused(schema: str) -> None:
    with pytest.raises(InvalidSchema):
        valid(schema, "JSON")


def test_references_in_a_circle_are_refused() -> None:
    circle = {
        "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}},
        "$ref": "#/definitions/a",
    }
    with pytest.raises(InvalidSchema, match="never end"):
        found(circle, circle)


def test_levels_are_those_of_avro() -> None:
    one, two = (json.dumps(thing(closed=False, **properties)) for properties in ({"a": TEXT}, {"a": TEXT, "b": TEXT}))
    assert check("BACKWARD", two, [one], "JSON") == []
    assert check("FORWARD", two, [one], "JSON") != []


values = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, -1.5]) | st.text("ab", max_size=3)
limits = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["number", "integer", "string", ["null", "number"], "boolean"]),
        "minimum": st.integers(-2, 2),
        "maxLength": st.integers(0, 3),
        "enum": st.lists(values, min_size=1, max_size=3, unique_by=repr),
        "multipleOf": st.integers(1, 2),
    },
)
objects = st.builds(
    lambda properties, required, closed: thing(*required, closed=closed, **properties),
    st.dictionaries(st.sampled_from("xyz"), limits | st.booleans(), max_size=3),
    st.lists(st.sampled_from("xyz"), max_size=2, unique=True),
    st.none() | st.booleans() | limits,
)
schemas = st.recursive(
    limits | objects,
    lambda one: (
        st.builds(lambda items: {"type": "array", "items": items}, one)
        | st.builds(lambda key, branches: {key: branches}, st.just("anyOf"), st.lists(one, min_size=1, max_size=2))
    ),
    max_leaves=3,
)
instances = st.recursive(
    values,
    lambda one: st.lists(one, max_size=2) | st.dictionaries(st.sampled_from("xyzw"), one, max_size=3),
    max_leaves=6,
)


@given(schemas, schemas, st.lists(instances, min_size=5, max_size=20))
def test_what_is_called_accepted_is_accepted(reader: Any, writer: Any, said: list[Any]) -> None:
    if found(reader, writer):
        return
    old, new = Draft7Validator(writer), Draft7Validator(reader)
    assert [one for one in said if old.is_valid(one) and not new.is_valid(one)] == []


@given(schemas)
def test_every_schema_accepts_its_own(schema: Any) -> None:
    assert found(schema, schema) == []
