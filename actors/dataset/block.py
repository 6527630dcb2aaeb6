"""A block: some successive frames of one device with their truths, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actors.device.memory import SensorFact
from schemas.readings import Frame, Reading, Truth

Numbers = NDArray[np.float64]
"""Not a number stands for `None`."""
Integers = NDArray[np.int64]

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """Frames first, first + 1... of one device, and what was really so at the instant of each."""

    sequence: Integers
    time_ns: Integers
    throttled: Integers | None
    """`None` where the device has no such register."""
    values: Mapping[str, Numbers]
    """By sensor: what it said at the frame's instant, first of several; not a number when it said nothing."""
    irregular: Mapping[int, tuple[Reading, ...]]
    """By row: all readings of a frame in which not every sensor spoke once at the frame's instant."""
    state: Sequence[str]
    health: Numbers
    rul_s: Numbers
    """At present stress, as it is told live."""
    damage: Mapping[str, Numbers]
    event_state: Mapping[str, Numbers]
    faults: Mapping[str, Sequence[str]]
    """By sensor: the kinds of the faults in force, joined by `+`; empty when there is none."""
    symptoms: Sequence[str]
    """Joined by `+`."""
    clean: Mapping[str, Numbers]

    def __len__(self) -> int:
        return len(self.time_ns)


@dataclass(frozen=True, slots=True)
class Received:
    """Frames of one device as a sink got them, in the order in which they came."""

    sequence: Integers
    time_ns: Integers
    """As the device's clock has stamped them."""
    received_ns: Integers
    throttled: Integers | None
    values: Mapping[str, Numbers]
    irregular: Mapping[int, tuple[Reading, ...]]

    def __len__(self) -> int:
        return len(self.time_ns)


def received_in_full(block: Block) -> Received:
    """Frames of which each arrived as it was, at once."""
    return Received(block.sequence, block.time_ns, block.time_ns, block.throttled, block.values, block.irregular)


def received_of(pairs: Sequence[tuple[Frame, int]], names: Sequence[str]) -> Received:
    """Frames one by one, each with the instant at which it came; `names` are those of the device's sensors."""
    frames = [frame for frame, _ in pairs]
    values, irregular = _values(frames, names)
    return Received(
        sequence=np.array([frame.sequence for frame in frames], np.int64),
        time_ns=np.array([frame.time_ns for frame in frames], np.int64),
        received_ns=np.array([came_ns for _, came_ns in pairs], np.int64),
        throttled=_words_of(frames),
        values=values,
        irregular=irregular,
    )


def _words_of(frames: Sequence[Frame]) -> Integers | None:
    throttled = [frame.throttled for frame in frames]
    return None if None in throttled else np.array(throttled, np.int64)


def block_of(pairs: Sequence[tuple[Frame, Truth]], sensors: Sequence[SensorFact]) -> Block:
    """The same from frames and truths one by one, as sinks are given them."""
    frames = [frame for frame, _ in pairs]
    truths = [truth for _, truth in pairs]
    names = [fact.name for fact in sensors]
    values, irregular = _values(frames, names)
    modes = [part.mode for part in truths[0].wear] if truths else []
    wear = [{part.mode: part for part in truth.wear} for truth in truths]
    clean = [dict(truth.clean) for truth in truths]
    return Block(
        sequence=np.array([frame.sequence for frame in frames], np.int64),
        time_ns=np.array([frame.time_ns for frame in frames], np.int64),
        throttled=_words_of(frames),
        values=values,
        irregular=irregular,
        state=[truth.state for truth in truths],
        health=_numbers([truth.health for truth in truths]),
        rul_s=_numbers([truth.rul_s for truth in truths]),
        damage={mode: _numbers([parts[mode].damage for parts in wear]) for mode in modes},
        event_state={mode: _numbers([parts[mode].event_state for parts in wear]) for mode in modes},
        faults={
            name: ["+".join(f.fault for f in truth.faults if f.sensor == name) for truth in truths] for name in names
        },
        symptoms=["+".join(truth.symptoms) for truth in truths],
        clean={name: _numbers([said.get(name) for said in clean]) for name in names},
    )


def first_said(readings: Sequence[Reading], sensor: str) -> float | None:
    """What a sensor said first in a frame; `None` when it said nothing or had no value."""
    return next((reading.value for reading in readings if reading.sensor == sensor), None)


def _values(frames: Sequence[Frame], names: Sequence[str]) -> tuple[dict[str, Numbers], dict[int, tuple[Reading, ...]]]:
    irregular = {
        row: frame.readings
        for row, frame in enumerate(frames)
        if len(frame.readings) != len(names)
        or any(r.sensor != name or r.time_ns != frame.time_ns for r, name in zip(frame.readings, names, strict=True))
    }
    said = {name: _numbers([first_said(frame.readings, name) for frame in frames]) for name in names}
    return said, irregular


def _numbers(values: Sequence[float | None]) -> Numbers:
    return np.array([np.nan if value is None else value for value in values], np.float64)
