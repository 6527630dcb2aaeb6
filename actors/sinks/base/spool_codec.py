"""A record as bytes and back: compact, quick, and exactly the same record again.

A row of a spool has the device, the sequence and the instant in columns of their own; the bytes hold the rest. What all
frames of a kind have in common - sensors, quantities, units - is a shape, kept once beside the rows. The bytes end in a
checksum over themselves and over those columns, so that damage is found before anything is made of it.
"""

import marshal
from collections.abc import Iterator, Mapping
from typing import Any, Final
from zlib import crc32

from actors.sinks.base.records import FAULT, TRUTH, Record
from schemas.readings import FaultPoint, FaultRecord, FaultTruth, Frame, Reading, RecordTruth, Truth, WearTruth

_VERSION: Final = 2
"""Of `marshal`: the last one without references between objects, understood by every Python since."""
_MASK: Final = 0xFFFFFFFF
_make: Final = tuple.__new__

Shape = tuple[Any, ...]
"""Kind of device, sensors, quantities and units, each in the order of the readings."""


class DamagedError(Exception):
    """The bytes are not what was written."""


class Codec:
    """Makes bytes of records, and records of bytes. `fresh` are shapes that no spool has yet."""

    __slots__ = ("_numbers", "_salts", "_shapes", "fresh")

    def __init__(self, shapes: Mapping[int, Shape] | None = None) -> None:
        self._shapes: dict[int, Shape] = dict(shapes or {})
        self._numbers: dict[Shape, int] = {shape: number for number, shape in self._shapes.items()}
        self._salts: dict[str, int] = {}
        self.fresh: list[tuple[int, bytes]] = []

    def encode(self, record: Record) -> bytes:
        """The bytes of a record. `ValueError` when it holds what has no bytes."""
        if not isinstance(record, Frame):
            data = _truth_bytes(record) if isinstance(record, Truth) else _fault_bytes(record)
            return self._sealed(record[0], record[1], record[2], data)
        device, kind, sequence, time_ns, readings, throttled = record
        if readings:
            sensors, quantities, units, values, times = zip(*readings, strict=True)
            shape: Shape = (kind, sensors, quantities, units)
            same = times.count(time_ns) == len(times)
        else:
            values, times, same, shape = (), (), True, (kind, (), (), ())
        number = self._numbers.get(shape)
        if number is None:
            number = self._learn(shape)
        data = marshal.dumps((number, throttled, values, None if same else times), _VERSION)
        return self._sealed(device, sequence, time_ns, data)

    def decode(self, what: int, device: str, sequence: int, time_ns: int, sealed: bytes) -> Record:
        """The record again. `DamagedError` when the bytes or the columns are not what was written."""
        data = sealed[:-4]
        if crc32(data, self._salt(device) ^ _mixed(sequence, time_ns)).to_bytes(4, "little") != sealed[-4:]:
            raise DamagedError(f"{device} {sequence}: the checksum is wrong")
        if what == TRUTH:
            return _truth_of(device, sequence, time_ns, marshal.loads(data))
        if what == FAULT:
            return _fault_of(device, sequence, time_ns, marshal.loads(data))
        number, throttled, values, times = marshal.loads(data)
        shape = self._shapes.get(number)
        if shape is None:
            raise DamagedError(f"{device} {sequence}: its shape is unknown")
        kind, sensors, quantities, units = shape
        if times is None:
            rows = zip(sensors, quantities, units, values, (time_ns,) * len(values), strict=True)
        else:
            rows = zip(sensors, quantities, units, values, times, strict=True)
        readings = tuple([_make(Reading, row) for row in rows])
        frame: Frame = _make(Frame, (device, kind, sequence, time_ns, readings, throttled))
        return frame

    def all(self) -> Iterator[tuple[int, bytes]]:
        """Every shape by its number, as bytes."""
        for number, shape in self._shapes.items():
            yield number, _shape_bytes(shape)

    def _sealed(self, device: str, sequence: int, time_ns: int, data: bytes) -> bytes:
        return data + crc32(data, self._salt(device) ^ _mixed(sequence, time_ns)).to_bytes(4, "little")

    def _salt(self, device: str) -> int:
        salt = self._salts.get(device)
        if salt is None:
            salt = self._salts[device] = crc32(device.encode())
        return salt

    def _learn(self, shape: Shape) -> int:
        data = _shape_bytes(shape)
        number = max(self._shapes, default=-1) + 1
        self._shapes[number] = shape
        self._numbers[shape] = number
        self.fresh.append((number, data))
        return number


def shape_of(data: bytes) -> Shape:
    """A shape as `Codec.fresh` gave it. `DamagedError` when it is not what was written."""
    if crc32(data[:-4]).to_bytes(4, "little") != data[-4:]:
        raise DamagedError("the checksum of a shape is wrong")
    shape: Shape = marshal.loads(data[:-4])
    return shape


def _shape_bytes(shape: Shape) -> bytes:
    data = marshal.dumps(shape, _VERSION)
    return data + crc32(data).to_bytes(4, "little")


def _mixed(sequence: int, time_ns: int) -> int:
    """Every bit of both, in 32 (odd multipliers, of MurmurHash3 and Knuth)."""
    return (sequence * 0x9E3779B1 ^ time_ns * 0x85EBCA6B ^ (time_ns >> 32) * 0xC2B2AE35) & _MASK


def _fault_bytes(fault: FaultRecord) -> bytes:
    return marshal.dumps((*fault[3:-1], tuple(map(tuple, fault.curve))), _VERSION)


def _fault_of(device: str, sequence: int, time_ns: int, plain: tuple[Any, ...]) -> FaultRecord:
    *facts, curve = plain
    return FaultRecord._make((device, sequence, time_ns, *facts, tuple([FaultPoint(*point) for point in curve])))


def _truth_bytes(truth: Any) -> bytes:
    _, _, _, state, health, rul_s, wear, faults, symptoms, clean, records, dominant = truth
    lists = tuple(map(tuple, wear)), tuple(map(tuple, faults)), symptoms, clean, tuple(map(tuple, records))
    plain = (state, health, rul_s, *lists, dominant)
    return marshal.dumps(plain, _VERSION)


def _truth_of(device: str, sequence: int, time_ns: int, plain: tuple[Any, ...]) -> Truth:
    state, health, rul_s, wear, faults, symptoms, clean, *later = plain
    records, dominant = later or ((), None)  # a spool of an earlier version has neither
    return Truth(
        device,
        sequence,
        time_ns,
        state,
        health,
        rul_s,
        tuple([WearTruth(*each) for each in wear]),
        tuple([FaultTruth(*each) for each in faults]),
        symptoms,
        clean,
        tuple([RecordTruth(*each) for each in records]),
        dominant,
    )
