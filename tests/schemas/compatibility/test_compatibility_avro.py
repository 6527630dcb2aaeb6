"""Avro's rules of resolution: a table of them, and fastavro as the judge of what is called readable."""

import json
import re
from io import BytesIO
from typing import Any

import fastavro
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.compatibility import InvalidSchema, canonical, check, problems, valid


def record(*fields: Any, name: str = "R", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, of: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": of, **more}


def enum(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": list(symbols), **more}


A = field("a", "long")
FIXED = {"type": "fixed", "name": "F", "size": 4}
NODE = record(field("next", ["null", "N"], default=None), A, name="N")

READABLE = [
    # reader, writer
    ("long", "int"),
    ("double", "long"),
    ("float", "long"),
    ("double", "float"),
    ("bytes", "string"),
    ("string", "bytes"),
    (["null", "long"], "long"),
    (["null", "double"], "int"),
    ("long", ["int", "long"]),
    (["null", "string"], ["string"]),
    (record(A), record(A, field("b", "string"))),
    (record(A, field("b", "string", default="")), record(A)),
    (record(field("b", "long", aliases=["a"])), record(A)),
    (record(A, name="S", aliases=["R"]), record(A)),
    (record(A, name="x.R"), record(A, name="y.R")),
    (record(A, field("b", ["null", "long"], default=None)), record(A)),
    (enum("x", "y"), enum("x")),
    (enum("x", default="x"), enum("x", "y")),
    ({"type": "array", "items": "double"}, {"type": "array", "items": "int"}),
    ({"type": "map", "values": "long"}, {"type": "map", "values": "int"}),
    ({"type": "long", "logicalType": "timestamp-micros"}, "long"),
    (FIXED, FIXED),
    (NODE, NODE),
    (record(field("n", NODE), field("m", "N")), record(field("n", NODE), field("m", "N"))),
]

UNREADABLE = [
    ("int", "long", "long was written, int is read"),
    ("long", "double", "double was written"),
    ("string", "long", "long was written"),
    ("boolean", "int", "int was written"),
    ("long", ["null", "long"], "null was written"),
    ("long", ["long", "null"], "null was written"),
    (["null", "long"], "string", "only null, long is read"),
    (record(A, field("b", "string")), record(A), "b: was not written and has no default"),
    (record(field("b", "long")), record(A), "b: was not written"),
    (record(field("a", "int")), record(A), "a: long was written, int is read"),
    (record(A, name="S"), record(A), "the record R was written, S is read"),
    (enum("x"), enum("x", "y"), "y of the enum E"),
    ({**FIXED, "size": 5}, FIXED, "4 bytes were written, 5 are read"),
    ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}, r"\[\]: long was written"),
    ({"type": "array", "items": "int"}, {"type": "map", "values": "int"}, "map was written, array is read"),
    (record(field("r", record(A, name="I"))), record(field("r", record(name="I"))), "r.a: was not written"),
    (record(field("next", ["null", "N"]), field("b", "long"), name="N"), NODE, "b: was not written"),
]


@pytest.mark.parametrize(("reader", "writer"), READABLE)
def test_what_the_rules_allow_is_readable(reader: Any, writer: Any) -> None:
    assert problems(json.dumps(reader), json.dumps(writer)) == []


@pytest.mark.parametrize(("reader", "writer", "why"), UNREADABLE)
def test_what_the_rules_forbid_is_named_with_its_place(reader: Any, writer: Any, why: str) -> None:
    found = problems(json.dumps(reader), json.dumps(writer))
    assert len(found) == 1
    assert re.search(why, found[0]), found


@pytest.mark.parametrize(
    "schema",
    [
        *("", "{", '"strin"', "1", "[]1", '{"type":"record"}', '{"type":"record","name":"R"}'),
        *map(
            json.dumps,
            [
                {"type": "record", "name": "1R", "fields": []},
                {"type": "record", "name": "long", "fields": []},
                record(A, A),
                record(field("a b", "long")),
                record(field("a", "long", default="x")),
                record(field("a", ["null", "long"], default=[])),
                record(field("a", "N")),
                record(field("a", NODE), field("b", NODE)),
                enum("x", "x"),
                enum("x", default="y"),
                {"type": "fixed", "name": "F", "size": "4"},
                {"type": "array"},
                ["long", ["null"]],
                ["long", "long"],
            ],
        ),
    ],
)
def test_what_is_no_schema_is_refused(schema: str) -> None:
    with pytest.raises(InvalidSchema):
        valid(schema)


def test_a_schema_nested_beyond_reason_is_refused() -> None:
    text = '{"type":"array","items":' * 5_000 + '"long"' + "}" * 5_000
    with pytest.raises(InvalidSchema):
        valid(text)
    with pytest.raises(InvalidSchema, match="more than 64 levels"):
        valid('{"type":"array","items":' * 100 + '"long"' + "}" * 100)
    with pytest.raises(InvalidSchema):
        valid("[" * 100_000)


def test_levels_look_forward_and_back_and_at_all_versions() -> None:
    one = json.dumps(record(A))
    two = json.dumps(record(A, field("b", "string", default="")))
    three = json.dumps(record(A, field("b", "string")))
    assert check("BACKWARD", two, [one]) == []
    assert check("FORWARD", three, [one]) == []
    assert "cannot read the old" in check("BACKWARD", three, [one])[0]
    assert check("BACKWARD", three, [one, two]) == []
    assert check("BACKWARD_TRANSITIVE", three, [one, two]) != []
    less = json.dumps(record(field("b", "string", default="")))
    assert check("BACKWARD", less, [one]) == []
    assert "cannot read the new" in check("FORWARD", less, [one])[0]
    assert len(check("FULL_TRANSITIVE", less, [one, two])) == 2
    assert check("NONE", '"long"', [one]) == []
    assert check("FULL", two, []) == []
    with pytest.raises(ValueError, match="BACKWARD_TRANSITIVE"):
        check("SIDEWAYS", one, [])
    with pytest.raises(InvalidSchema):
        check("NONE", "{", [])
    with pytest.raises(InvalidSchema, match="PROTOBUF"):
        valid(one, "PROTOBUF")


def test_white_space_does_not_make_another_schema() -> None:
    assert canonical(json.dumps(NODE, indent=3)) == canonical(json.dumps(NODE))
    assert canonical(json.dumps(record(A))) != canonical(json.dumps(record(A, doc="x")))


simple = st.sampled_from(["null", "boolean", "int", "long", "float", "double", "string"])
unions = st.lists(simple, min_size=1, max_size=3, unique=True)
inner = simple | unions | simple.map(lambda of: {"type": "array", "items": of})
fields = st.lists(st.tuples(st.sampled_from("abcd"), inner), max_size=4, unique_by=lambda one: one[0])
DEFAULTS = {"null": None, "boolean": False, "int": 0, "long": 0, "float": 0.0, "double": 0.0, "string": ""}


def as_record(made: list[tuple[str, Any]], defaults: bool) -> dict[str, Any]:
    return record(
        *(
            field(name, of, **({"default": DEFAULTS[of]} if defaults and isinstance(of, str) else {}))
            for name, of in made
        )
    )


def value_of(of: Any, draw: Any) -> Any:
    if isinstance(of, list):
        return value_of(draw(st.sampled_from(of)), draw)
    if isinstance(of, dict):
        return [value_of(of["items"], draw) for _ in range(draw(st.integers(0, 2)))]
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "int": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "float": st.just(0.5),
        "double": st.floats(allow_nan=False, allow_infinity=False),
        "string": st.text(max_size=3),
    }
    return draw(kinds[of])


@given(fields, fields, st.booleans(), st.data())
def test_what_is_called_readable_is_read_by_fastavro(old: Any, new: Any, defaults: bool, data: st.DataObject) -> None:
    writer, reader = as_record(old, False), as_record(new, defaults)
    assume(not problems(json.dumps(reader), json.dumps(writer)))
    said = {name: value_of(of, data.draw) for name, of in old}
    out = BytesIO()
    fastavro.schemaless_writer(out, writer, said)
    out.seek(0)
    read = fastavro.schemaless_reader(out, writer, reader)
    assert isinstance(read, dict)
    assert list(read) == [name for name, _ in new] or set(read) == {name for name, _ in new}


@given(fields)
def test_every_schema_reads_itself(made: Any) -> None:
    text = json.dumps(as_record(made, True))
    assert problems(text, text) == []
