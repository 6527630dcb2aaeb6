"""What a device lived alone tells: its kept states made into frames with their truths, and numbered."""

from collections.abc import Sequence

import numpy as np

from actors.dataset.arrivals import Arrivals
from actors.dataset.block import NS_PER_S, Block, Integers, Numbers
from actors.dataset.recording import note_records
from actors.dataset.sensing import Said, sense
from actors.device import DeviceMemory
from actors.device.truth import in_force
from actors.sensor import SensorMemory
from engine.devices._rows import BodyRows, Recordable
from engine.digest import packed
from schemas.readings import Frame, Reading


class Telling:
    """The sensors of one device, and what its memory keeps of what they say."""

    def __init__(
        self, memory: DeviceMemory, sensors: Sequence[SensorMemory], body: Recordable, arrivals: Arrivals | None
    ) -> None:
        """With `arrivals` the frames go through the device's link."""
        self.memory = memory
        self._arrivals = arrivals
        self._sensors = sensors
        self._body = body

    def told(self, first_ns: int, interval_ns: int, rows: Numbers) -> tuple[Block, BodyRows]:
        """The frames of kept states, the first of them at `first_ns`, without the device's state; and what is seen."""
        memory, count = self.memory, len(rows)
        tick, step = memory.grid.tick_before(first_ns), interval_ns // NS_PER_S
        seen = self._body.read(rows, tick, step)
        times = first_ns + interval_ns * np.arange(count, dtype=np.int64)
        said = [
            sense(sensor, seen.clean[fact.place], times, interval_ns, memory.chain(fact.name))
            for fact, sensor in zip(memory.sensors, self._sensors, strict=True)
        ]
        block = self._block(seen, times, said)
        self._note(block, said)
        if self._arrivals is not None:
            self._arrivals.add(block)
        note_records(memory.records, times, seen.wear, in_force(memory))
        return block, seen

    def _block(self, seen: BodyRows, times: Integers, said: Sequence[Said]) -> Block:
        memory = self.memory
        names = [fact.name for fact in memory.sensors]
        count = len(times)
        nothing = np.full(count, np.nan)
        return Block(
            sequence=np.arange(memory.sequence, memory.sequence + count),
            time_ns=times,
            throttled=seen.throttled,
            values={name: one.values for name, one in zip(names, said, strict=True)},
            irregular=self._irregular(times, said),
            state=(),
            health=seen.health,
            rul_s=seen.rul_s,
            damage={one.mode: one.damage for one in seen.wear},
            event_state={one.mode: one.event_state for one in seen.wear},
            faults={
                name: ["+".join(fault.fault for fault in memory.faults if fault.sensor == name)] * count
                for name in names
            },
            symptoms=["+".join(symptoms) for symptoms in seen.symptoms],
            clean={
                fact.name: nothing if (clean := seen.clean[fact.place]) is None else clean.copy()
                for fact in memory.sensors
            },
        )

    def _irregular(self, times: Integers, said: Sequence[Said]) -> dict[int, tuple[Reading, ...]]:
        """All readings of the frames in which some sensor did not speak exactly once at the frame's instant."""
        rows = sorted({row for one in said for row in one.irregular})
        found = {}
        for row in rows:
            readings: tuple[Reading, ...] = ()
            for sensor, one in zip(self._sensors, said, strict=True):
                value = one.values.item(row)
                regular = Reading(
                    sensor.name, sensor.quantity, sensor.unit, None if value != value else value, int(times[row])
                )
                readings += one.irregular.get(row, (regular,))
            found[row] = readings
        return found

    def _note(self, block: Block, said: Sequence[Said]) -> None:
        """Number the frames, and take them into the digest."""
        memory, count = self.memory, len(block)
        data, size = packed(memory.sequence, block.time_ns, block.throttled, block.values)
        start = 0
        for row, readings in block.irregular.items():
            memory.digest.add_packed(data[start * size : row * size], size)
            memory.digest.add(self._frame(block, row, readings))
            start = row + 1
        memory.digest.add_packed(data[start * size :], size)
        memory.readings += len(said) * (count - len(block.irregular)) + sum(map(len, block.irregular.values()))
        memory.frame = self._frame(block, count - 1, block.irregular.get(count - 1, ()))
        memory.sequence += count

    def _frame(self, block: Block, row: int, readings: tuple[Reading, ...]) -> Frame:
        throttled = None if block.throttled is None else block.throttled.item(row)
        number = block.sequence.item(row)
        return Frame(self.memory.id, self.memory.kind, number, block.time_ns.item(row), readings, throttled)
