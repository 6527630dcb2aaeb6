"""JSON with a schema: every record comes back as it was and conforms."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from jsonschema import Draft7Validator

from schemas.formats.base import NotEncodableError
from schemas.formats.json import FORMAT as JSON
from schemas.formats.json import Json
from schemas.formats.json_schema import FORMAT, JsonSchema
from schemas.instants import iso
from schemas.readings import FaultPoint, FaultRecord, Frame, Truth
from schemas.released import WHATS, What
from tests.schemas.drawn_records import NAMES, fault_records, frames, truths, whole_fault, whole_frame, whole_truth

GOLDEN = Path(__file__).parent / "golden"
VALIDATORS = {what: Draft7Validator(json.loads(FORMAT.schema(what))) for what in WHATS}


def read_back(what: What, body: bytes) -> Any:
    record = json.loads(body)
    VALIDATORS[what].validate(record)
    return record


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
            "time": iso(reading.time_ns),
            "sensor": reading.sensor,
            "quantity": reading.quantity,
            "unit": reading.unit,
            "value": reading.value,
        }
        assert JSON.encode_reading(frame, part) == encode(frame, part)


@given(frames)
def test_every_frame_comes_back(frame: Frame) -> None:
    back = read_back("frame", FORMAT.encode(frame))
    assert [tuple(one.values()) for one in back.pop("readings")] == [
        (*reading[:4], iso(reading.time_ns)) for reading in frame.readings
    ]
    assert tuple(back.values()) == (frame.device, frame.kind, frame.sequence, iso(frame.time_ns), frame.throttled)


@given(truths)
@example(whole_truth())
def test_every_truth_comes_back(truth: Truth) -> None:
    back = read_back("truth", FORMAT.encode_truth(truth))
    assert back == {
        "device": truth.device,
        "sequence": truth.sequence,
        "time": iso(truth.time_ns),
        "state": truth.state,
        "health": truth.health,
        "rul_s": truth.rul_s,
        "wear": [part._asdict() for part in truth.wear],
        "faults": [
            {"id": one.id, "sensor": one.sensor, "fault": one.fault, "since": iso(one.since_ns)} for one in truth.faults
        ],
        "symptoms": list(truth.symptoms),
        "clean": [{"sensor": sensor, "value": value} for sensor, value in truth.clean],
        "records": [
            {"onset": iso(one.onset_ns), **{name: part for name, part in one._asdict().items() if name != "onset_ns"}}
            for one in truth.records
        ],
        "dominant": truth.dominant,
    }


@given(fault_records)
@example(whole_fault())
def test_every_record_of_a_fault_comes_back(fault: FaultRecord) -> None:
    back = read_back("fault", FORMAT.encode_fault(fault))
    instants = {"time": iso(fault.time_ns), "onset": iso(fault.onset_ns)}
    plain = {name: part for name, part in fault._asdict().items() if not name.endswith("_ns")}
    assert back == {**plain, **instants, "curve": [point._asdict() for point in fault.curve]}
    assert JSON.encode_fault(fault) == FORMAT.encode_fault(fault)


@pytest.mark.parametrize("form", [FORMAT, JSON])
@pytest.mark.parametrize(
    "change", [{"severity": float("nan")}, {"curve": (FaultPoint(0.0, float("inf")),)}, {"id": "\ud800"}]
)
def test_a_record_of_a_fault_without_honest_bytes_is_refused(form: JsonSchema | Json, change: dict[str, Any]) -> None:
    with pytest.raises(NotEncodableError):
        form.encode_fault(whole_fault()._replace(**change))


def test_the_bytes_are_the_golden_ones() -> None:
    frame, truth = whole_frame(), whole_truth()
    made = (
        FORMAT.encoder("reading")(frame, 0),
        FORMAT.encode(frame),
        FORMAT.encode_truth(truth),
        FORMAT.encode_fault(whole_fault()),
    )
    assert list(made) == (GOLDEN / "json-schema.jsonl").read_bytes().splitlines()


@pytest.mark.parametrize("change", [{"sequence": 2**64}, {"device": "\ud800"}, {"device": b"pi"}, {"time_ns": 10**25}])
def test_a_frame_without_honest_bytes_is_refused(change: dict[str, object]) -> None:
    frame = whole_frame()._replace(**change)  # type: ignore[arg-type]
    with pytest.raises(NotEncodableError):
        FORMAT.encode(frame)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_no_number_is_refused(value: float) -> None:
    first, *others = whole_frame().readings
    frame = whole_frame()._replace(readings=(first._replace(value=value), *others))
    with pytest.raises(NotEncodableError):
        FORMAT.encoder("reading")(frame, 0)
    FORMAT.encoder("reading")(frame, 1)


@pytest.mark.parametrize("what", WHATS)
def test_the_title_is_the_records_name(what: What) -> None:
    assert FORMAT.record_name(what) == f"data_simulator.{NAMES[what]}" == json.loads(FORMAT.schema(what))["title"]
