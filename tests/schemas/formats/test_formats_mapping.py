"""Mapped records: other names, units and nesting, and a schema that says exactly what is written."""

import json
from io import BytesIO
from math import isclose
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from schemas.compatibility import problems, valid
from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.base import NotEncodableError
from schemas.formats.json_schema import FORMAT as JSON
from schemas.mapping import (
    INSTANTS,
    LISTS,
    SOURCES,
    TIME_FORMS,
    Fields,
    Fixed,
    Nested,
    PayloadMapping,
    Place,
    Sensed,
    Shape,
    Taken,
)
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import FaultRecord, Frame, Reading, Truth
from schemas.released import WHATS, What
from schemas.units import converter, units_of
from tests.schemas.drawn_records import NAMES, fault_records, frames, truths, whole_fault, whole_frame, whole_truth

ACME = Shape(
    name="com.acme.Measurement",
    units={"temperature": "degF", "clock": "MHz"},
    fields=(
        ("deviceId", Taken("device")),
        ("at", Taken("time", "millis")),
        ("measure", Nested((("kind", Taken("quantity")), ("value", Taken("value")), ("unit", Taken("unit"))))),
        ("site", Fixed("A1")),
    ),
)


def avro(what: What, mapping: PayloadMapping, body: bytes) -> Any:
    schema = json.loads(AVRO.mapped(mapping).schema(what))
    return fastavro.schemaless_reader(BytesIO(body), json.loads(json.dumps(schema).replace("logicalType", "x")), None)


def test_a_consumer_is_fed_as_it_is() -> None:
    mapping = PayloadMapping({"reading": ACME})
    for form, read in (
        (AVRO.mapped(mapping), lambda body: avro("reading", mapping, body)),
        (JSON.mapped(mapping), json.loads),
    ):
        encode = form.encoder("reading")
        assert read(encode(whole_frame(), 0)) == {
            "deviceId": "pi-0042",
            "at": 1_767_225_605_123,
            "measure": {"kind": "temperature", "value": 118.94, "unit": "degF"},
            "site": "A1",
        }
        assert read(encode(whole_frame(), 1))["measure"] == {"kind": "power", "value": 5.125, "unit": "W"}
        assert read(encode(whole_frame(), 5))["measure"] == {"kind": "clock", "value": 2400.0, "unit": "MHz"}
        assert read(encode(whole_frame(), 4))["measure"] == {"kind": "fan", "value": None, "unit": "CFM"}
        assert form.record_name("reading") == "com.acme.Measurement"


def test_the_schema_speaks_of_the_units_that_are_written() -> None:
    schema = json.loads(AVRO.mapped(PayloadMapping({"reading": ACME})).schema("reading"))
    (measure,) = (field["type"] for field in schema["fields"] if field["name"] == "measure")
    value, unit = measure["fields"][1:]
    assert "temperature in degF" in value["doc"]
    assert "clock in MHz" in value["doc"]
    assert value["units"] == {**UNITS, "temperature": "degF", "clock": "MHz"}
    assert unit["doc"] == "The unit of the value: degF, W, %, V, CFM or MHz."
    at = schema["fields"][1]
    assert (at["type"]["logicalType"], at["unit"]) == ("timestamp-millis", "ms")
    assert "milliseconds" in at["doc"]


def test_a_frame_can_be_one_flat_row() -> None:
    fields: Fields = (("id", Taken("device")), *((name, Sensed(name)) for name in ("temperature", "fan", "door")))
    mapping = PayloadMapping({"frame": Shape(fields=fields, units={"temperature": "K"})})
    row = {"id": "pi-0042", "temperature": 321.45, "fan": None, "door": None}
    assert avro("frame", mapping, AVRO.mapped(mapping).encode(whole_frame())) == row
    assert json.loads(JSON.mapped(mapping).encode(whole_frame())) == row
    schema = json.loads(AVRO.mapped(mapping).schema("frame"))
    assert schema["fields"][1]["unit"] == "K"
    assert "unit" not in schema["fields"][3]


def test_truths_are_mapped_too() -> None:
    fields: Fields = (
        ("temp", Sensed("temperature")),
        ("parts", Taken("wear", each=(("what", Taken("mode")), ("left_s", Taken("rul_s"))))),
        ("lies", Taken("faults", each=(("since", Taken("since", "seconds")),))),
        ("all", Taken("clean")),
    )
    mapping = PayloadMapping({"truth": Shape(fields=fields, units={"temperature": "degF"})})
    truth = {
        "temp": 118.85,
        "parts": [{"what": "dust", "left_s": 86400.5}, {"what": "fan-bearing", "left_s": None}],
        "lies": [{"since": pytest.approx(1_767_225_604.123456789)}],
        "all": [{"sensor": "temperature", "value": 118.85}, {"sensor": "fan", "value": None}],
    }
    assert avro("truth", mapping, AVRO.mapped(mapping).encode_truth(whole_truth())) == truth
    assert json.loads(JSON.mapped(mapping).encode_truth(whole_truth())) == truth


def test_records_of_faults_are_mapped_too() -> None:
    span: Fields = (("from", Taken("onset", "millis")), ("to", Taken("time", "seconds")))
    fields: Fields = (
        ("what", Taken("mode")),
        ("span", Nested(span)),
        ("over", Taken("ended_after_s")),
        ("how", Taken("curve", each=(("t", Taken("after_s")),))),
        ("n", Taken("sequence")),
    )
    mapping = PayloadMapping({"fault": Shape(name="com.acme.Label", fields=fields)})
    label = {
        "what": "stuck",
        "span": {"from": 1_767_225_604_123, "to": pytest.approx(1_767_225_605.123456789)},
        "over": 1.0,
        "how": [{"t": 0.0}],
        "n": 5,
    }
    assert avro("fault", mapping, AVRO.mapped(mapping).encode_fault(whole_fault())) == label
    assert json.loads(JSON.mapped(mapping).encode_fault(whole_fault())) == label
    assert AVRO.mapped(mapping).record_name("fault") == "com.acme.Label"


def test_records_inside_never_share_a_name() -> None:
    leaf: Fields = (("v", Taken("device")),)
    fields: Fields = (("a", Nested((("b", Nested(leaf)),))), ("a_b", Nested(leaf)))
    mapping = PayloadMapping({"frame": Shape(fields=fields)})
    valid(AVRO.mapped(mapping).schema("frame"))
    inside = {"v": "pi-0042"}
    assert avro("frame", mapping, AVRO.mapped(mapping).encode(whole_frame())) == {"a": {"b": inside}, "a_b": inside}


def test_only_units_and_all_fields() -> None:
    mapping = PayloadMapping({what: Shape(units={"temperature": "K"}) for what in WHATS})
    back = avro("frame", mapping, AVRO.mapped(mapping).encode(whole_frame()))
    assert back["readings"][0]["value"] == 321.45
    assert back["readings"][0]["unit"] == "K"
    assert [name for name, _ in AVRO.defaults.records["frame"]] == list(back)
    released = json.loads(AVRO.schema("frame"))
    assert [field["name"] for field in released["fields"]] == list(back)


@pytest.mark.parametrize("what", WHATS)
def test_the_general_schema_without_changes_is_the_released_one(what: What) -> None:
    """A name of its own is the smallest mapping; nothing else of the schema differs then but the names inside."""
    mapping = PayloadMapping({what: Shape(name=f"data_simulator.{NAMES[what]}")})
    made, released = json.loads(AVRO.mapped(mapping).schema(what)), json.loads(AVRO.schema(what))
    assert without_inner_names(made) == without_inner_names(released)
    assert json.loads(JSON.mapped(mapping).schema(what)) == json.loads(JSON.schema(what))


def without_inner_names(part: Any) -> Any:
    if isinstance(part, dict):
        named = part.get("type") == "record"
        return {key: without_inner_names(value) for key, value in part.items() if not (named and key == "name")}
    return [without_inner_names(one) for one in part] if isinstance(part, list) else part


@pytest.mark.parametrize("unit", ["K", "degF"])
def test_a_reading_in_a_unit_that_nobody_expects_is_refused(unit: str) -> None:
    odd = Frame("a", "b", 0, 0, (Reading("temperature", "temperature", unit, 1.0, 0),), None)
    reading = PayloadMapping({"reading": Shape(units={"temperature": "degF"})})
    flat = PayloadMapping({"frame": Shape(fields=(("t", Sensed("temperature")),))})
    for form in (AVRO, JSON):
        with pytest.raises(NotEncodableError, match="degC"):
            form.mapped(reading).encoder("reading")(odd, 0)
        with pytest.raises(NotEncodableError, match="degC"):
            form.mapped(flat).encode(odd)


def test_a_value_too_large_for_its_new_unit_is_refused() -> None:
    huge = Frame("a", "b", 0, 0, (Reading("clock", "clock", "GHz", 1e305, 0),), None)
    mapping = PayloadMapping({"reading": Shape(units={"clock": "Hz"})})
    for form in (AVRO, JSON):
        with pytest.raises(NotEncodableError):
            form.mapped(mapping).encoder("reading")(huge, 0)


def test_a_mapped_schema_may_grow_by_what_has_a_default() -> None:
    grown = Shape(name=ACME.name, fields=(*(ACME.fields or ()), ("rack", Fixed(7))), units=ACME.units)
    old, new = (AVRO.mapped(PayloadMapping({"reading": shape})).schema("reading") for shape in (ACME, grown))
    assert not problems(new, old)


@pytest.mark.parametrize(
    ("quantity", "unit", "value", "expected"),
    [
        ("temperature", "degF", -40.0, -40.0),
        ("temperature", "K", -273.15, 0.0),
        ("power", "mW", 5.125, 5125.0),
        ("load", "1", 37.5, 0.375),
        ("voltage", "mV", 5.0875, 5087.5),
        ("fan", "m3/h", 100.0, 169.901079552),
        ("fan", "L/s", 100.0, 47.19474432),
        ("clock", "Hz", 2.4, 2.4e9),
    ],
)
def test_units_are_converted(quantity: Any, unit: str, value: float, expected: float) -> None:
    assert isclose(converter(quantity, unit)(value), expected, rel_tol=1e-12, abs_tol=1e-9)


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


def nodes(place: Place, depth: int) -> st.SearchStrategy[Any]:
    def taken(source: str) -> st.SearchStrategy[Any]:
        if source in INSTANTS:
            return st.builds(Taken, st.just(source), st.none() | st.sampled_from(TIME_FORMS))
        if source in LISTS and depth:
            return st.builds(Taken, st.just(source), st.none(), st.none() | field_lists(LISTS[source], depth - 1))
        return st.just(Taken(source))

    constants = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5)
    fixed = st.builds(Fixed, constants | st.floats(allow_nan=False, allow_infinity=False))
    plain = st.sampled_from(SOURCES[place]).flatmap(taken) | fixed
    if place in ("frame", "truth"):
        plain |= st.builds(Sensed, st.sampled_from((*QUANTITIES, "door")))
    return plain | st.builds(Nested, field_lists(place, depth - 1)) if depth else plain


def field_lists(place: Place, depth: int = 2) -> st.SearchStrategy[Fields]:
    entries = st.tuples(names, nodes(place, depth))
    return st.lists(entries, min_size=1, max_size=4, unique_by=lambda entry: entry[0]).map(tuple)


units = st.fixed_dictionaries({}, optional={name: st.sampled_from(units_of(name)) for name in QUANTITIES})


def shapes(what: What) -> st.SearchStrategy[Shape]:
    full = st.none() | st.lists(names, min_size=1, max_size=3).map(".".join)
    return st.builds(Shape, full, st.none() | field_lists(what), units)


mappings = st.builds(lambda *shapes: PayloadMapping(dict(zip(WHATS, shapes, strict=True))), *map(shapes, WHATS))


@given(mappings, frames, truths, fault_records)
def test_whatever_the_mapping_records_conform_and_both_formats_agree(
    mapping: PayloadMapping, frame: Frame, truth: Truth, fault: FaultRecord
) -> None:
    binary, text = AVRO.mapped(mapping), JSON.mapped(mapping)
    for what in WHATS:
        valid(binary.schema(what))
        valid(text.schema(what), "JSON")
        fastavro.parse_schema(json.loads(binary.schema(what)))
    bodies: list[tuple[What, bytes | None, bytes | None]] = [
        (what, _body(binary, what, record), _body(text, what, record))
        for what, record in zip(WHATS, (frame, frame, truth, fault), strict=True)
    ]
    for what, first, second in bodies:
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            Draft7Validator(json.loads(text.schema(what))).validate(json.loads(second))
            assert list(avro(what, mapping, first))


def _body(form: Any, what: Any, record: Any) -> bytes | None:
    try:
        made: bytes = form.encoder(what)(*((record, 0) if what == "reading" else (record,)))
    except NotEncodableError:
        return None
    return made
