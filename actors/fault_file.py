"""The file of fault records: each whole, with its curve; for whoever needs no truth per frame.

A line of JSON a record, or an Avro object container file when the name ends in `.avro`.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from actors.device.records import FaultRecord
from schemas.instants import iso
from schemas.released import fault_avro


def write_faults(path: str, records: Iterable[FaultRecord]) -> int:
    """Write records, in the order of their onsets; answers how many.

    The schemas are `schemas/json_schema/fault.json` and `schemas/avro/fault.avsc`.
    """
    ordered = sorted(records, key=lambda one: (one.record.onset_ns, one.device, one.record.id))
    if path.endswith(".avro"):
        _write_avro(path, ordered)
    else:
        text = "".join(json.dumps(line_of(one), ensure_ascii=False) + "\n" for one in ordered)
        Path(path).write_text(text, encoding="utf-8")
    return len(ordered)


def line_of(one: FaultRecord) -> dict[str, Any]:
    """One record as plain data."""
    record = one.record
    plain = {name: value for name, value in record._asdict().items() if name != "onset_ns"}
    return {
        "device": one.device,
        **{name: plain.pop(name) for name in ("id", "layer", "mode", "sensor")},
        "onset": iso(record.onset_ns),
        **plain,
        "censored": record.ended_after_s is None,
        "curve": [{"after_s": after_s, "severity": severity} for after_s, severity in one.curve],
    }


def _write_avro(path: str, ordered: Sequence[FaultRecord]) -> None:
    from fastavro import parse_schema, writer

    found = ({**line_of(one), "onset": one.record.onset_ns // 1000, "onset_ns": one.record.onset_ns} for one in ordered)
    with open(path, "wb") as file:
        writer(file, parse_schema(fault_avro()), found, codec="deflate")
