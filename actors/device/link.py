"""The way of closed frames through a device's link: its faults in the order in which they came, and what is held up."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from actors.device.memory import DeviceMemory
from engine.links.base import Delivery

_due: Final = attrgetter("at_ns")


def through_links(memory: DeviceMemory, deliveries: Iterable[Delivery], links: int, now_ns: int) -> list[Delivery]:
    """What becomes of deliveries from one of the link's faults on; what is not due yet stands in `memory.late`, too."""
    going = list(deliveries)
    for link in memory.links[links:]:
        made = [one for each in going for one in link.take(each)]
        if made != going and link.first_ns is None:
            link.first_ns = now_ns
        going = made
    memory.late += [each for each in going if each.at_ns > now_ns]
    return going


def due_of(memory: DeviceMemory, now_ns: int) -> list[Delivery]:
    """Whatever was held up until now or earlier, in the order in which it was due; it is held up no longer."""
    due = sorted((each for each in memory.late if each.at_ns <= now_ns), key=_due)
    memory.late = [each for each in memory.late if each.at_ns > now_ns]
    return due
