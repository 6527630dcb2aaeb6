"""What arrives of a device lived alone: its frames as a sink gets them, lost, doubled, late and stamped wrongly."""

from collections.abc import Iterable, Iterator, Sequence

from actors.dataset.block import Block, Received, received_in_full, received_of
from actors.device import DeviceMemory
from actors.device.link import due_of, through_links
from actors.sensor import SensorMemory
from engine.links.base import Delivery
from schemas.readings import Frame, Reading


class Arrivals:
    """The sink's side of one device's link. Nobody waits here: what is held up arrives when something is looked at."""

    def __init__(self, memory: DeviceMemory, sensors: Sequence[SensorMemory]) -> None:
        self._memory = memory
        self._sensors = sensors
        self._singly: list[tuple[Frame, int]] = []
        self._parts: list[Received] = []

    def add(self, block: Block) -> None:
        """Frames that the device has closed; nothing else happens to its link in between."""
        memory = self._memory
        if not memory.links and not memory.late:
            self._gather()
            self._parts.append(received_in_full(block))
            return
        for frame in self._frames(block):
            self.deliver((Delivery(frame.time_ns, frame),), 0, frame.time_ns)

    def deliver(self, deliveries: Iterable[Delivery], links: int, now_ns: int) -> None:
        """As the actor does, at an instant."""
        self.until(now_ns)
        going = through_links(self._memory, deliveries, links, now_ns)
        self._singly += [(each.frame, now_ns) for each in going if each.at_ns <= now_ns]

    def until(self, now_ns: int) -> None:
        """What was held up until an instant or earlier has arrived."""
        if self._memory.late:
            self._singly += [(each.frame, each.at_ns) for each in due_of(self._memory, now_ns)]

    def take(self) -> list[Received]:
        """What has arrived since this was last asked, in order."""
        self._gather()
        taken, self._parts = self._parts, []
        return taken

    def _gather(self) -> None:
        if self._singly:
            self._parts.append(received_of(self._singly, [sensor.name for sensor in self._sensors]))
            self._singly = []

    def _frames(self, block: Block) -> Iterator[Frame]:
        """The frames of a block one by one, as the device has closed them."""
        memory = self._memory
        for row, time_ns in enumerate(block.time_ns.tolist()):
            readings = block.irregular.get(row)
            if readings is None:
                readings = tuple(self._regular(sensor, block, row, time_ns) for sensor in self._sensors)
            throttled = None if block.throttled is None else block.throttled.item(row)
            yield Frame(memory.id, memory.kind, block.sequence.item(row), time_ns, readings, throttled)

    def _regular(self, sensor: SensorMemory, block: Block, row: int, time_ns: int) -> Reading:
        value = block.values[sensor.name].item(row)
        return Reading(sensor.name, sensor.quantity, sensor.unit, None if value != value else value, time_ns)
