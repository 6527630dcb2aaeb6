"""The json format: golden bytes, nothing lost, nothing of the truth in a frame."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.formats.base import NotEncodableError
from schemas.formats.json import FORMAT, HEAD
from schemas.instants import iso
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import FaultTruth, Frame, Reading, RecordTruth, Truth, WearTruth

GOLDEN = Path(__file__).parent / "golden"
T = 1_767_225_605_123_456_789


def _reading(sensor: str, value: float | None, time_ns: int = T, unit: str = "degC") -> Reading:
    return Reading(sensor, "temperature", unit, value, time_ns)


def _whole_frame() -> Frame:
    values = (48.312, 5.125, 37.5, 5.0875, None, 2.4)
    readings = (Reading(q, q, UNITS[q], value, T) for q, value in zip(QUANTITIES, values, strict=True))
    return Frame("pi-0042", "raspberry-pi", 17, T, tuple(readings), 0x50005)


def _frames() -> list[Frame]:
    cpu = _whole_frame()._replace(device="cpu-0001", kind="cpu", sequence=0, throttled=None)
    silent = _whole_frame()._replace(sequence=18, readings=())
    duplicate = (_reading("temperature", 48.5), _reading("temperature", 48.5), _reading("fan", 3.0, T - 10**9, "CFM"))
    odd_name = (_reading("units", 1.0), _reading("kind", 2.0), _reading("naïve \n temp", -0.0))
    return [
        _whole_frame(),
        cpu,
        silent,
        _whole_frame()._replace(sequence=19, readings=duplicate),
        _whole_frame()._replace(sequence=20, readings=odd_name),
    ]


def _truth() -> Truth:
    return Truth(
        device="pi-0042",
        sequence=17,
        time_ns=T,
        state="degraded",
        health=0.625,
        rul_s=86400.5,
        wear=(WearTruth("dust", 0.375, 0.625, 86400.5), WearTruth("fan-bearing", 0.0, 1.0, None)),
        faults=(FaultTruth("pi-0042-stuck-1", "temperature", "stuck", T - 10**9),),
        symptoms=("throttled", "fan-degraded"),
        clean=(("temperature", 48.25), ("fan", None)),
        records=(RecordTruth("pi-0042-dust-0", "wear", "dust", None, T - 10**15, 86400.5, None, 0.375, "wear"),),
        dominant="dust",
    )


@pytest.mark.parametrize("name", ["frames", "truths"])
def test_the_bytes_are_the_golden_ones(name: str) -> None:
    lines = [FORMAT.encode(frame) for frame in _frames()] if name == "frames" else [FORMAT.encode_truth(_truth())]
    golden = (GOLDEN / f"json-{name}.jsonl").read_bytes()
    assert b"\n".join([*lines, b""]) == golden


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_value = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
_time = st.integers(0, 4_000_000_000 * 10**9)
_readings = st.lists(
    st.builds(Reading, _text | st.sampled_from(HEAD), st.sampled_from(QUANTITIES), _text, _value, _time | st.just(T))
)
_frame = st.builds(
    Frame, _text, _text, st.integers(0, 2**53), st.just(T), _readings.map(tuple), st.none() | st.integers(0, 2**20)
)


@given(_frame)
def test_nothing_is_lost_and_nothing_is_added(frame: Frame) -> None:
    line = FORMAT.encode(frame)
    assert b"\n" not in line
    back = json.loads(line)
    extra = back.pop("extra", [])
    units = back.pop("units")
    head = {key: back.pop(key) for key in ("device", "kind", "sequence", "time", "throttled")}
    assert tuple(head.values()) == (frame.device, frame.kind, frame.sequence, iso(T), frame.throttled)
    flat = [(sensor, units[sensor], value, iso(T)) for sensor, value in back.items()]
    full = [(one["sensor"], one["unit"], one["value"], one["time"]) for one in extra]
    expected = [(r.sensor, r.unit, r.value, iso(r.time_ns)) for r in frame.readings]
    assert sorted(flat + full, key=repr) == sorted(expected, key=repr)
    assert set(units) == set(back)
    said = {(reading.sensor, reading.quantity) for reading in frame.readings}
    assert all((one["sensor"], one["quantity"]) in said for one in extra)


def test_a_frame_has_only_head_keys_and_sensors() -> None:
    """State, wear, faults, symptoms and labels have no way into a frame: its keys are these and no others."""
    for frame in _frames():
        keys = set(json.loads(FORMAT.encode(frame)))
        assert keys <= {*HEAD, *(reading.sensor for reading in frame.readings)}
    assert Frame._fields == ("device", "kind", "sequence", "time_ns", "readings", "throttled")
    assert Reading._fields == ("sensor", "quantity", "unit", "value", "time_ns")
    words = {"state", "wear", "label", "health", "rul", "fault", "symptom", "clean", "damage", "degraded", "stuck"}
    line = FORMAT.encode(_whole_frame()).decode()
    assert not [word for word in words if word in line]


@pytest.mark.parametrize(
    "frame",
    [
        _whole_frame()._replace(readings=(_reading("t", float("nan")),)),
        _whole_frame()._replace(readings=(_reading("t", float("inf")),)),
        _whole_frame()._replace(readings=(_reading("t", float("-inf")),)),
        _whole_frame()._replace(device="\ud800"),
        _whole_frame()._replace(sequence=2**64),
        _whole_frame()._replace(device=b"pi"),  # type: ignore[arg-type]
    ],
)
def test_a_frame_without_honest_bytes_is_refused(frame: Frame) -> None:
    with pytest.raises(NotEncodableError):
        FORMAT.encode(frame)


@pytest.mark.parametrize(
    "change",
    [
        {"health": float("nan")},
        {"rul_s": float("inf")},
        {"clean": (("t", float("nan")),)},
        {"wear": (WearTruth("dust", 0.1, float("nan"), None),)},
        {"wear": (WearTruth("dust", 0.1, 0.9, float("inf")),)},
        {"records": (RecordTruth("d", "wear", "dust", None, 0, float("nan"), None, 0.1, "wear"),)},
        {"records": (RecordTruth("d", "wear", "dust", None, 0, None, None, float("inf"), "wear"),)},
    ],
)
def test_a_truth_without_honest_bytes_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(NotEncodableError):
        FORMAT.encode_truth(_truth()._replace(**change))  # type: ignore[arg-type]


def test_the_year_must_be_one_people_know() -> None:
    with pytest.raises(ValueError, match=r"year|range|date"):
        FORMAT.encode(_whole_frame()._replace(time_ns=10**25))
