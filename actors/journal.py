"""The journal: every event of the run, in order.

History is what happened in the simulated world and is hashed per device; operations are who asked what and what the
machine itself went through, and are not.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any, Final, Protocol

from engine.actor import DispatchedActor
from engine.digest import HistoryDigest
from schemas import events
from schemas.commands import Crash
from schemas.events import Entry as Entry

_KEPT: Final = 10_000
_FLEET: Final = "fleet/"


@dataclass(frozen=True, slots=True)
class GetJournal:
    """The newest entries, at most `limit`."""

    limit: int = 100


@dataclass(frozen=True, slots=True)
class GetHistoryDigests:
    """The digest of each device's history."""


class JournalMemory:
    """What the journal keeps; outlives the actor."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()
        self.digests: dict[str, HistoryDigest] = {}
        self.number = 0


def subject(event: events.Event) -> str | None:
    """The device an event happened to, or `None` when it belongs to operations."""
    match event:
        case (
            events.StateChanged()
            | events.FaultInjected()
            | events.FaultCleared()
            | events.WearInjected()
            | events.PartRepaired()
            | events.ParameterSet()
            | events.IntervalSet()
            | events.ConnectionActed()
        ):
            return event.device
        case (
            events.ActorFailed()
            | events.ActorRestarted()
            | events.ActorGivenUp()
            | events.ActorHung()
            | events.ActorReleased()
        ):
            address = event.address
            return address[len(_FLEET) :].split("/", 1)[0] if address.startswith(_FLEET) else None
        case events.ChaosBegun() | events.ChaosEnded():
            target = event.target
            return target[len(_FLEET) :].split("/", 1)[0] if target.startswith(_FLEET) else None
        case events.ActorStopped() | events.CommandRefused() | events.RequestMade() | events.TimeSkipped():
            return None
        case events.VictimsSpared() | events.ChaosOver():
            return None


class Follower(Protocol):
    """Who wants to know what is written down."""

    def tell(self, message: Any, /) -> None: ...


class Journal(DispatchedActor):
    """Keeps what it is told, counts it, hashes what is history, and tells its followers."""

    def __init__(self, memory: JournalMemory, followers: Iterable[Follower] = ()) -> None:
        super().__init__()
        self._memory = memory
        self._followers = tuple(followers)

    def on_receive(self, message: Any) -> Any:
        match message:
            case GetJournal(limit=limit):
                entries = list(self._memory.entries)
                return entries[-limit:] if limit else []
            case GetHistoryDigests():
                return {device: digest.hex() for device, digest in self._memory.digests.items()}
            case Crash():
                raise message.exception()
            case _:
                self._keep(message)
                return None

    def _keep(self, event: events.Event) -> None:
        if not isinstance(event, events.Event):
            raise TypeError(f"journal: {event!r} is not an event")
        memory = self._memory
        device = subject(event)
        memory.counts[event.__class__.__name__] += 1
        entry = Entry(memory.number, device is not None, event)
        memory.entries.append(entry)
        memory.number += 1
        for follower in self._followers:
            # who has just stopped need not be told so
            if event.__class__ is not events.ActorStopped or event.address != getattr(follower, "address", None):
                follower.tell(entry)
        if device is not None:
            digest = memory.digests.get(device)
            if digest is None:
                digest = memory.digests[device] = HistoryDigest()
            digest.add((event.__class__.__name__, *astuple(event)))
