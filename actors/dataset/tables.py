"""The tables of a data set: their columns with units and meanings, and blocks made into them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from actors.dataset.block import Block, Numbers, Received
from actors.dataset.plan import DatasetPlan
from schemas.readings import Reading

TIME: Final = pa.timestamp("ns", tz="UTC")
ACTIVE: Final = 0.05
"""A failure mode counts as a fault from this damage on."""

_IRREGULAR: Final = pa.list_(
    pa.struct([pa.field("sensor", pa.string()), pa.field("time", TIME), pa.field("value", pa.float64())])
)


def _field(name: str, kind: pa.DataType, meaning: str, unit: str = "") -> pa.Field:
    return pa.field(name, kind, metadata={"unit": unit, "meaning": meaning})


_FRAME: Final = (
    _field("sequence", pa.int64(), "number of the frame, counted per device from 0 without gaps"),
    _field("time", TIME, "simulated instant of the frame, UTC"),
)


_ARRIVED: Final = (
    _field("time", TIME, "instant of the frame as the device's clock has stamped it, right or wrong, UTC"),
    _field("received", TIME, "simulated instant at which the frame arrived; rows stand in that order, UTC"),
)
"""Where faults of links and clocks stand between a device and its sink."""


def telemetry_schema(plan: DatasetPlan) -> pa.Schema:
    """One row a frame: what the device said, and nothing of what is true."""
    sensors = [
        _field(name, pa.float64(), f"what the sensor {name} said; null when it said nothing", unit)
        for name, unit in plan.sensors.items()
    ]
    frame = _FRAME if not plan.links else (_FRAME[0], *_ARRIVED)
    return pa.schema(
        [
            *frame,
            *sensors,
            _field("throttled", pa.int32(), "the firmware's get_throttled word; null where there is none"),
            _field(
                "irregular",
                _IRREGULAR,
                "all readings of the frame when not every sensor spoke once at its instant (lost, doubled, late)",
            ),
        ]
    )


def live_truth_schema(plan: DatasetPlan) -> pa.Schema:
    """One row a frame: what was really so, as far as it was known at that instant."""
    modes = [(mode, column(mode)) for mode in plan.modes]
    return pa.schema(
        [
            *_FRAME,
            _field("state", pa.string(), "state of the device's life cycle"),
            _field("health", pa.float64(), "health index: the smallest event state, 1 healthy, 0 failed"),
            _field("rul_s", pa.float64(), "remaining useful life expected at present stress", "s"),
            *(_field(f"damage_{name}", pa.float64(), f"damage by {mode}, 0 to 1") for mode, name in modes),
            *(
                _field(f"event_state_{name}", pa.float64(), f"event state of {mode}: 1 healthy, 0 failed")
                for mode, name in modes
            ),
            _field("dominant", pa.string(), f"failure mode with the greatest damage, from {ACTIVE} on"),
            _field("symptoms", pa.string(), "visible consequences that are no faults, joined by +"),
            *(
                _field(f"sensor_fault_{name}", pa.string(), f"kinds of the faults of the sensor {name}, joined by +")
                for name in plan.sensors
            ),
            *(
                _field(f"clean_{name}", pa.float64(), f"true value at the sensor {name}", unit)
                for name, unit in plan.sensors.items()
            ),
        ]
    )


BACK_FILLED: Final = (
    _field(
        "rul_true_s",
        pa.float64(),
        "remaining useful life on the path that was taken: time to the next failure; a lower bound when censored",
        "s",
    ),
    _field("censored", pa.bool_(), "whether no failure was seen until the end of the observation"),
    _field("fails_by", pa.string(), "what the next failure is; null when censored"),
)


def truth_schema(plan: DatasetPlan) -> pa.Schema:
    """The truth with what only the end of the life could tell."""
    schema = live_truth_schema(plan)
    place = schema.get_field_index("rul_s") + 1
    for field in reversed(BACK_FILLED):
        schema = schema.insert(place, field)
    return schema


def column(word: str) -> str:
    """A word of the scenario as part of a column's name."""
    return word.replace("-", "_")


def telemetry(block: Block | Received, plan: DatasetPlan) -> pa.RecordBatch:
    """The telemetry of a block, or of what arrived."""
    count = len(block)
    columns: dict[str, Any] = {
        "sequence": block.sequence,
        "time": _times(block),
        "throttled": pa.nulls(count, pa.int32()) if block.throttled is None else block.throttled.astype(np.int32),
        "irregular": _irregular(block),
    }
    if isinstance(block, Received):
        columns["received"] = pa.array(block.received_ns).view(TIME)
    columns |= {name: _maybe(block.values.get(name), count) for name in plan.sensors}
    return _batch(telemetry_schema(plan), columns)


def live_truth(block: Block, plan: DatasetPlan) -> pa.RecordBatch:
    """The truth of a block, as far as it is known while it is lived."""
    count = len(block)
    columns: dict[str, Any] = {
        "sequence": block.sequence,
        "time": _times(block),
        "state": _words(block.state),
        "health": block.health,
        "rul_s": _maybe(block.rul_s, count),
        "dominant": _dominant(block.damage, count),
        "symptoms": _words(block.symptoms),
    }
    for mode in plan.modes:
        columns[f"damage_{column(mode)}"] = _maybe(block.damage.get(mode), count)
        columns[f"event_state_{column(mode)}"] = _maybe(block.event_state.get(mode), count)
    for name in plan.sensors:
        columns[f"sensor_fault_{name}"] = _words(block.faults.get(name) or [""] * count)
        columns[f"clean_{name}"] = _maybe(block.clean.get(name), count)
    return _batch(live_truth_schema(plan), columns)


def _batch(schema: pa.Schema, columns: Mapping[str, Any]) -> pa.RecordBatch:
    arrays = [
        made if isinstance(made := columns[field.name], pa.Array) else pa.array(made, field.type) for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _times(block: Block | Received) -> pa.Array:
    return pa.array(block.time_ns).view(TIME)


def _maybe(values: Numbers | None, count: int) -> pa.Array:
    """Numbers with nulls for what is not a number; nothing but nulls where there is no such column."""
    return pa.nulls(count, pa.float64()) if values is None else pa.array(values, pa.float64(), from_pandas=True)


def _words(words: Sequence[str]) -> pa.Array:
    """Texts with nulls for empty ones."""
    if len(set(words)) == 1:
        return pa.nulls(len(words), pa.string()) if not words[0] else pa.repeat(pa.scalar(words[0]), len(words))
    return pa.array([word or None for word in words], pa.string())


def _dominant(damage: Mapping[str, Numbers], count: int) -> pa.Array:
    if not damage:
        return pa.nulls(count, pa.string())
    names = list(damage)
    stacked = np.stack([damage[name] for name in names])
    worst, most = stacked.argmax(axis=0).tolist(), stacked.max(axis=0).tolist()
    return _words([names[w] if m > ACTIVE else "" for w, m in zip(worst, most, strict=True)])


def _irregular(block: Block | Received) -> pa.Array:
    if not block.irregular:
        return pa.nulls(len(block), _IRREGULAR)
    return pa.array([_plain(block.irregular.get(row)) for row in range(len(block))], _IRREGULAR)


def _plain(readings: tuple[Reading, ...] | None) -> list[dict[str, Any]] | None:
    if readings is None:
        return None
    return [{"sensor": one.sensor, "time": one.time_ns, "value": one.value} for one in readings]
