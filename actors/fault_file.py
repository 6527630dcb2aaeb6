"""The file of fault records: one line of JSON a record, whole, with its curve; for whoever needs no truth per frame."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from actors.device.records import FaultRecord
from schemas.instants import iso


def write_faults(path: str, records: Iterable[FaultRecord]) -> int:
    """Write records, in the order of their onsets; answers how many. The schema is `schemas/json_schema/fault.json`."""
    ordered = sorted(records, key=lambda one: (one.record.onset_ns, one.device, one.record.id))
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
