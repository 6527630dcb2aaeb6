"""JSON: one flat object a frame.

A frame of a Raspberry Pi with two sensors (on one line in the stream):

    {"device": "pi-0042", "kind": "raspberry-pi", "sequence": 17, "time": "2026-01-01T00:00:05.123456789Z",
     "throttled": 0, "temperature": 48.3, "fan": null, "units": {"temperature": "degC", "fan": "CFM"}}

- `time` is the frame's simulated instant, RFC 3339 in UTC with nine decimals; `sequence` counts per device, no gaps.
- `throttled` is the firmware's word as an integer, `null` where the device has no such register.
- Each sensor that spoke stands under its own name: a number, or `null` when it knows no value (a fan that is not
  fitted). A sensor that is not there said nothing at this instant. `units` names the unit of each.
- `extra` is there only when a reading does not fit that flat form: a second one of the same sensor, one that was
  measured at another instant than the frame's, or a sensor that bears the name of a key above. It is a list of objects
  with `sensor`, `quantity`, `unit`, `value`, `time`.

The truth of a frame is an object of its own, in a stream of its own: `device`, `sequence`, `time`, `state`, `health`,
`rul_s` (seconds or `null`), `wear` (objects of `mode`, `damage`, `event_state`, `rul_s`), `faults` (objects of `id`,
`sensor`, `fault`, `since`), `symptoms` (words), `clean` (true value by sensor), `records` (objects of `id`, `layer`,
`mode`, `sensor`, `onset`, `observable_after_s`, `ended_after_s`, `severity`, `cause`) and `dominant`. The record of a
fault is one too, in a stream of its own, with the fields of its released JSON Schema.
"""

from math import inf
from typing import Final

import orjson

from schemas.formats.base import NotEncodableError
from schemas.formats.json_schema import JsonSchema
from schemas.instants import iso
from schemas.readings import FaultRecord, Frame, Reading, RecordTruth, Truth

HEAD: Final = ("device", "kind", "sequence", "time", "throttled", "units", "extra")
"""Keys of a frame's object that are not sensors."""


_READING: Final = JsonSchema().encoder("reading")
_FAULT: Final = JsonSchema().encoder("fault")


class Json:
    """Compact JSON in UTF-8, one object a record."""

    name = "json"
    extension = ".jsonl"

    def encode(self, frame: Frame) -> bytes:
        """One frame. `NotEncodableError` on numbers that are not finite, integers beyond 64 bits and broken text;
        `ValueError` on an instant outside the years 1 to 9999."""
        device, kind, sequence, time_ns, readings, throttled = frame
        units: dict[str, str] = {}
        record: dict[str, object] = {
            "device": device,
            "kind": kind,
            "sequence": sequence,
            "time": iso(time_ns),
            "throttled": throttled,
        }
        extra: list[dict[str, object]] = []
        for reading in readings:
            sensor, _, unit, value, at_ns = reading
            if value is not None and not -inf < value < inf:
                raise NotEncodableError(f"reading of {sensor!r} is not finite")
            if at_ns != time_ns or sensor in record or sensor in _LAST:
                extra.append(_in_full(reading))
            else:
                record[sensor] = value
                units[sensor] = unit
        record["units"] = units
        if extra:
            record["extra"] = extra
        return _dump(record)

    def encode_reading(self, frame: Frame, part: int) -> bytes:
        """One reading of a frame by itself, with the fields of the released JSON Schema. Refused as a frame is."""
        return _READING(frame, part)

    def encode_truth(self, truth: Truth) -> bytes:
        """One truth. `NotEncodableError` on the same grounds as a frame."""
        clean = dict(truth.clean)
        numbers = [truth.health, truth.rul_s, *clean.values()]
        for part in truth.wear:
            numbers += part[1:]
        for record in truth.records:
            numbers += (record.observable_after_s, record.ended_after_s, record.severity)
        if not all(number is None or -inf < number < inf for number in numbers):
            raise NotEncodableError("a number of the truth is not finite")
        return _dump(
            {
                "device": truth.device,
                "sequence": truth.sequence,
                "time": iso(truth.time_ns),
                "state": truth.state,
                "health": truth.health,
                "rul_s": truth.rul_s,
                "wear": [part._asdict() for part in truth.wear],
                "faults": [
                    {"id": fault.id, "sensor": fault.sensor, "fault": fault.fault, "since": iso(fault.since_ns)}
                    for fault in truth.faults
                ],
                "symptoms": truth.symptoms,
                "clean": clean,
                "records": [_record(record) for record in truth.records],
                "dominant": truth.dominant,
            }
        )

    def encode_fault(self, fault: FaultRecord) -> bytes:
        """One record of a fault, with the fields of the released JSON Schema. Refused as a frame is."""
        return _FAULT(fault)


_LAST: Final = frozenset({"units", "extra"})
"""Head keys that are written after the sensors: no sensor may take their place meanwhile."""


def _in_full(reading: Reading) -> dict[str, object]:
    sensor, quantity, unit, value, at_ns = reading
    return {"sensor": sensor, "quantity": quantity, "unit": unit, "value": value, "time": iso(at_ns)}


def _record(record: RecordTruth) -> dict[str, object]:
    plain = record._asdict()
    return {
        **{name: plain[name] for name in ("id", "layer", "mode", "sensor")},
        "onset": iso(record.onset_ns),
        **{name: plain[name] for name in ("observable_after_s", "ended_after_s", "severity", "cause")},
    }


def _dump(record: dict[str, object]) -> bytes:
    try:
        return orjson.dumps(record)
    except (TypeError, ValueError, RecursionError) as error:
        raise NotEncodableError(str(error)) from error


FORMAT: Final = Json()
