"""Records as bytes and back: the very same, or an error."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sinks.base import Record
from actors.sinks.base.records import what_of
from actors.sinks.base.spool_codec import Codec, DamagedError, shape_of
from schemas.readings import FaultPoint, FaultRecord, FaultTruth, Frame, Reading, Truth, WearTruth
from tests.actors.sinks.spool_cases import fault, frame, truth

_ns = st.integers(-(2**62), 2**62)
_value = st.one_of(st.none(), st.floats(), st.integers(-9, 9))
_word = st.text(max_size=4)
_reading = st.builds(Reading, _word, _word, _word, _value, st.one_of(st.just(7), _ns))
_frame = st.builds(
    Frame, _word, _word, st.integers(0, 2**62), st.just(7), st.lists(_reading, max_size=4).map(tuple), st.none() | _ns
)
_maybe = st.none() | st.floats()
_truth = st.builds(
    Truth,
    _word,
    st.integers(0, 2**62),
    _ns,
    _word,
    st.floats(),
    _maybe,
    st.lists(st.builds(WearTruth, _word, st.floats(), st.floats(), _maybe), max_size=2).map(tuple),
    st.lists(st.builds(FaultTruth, _word, _word, _word, _ns), max_size=2).map(tuple),
    st.lists(_word, max_size=2).map(tuple),
    st.lists(st.tuples(_word, _maybe), max_size=2).map(tuple),
)
_fault = st.builds(
    FaultRecord,
    _word,
    st.integers(0, 2**62),
    _ns,
    _word,
    _word,
    _word,
    st.none() | _word,
    _ns,
    _maybe,
    _maybe,
    st.floats(),
    _word,
    st.booleans(),
    st.lists(st.builds(FaultPoint, st.floats(), st.floats()), max_size=3).map(tuple),
)


def same(one: Any, other: Any) -> bool:
    """Equal in every bit and type, so that 0.0 is not -0.0, 1 is not 1.0 and one `nan` is as good as itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return struct.pack("<d", one) == struct.pack("<d", other)
    return bool(one == other)


def again(record: Any, writer: Codec, reader: Codec | None = None) -> Any:
    data = writer.encode(record)
    reader = reader or Codec({number: shape_of(shape) for number, shape in writer.fresh})
    time_ns = record.time_ns
    return reader.decode(what_of(record), record.device, record.sequence, time_ns, data)


@given(st.lists(st.one_of(_frame, _truth, _fault), max_size=6))
def test_a_record_comes_back_as_the_very_same(records: list[Any]) -> None:
    codec = Codec()
    for record in records:
        assert same(again(record, codec), record)


def test_what_is_compared_can_differ() -> None:
    assert not same(frame(), frame()._replace(throttled=None))
    assert not same((0.0,), (-0.0,))
    assert not same((1,), (1.0,))
    assert same((math.nan,), (math.nan,))


def test_frames_of_one_kind_share_their_shape() -> None:
    codec = Codec()
    sizes = {len(codec.encode(frame(f"pi-{number}", number))) for number in range(50)}
    assert len(codec.fresh) == 1
    assert max(sizes) < 100


@pytest.mark.parametrize("place", range(len(Codec().encode(frame()))))
def test_a_changed_byte_is_found(place: int) -> None:
    codec = Codec()
    data = bytearray(codec.encode(frame()))
    data[place] ^= 0x10
    with pytest.raises(DamagedError):
        codec.decode(0, "pi-1", 0, frame().time_ns, bytes(data))


@pytest.mark.parametrize("columns", [("pi-2", 0, 0), ("pi-1", 1, 0), ("pi-1", 0, 1), ("pi-1", 0, 1 << 40)])
def test_a_changed_column_is_found(columns: tuple[str, int, int]) -> None:
    codec = Codec()
    device, sequence, late = columns
    records: tuple[Record, ...] = (frame(), truth(), fault())
    for what, record in enumerate(records):
        with pytest.raises(DamagedError):
            codec.decode(what, device, sequence, record.time_ns + late, codec.encode(record))


def test_a_shape_that_is_damaged_or_unknown_is_found() -> None:
    codec = Codec()
    data = codec.encode(frame())
    with pytest.raises(DamagedError, match="shape"):
        Codec().decode(0, "pi-1", 0, frame().time_ns, data)
    with pytest.raises(DamagedError):
        shape_of(codec.fresh[0][1][:-1] + b"\x00")


def test_what_has_no_bytes_is_refused() -> None:
    with pytest.raises(ValueError):
        Codec().encode(frame()._replace(throttled=object()))  # type: ignore[arg-type]
