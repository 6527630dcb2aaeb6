"""Avro: every record comes back as it was and conforms to its schema; golden bytes; what costs time is the writer."""

import json
import timeit
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import fastavro
import pytest
from fastavro.validation import validate
from hypothesis import example, given

from schemas.formats._records import maker
from schemas.formats.avro import FORMAT, _plain_reading
from schemas.formats.base import NotEncodableError, framed, header, is_wire, unframed
from schemas.formats.json import FORMAT as JSON
from schemas.mapping import PLAIN
from schemas.readings import FaultPoint, FaultRecord, Frame, Truth, WearTruth
from schemas.released import WHATS, What
from tests.schemas.drawn_records import NAMES, fault_records, frames, truths, whole_fault, whole_frame, whole_truth

GOLDEN = Path(__file__).parent / "golden"


def read_back(what: What, body: bytes) -> dict[str, Any]:
    """The record of a body, instants as plain numbers; nothing may be left over."""
    schema = json.loads(FORMAT.schema(what), object_hook=_without_logical_types)
    data = BytesIO(body)
    record = fastavro.schemaless_reader(data, schema, None)
    assert not data.read()
    assert isinstance(record, dict)
    assert validate(record, fastavro.parse_schema(schema), strict=True)
    return record


def _without_logical_types(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != "logicalType"}


def instants(name: str, time_ns: int) -> dict[str, int]:
    return {name: time_ns // 1000, f"{name}_ns": time_ns}


@given(frames)
@example(whole_frame())
def test_every_reading_comes_back(frame: Frame) -> None:
    encode = FORMAT.encoder("reading")
    for part, reading in enumerate(frame.readings):
        assert read_back("reading", encode(frame, part)) == {
            "device": frame.device,
            "kind": frame.kind,
            "sequence": frame.sequence,
            "part": part,
            "parts": len(frame.readings),
            **instants("time", reading.time_ns),
            "sensor": reading.sensor,
            "quantity": reading.quantity,
            "unit": reading.unit,
            "value": reading.value,
        }


@given(frames)
def test_every_frame_comes_back(frame: Frame) -> None:
    said = [{**reading._asdict(), **instants("time", reading.time_ns)} for reading in frame.readings]
    assert read_back("frame", FORMAT.encode(frame)) == {
        **frame._asdict(),
        **instants("time", frame.time_ns),
        "readings": said,
    }


@given(truths)
@example(whole_truth())
def test_every_truth_comes_back(truth: Truth) -> None:
    assert read_back("truth", FORMAT.encode_truth(truth)) == {
        **truth._asdict(),
        **instants("time", truth.time_ns),
        "wear": [part._asdict() for part in truth.wear],
        "faults": [
            {"id": one.id, "sensor": one.sensor, "fault": one.fault, **instants("since", one.since_ns)}
            for one in truth.faults
        ],
        "symptoms": list(truth.symptoms),
        "clean": [{"sensor": sensor, "value": value} for sensor, value in truth.clean],
        "records": [{**one._asdict(), **instants("onset", one.onset_ns)} for one in truth.records],
    }


@given(fault_records)
@example(whole_fault())
def test_every_record_of_a_fault_comes_back(fault: FaultRecord) -> None:
    assert read_back("fault", FORMAT.encode_fault(fault)) == {
        **fault._asdict(),
        **instants("time", fault.time_ns),
        **instants("onset", fault.onset_ns),
        "curve": [point._asdict() for point in fault.curve],
    }


@given(frames)
def test_the_short_way_of_a_reading_is_the_general_one(frame: Frame) -> None:
    general = maker("reading", PLAIN, FORMAT.defaults)
    for part, reading in enumerate(frame.readings):
        made, expected = _plain_reading(frame, reading, part), general(frame, reading, part)
        assert (list(made), made) == (list(expected), expected)


def test_the_bytes_are_the_golden_ones() -> None:
    frame, truth = whole_frame(), whole_truth()
    made = (
        FORMAT.encoder("reading")(frame, 0),
        FORMAT.encode(frame),
        FORMAT.encode_truth(truth),
        FORMAT.encode_fault(whole_fault()),
    )
    assert [body.hex() for body in made] == (GOLDEN / "avro.hex").read_text(encoding="ascii").splitlines()


def test_consumers_see_an_instant_in_utc() -> None:
    schema = fastavro.parse_schema(json.loads(FORMAT.schema("reading")))
    record: Any = fastavro.schemaless_reader(BytesIO(FORMAT.encoder("reading")(whole_frame(), 0)), schema, None)
    assert record["time"].isoformat() == "2026-01-01T00:00:05.123456+00:00"
    assert record["time_ns"] == whole_frame().time_ns


def broken(**change: Any) -> Frame:
    return whole_frame()._replace(**change)


def with_value(value: Any) -> Frame:
    first, *others = whole_frame().readings
    return broken(readings=(first._replace(value=value), *others))


@pytest.mark.parametrize(
    "frame",
    [
        with_value(float("nan")),
        with_value(float("inf")),
        with_value(float("-inf")),
        with_value("warm"),
        broken(device="\ud800"),
        broken(device=b"pi"),
        broken(device=None),
        broken(sequence=2**63),
        broken(sequence="1"),
    ],
)
def test_what_has_no_honest_bytes_is_refused(frame: Frame) -> None:
    with pytest.raises(NotEncodableError):
        FORMAT.encode(frame)
    with pytest.raises(NotEncodableError):
        FORMAT.encoder("reading")(frame, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"health": float("nan")},
        {"rul_s": float("inf")},
        {"clean": (("t", float("nan")),)},
        {"wear": (WearTruth("dust", 0.1, float("nan"), None),)},
        {"wear": (WearTruth("dust", 0.1, 0.9, float("inf")),)},
        {"time_ns": 2**63},
    ],
)
def test_a_truth_without_honest_bytes_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NotEncodableError):
        FORMAT.encode_truth(whole_truth()._replace(**change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"severity": float("nan")},
        {"observable_after_s": float("inf")},
        {"ended_after_s": float("nan")},
        {"curve": (FaultPoint(0.0, float("nan")),)},
        {"curve": (FaultPoint(float("inf"), 0.5),)},
        {"sequence": 2**63},
        {"onset_ns": 2**63},
    ],
)
def test_a_record_of_a_fault_without_honest_bytes_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NotEncodableError):
        FORMAT.encode_fault(whole_fault()._replace(**change))  # type: ignore[arg-type]


def test_the_header_is_that_of_the_registry() -> None:
    assert header(258) == b"\x00\x00\x00\x01\x02"
    assert framed(1, b"body") == b"\x00\x00\x00\x00\x01body"
    assert unframed(framed(2**32 - 1, b"body")) == (2**32 - 1, b"body")
    for data in (b"", b"\x00\x00\x00\x01", b"\x01\x00\x00\x00\x01body"):
        with pytest.raises(ValueError, match="wire format"):
            unframed(data)
    for schema_id in (-1, 2**32):
        with pytest.raises(ValueError, match="four bytes"):
            header(schema_id)


def test_formats_with_a_schema_are_told_from_others() -> None:
    assert is_wire(FORMAT)
    assert not is_wire(JSON)


@pytest.mark.parametrize("what", WHATS)
def test_the_name_is_the_schemas(what: What) -> None:
    assert FORMAT.record_name(what) == f"data_simulator.{NAMES[what]}"
    assert fastavro.parse_schema(json.loads(FORMAT.schema(what)))["name"] == FORMAT.record_name(what)  # type: ignore[index,call-overload]


def test_the_writer_itself_is_most_of_the_cost() -> None:
    frame, encode = whole_frame(), FORMAT.encoder("reading")
    schema = fastavro.parse_schema(json.loads(FORMAT.schema("reading")))
    record = _plain_reading(frame, frame.readings[0], 0)

    def bare() -> None:
        out = BytesIO()
        fastavro.schemaless_writer(out, schema, record)
        out.getvalue()

    def ours() -> None:
        encode(frame, 0)

    # neighbours on the machine disturb single rounds, not the best of each in turns
    rounds = [[timeit.timeit(one, timer=process_time, number=2000) for one in (bare, ours)] for _ in range(15)]
    assert min(times[1] for times in rounds) < 1.5 * min(times[0] for times in rounds)
