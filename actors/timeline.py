"""The timeline actor: sends the scenario's commands when their time comes, and does to actors what is asked."""

from bisect import insort
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, Protocol

from engine.actor import DispatchedActor
from engine.directory import Endpoint
from schemas import events
from schemas.addresses import device_address
from schemas.commands import ActorCommand, Command, Crash, Done, Hang, Later, Refused, Release, Reply


class Due(Protocol):
    """One instant of the timeline."""

    @property
    def at_ns(self) -> int: ...


class Script(Protocol):
    """A scenario's timeline, resolved: what is due when, and which commands that means."""

    def due(self) -> Iterator[Any]: ...
    def commands(self, due: Any) -> tuple[Command, ...]: ...


class TimelineMemory:
    """How far the timeline has come; outlives the actor."""

    def __init__(self, script: Script, start_ns: int, first: Iterable[Command]) -> None:
        self.script = script
        self.start_ns = start_ns
        self.first = tuple(first)
        self.pending = script.due()
        self.next: Any = next(self.pending, None)
        self.later: list[tuple[int, Command]] = []
        """What was asked from outside for a later instant, by instant, then in the order in which it came."""


class Timeline(DispatchedActor):
    """Sends each command to whom it concerns; a crash, a hang or a release is done to the actor at an address."""

    def __init__(self, memory: TimelineMemory, journal: Endpoint) -> None:
        super().__init__()
        self._memory = memory
        self._journal = journal

    def on_start(self) -> None:
        memory = self._memory
        first, memory.first = memory.first, ()
        for command in first:
            self._send(command)
        self._arm()
        for when, _ in memory.later:
            self.dispatcher.at(when, self, when)

    def on_receive(self, message: Any) -> Any:
        match message:
            case int():
                self._play(message)
            case Later():
                return self._keep(message)
            case _ if isinstance(message, ActorCommand):
                return self._do(message)
            case _:
                raise TypeError(f"timeline: unknown message {message!r}")
        return None

    def _arm(self) -> None:
        due = self._memory.next
        if due is not None:
            when = max(self._memory.start_ns + due.at_ns, self.dispatcher.now_ns)
            self.dispatcher.at(when, self, when)

    def _keep(self, message: Later) -> Reply:
        """Put it in its place, and wake up for it."""
        when = self.dispatcher.now_ns + message.after_ns
        insort(self._memory.later, (when, message.command), key=itemgetter(0))
        self.dispatcher.at(when, self, when)
        return Done()

    def _play(self, now_ns: int) -> None:
        memory = self._memory
        while memory.next is not None and memory.start_ns + memory.next.at_ns <= now_ns:
            due = memory.next
            memory.next = next(memory.pending, None)
            for command in memory.script.commands(due):
                self._send(command)
        while memory.later and memory.later[0][0] <= now_ns:
            self._send(memory.later.pop(0)[1])
        self._arm()

    def _send(self, command: Command) -> None:
        if isinstance(command, ActorCommand):
            self._do(command)
        elif isinstance(command, Later):
            self._keep(command)
        else:
            self.dispatcher.directory.endpoint(device_address(command.device)).tell(command)

    def _do(self, command: ActorCommand) -> Reply:
        dispatcher = self.dispatcher
        address = command.address
        endpoint = dispatcher.directory.find(address)
        if endpoint is None or not endpoint.alive:
            return Refused(f"address: found '{address}', where no actor lives")
        match command:
            case Crash():
                endpoint.tell(command)
            case Hang(duration_ns=duration_ns):
                dispatcher.hang(address)
                self._journal.tell(events.ActorHung(address, dispatcher.now_ns))
                if duration_ns is not None:
                    dispatcher.at(dispatcher.now_ns + duration_ns, self, Release(address))
            case Release():
                dispatcher.release(address)
                self._journal.tell(events.ActorReleased(address, dispatcher.now_ns))
        return Done()
