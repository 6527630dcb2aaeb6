"""The table of faults: a row a record, natural or injected, with how severe it was when."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from actors.dataset import folder as at
from actors.dataset.folder import Folder
from actors.dataset.outcome import Outcome
from actors.dataset.plan import TEST, DatasetPlan
from actors.dataset.tables import TIME
from schemas.readings import FaultRecord

_POINT: Final = pa.struct([pa.field("after_s", pa.float64()), pa.field("severity", pa.float64())])


def _field(name: str, kind: pa.DataType, meaning: str, unit: str = "") -> pa.Field:
    return pa.field(name, kind, metadata={"unit": unit, "meaning": meaning})


FAULTS: Final = pa.schema(
    [
        _field("device", pa.string(), "whose fault it is"),
        _field("id", pa.string(), "the record's own id"),
        _field("layer", pa.string(), "what is hit: wear, sensor, link, clock, or cause for a common cause"),
        _field("mode", pa.string(), "failure mode, kind of sensor fault, or common cause"),
        _field("sensor", pa.string(), "the sensor that lies; null unless the layer is sensor"),
        _field("onset", TIME, "simulated instant of the onset, UTC"),
        _field("observable_after_s", pa.float64(), "from the onset to what could first be seen; null: nothing", "s"),
        _field("ended_after_s", pa.float64(), "from the onset to the end by repair or clearing; null: in force", "s"),
        _field("severity", pa.float64(), "in the end, 0 to 1: damage, or the share of a fault that has come about"),
        _field("cause", pa.string(), "wear, initial, shock, injected, or the id of a common cause"),
        _field("censored", pa.bool_(), "whether its end was not seen"),
        _field("curve", pa.list_(_POINT), "severity by seconds since the onset, a point for every change of 0.05"),
    ]
)


def plain_record(one: FaultRecord) -> dict[str, Any]:
    """A record as a row of the table."""
    others = {"onset_ns", "sequence", "time_ns", "curve"}
    return {
        "onset": one.onset_ns,
        **{name: value for name, value in one._asdict().items() if name not in others},
        "curve": [point._asdict() for point in one.curve],
    }


def write_fault_tables(folder: Folder, plan: DatasetPlan, outcomes: Mapping[str, Outcome]) -> None:
    """A file a site, by onset; those of the test's units are sealed."""
    for sealed in (False, True):
        sites: dict[str, list[Mapping[str, Any]]] = {}
        for unit in plan.units:
            if (unit.split == TEST) is sealed:
                sites.setdefault(unit.site, []).extend(outcomes[unit.id].records)
        for site, rows in sorted(sites.items()):
            rows.sort(key=lambda row: (row["onset"], row["device"], row["id"]))
            at.write_table(folder.of_site("faults", site, sealed=sealed), pa.Table.from_pylist(rows, schema=FAULTS))
