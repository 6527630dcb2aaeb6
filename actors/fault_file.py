"""The file of fault records: each whole, with its curve; for whoever needs no truth per frame.

A line of JSON a record, or an Avro object container file when the name ends in `.avro`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from schemas.formats.avro import FORMAT as AVRO
from schemas.formats.json import FORMAT as JSON
from schemas.readings import FaultRecord
from schemas.released import avro


def write_faults(path: str, records: Iterable[FaultRecord]) -> int:
    """Write records, in the order of their onsets; answers how many.

    The schemas are `schemas/json_schema/fault.json` and `schemas/avro/fault.avsc`.
    """
    ordered = sorted(records, key=lambda one: (one.onset_ns, one.device, one.id))
    if path.endswith(".avro"):
        _write_avro(path, ordered)
    else:
        Path(path).write_bytes(b"".join(JSON.encode_fault(one) + b"\n" for one in ordered))
    return len(ordered)


def _write_avro(path: str, ordered: Sequence[FaultRecord]) -> None:
    from fastavro import parse_schema, writer

    make = AVRO.maker("fault")
    with open(path, "wb") as file:
        writer(file, parse_schema(avro("fault")), (make(one, None, 0) for one in ordered), codec="deflate")
