"""Messages that only the cast exchanges among itself."""

from dataclasses import dataclass
from typing import Any

from engine.hardware.seen import Seen


@dataclass(frozen=True, slots=True)
class SetChain:
    """Told by a device to its sensor: these are the faults in force, in the order in which they act."""

    chain: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Booted:
    """Told by a device to itself when its boot time is over; `boot` tells this boot from an earlier one."""

    boot: int


@dataclass(frozen=True, slots=True)
class LookNow:
    """Told by the timeline to itself: look, now that everybody has heard what was told at this instant."""

    time_ns: int


@dataclass(frozen=True, slots=True)
class UndoRest:
    """Told by the timeline to itself: undo these too, now that whoever hung has heard everything else."""

    changes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class UndoOutside:
    """Told to the timeline when the run ends: undo what lies outside the simulated world."""


@dataclass(frozen=True, slots=True)
class BeginOutside:
    """Told to the timeline when the present is reached: begin what is in force outside the simulated world."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Told by a device to itself when a frame that was held up is due."""


@dataclass(frozen=True, slots=True)
class CauseArrives:
    """Told by a device to itself when a common cause has reached it."""


@dataclass(frozen=True, slots=True)
class ChanceArrives:
    """Told by a device to itself when a sensor fault comes by chance."""


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """Told by a device to itself when a fault's time is over."""

    id: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Told to a device that mirrors real hardware: what its source says, or why it says nothing."""

    seen: Seen
    trouble: str = ""
