"""One device lived alone, as quickly as can be: the same body, conduct, instruments and faults as the actors have.

Nothing of a device's life depends on another device, so a data set needs no actors: what they would say is worked out
in columns, stretch by stretch between the things that happen to the device. Tests hold both ways to the same bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple

import numpy as np

from actors.dataset.arrivals import Arrivals
from actors.dataset.block import NS_PER_S, Block, Integers
from actors.dataset.telling import Telling
from actors.dataset.ways import has_links
from actors.device import Outlets
from actors.device.conduct import DEGRADED_BELOW, Conduct
from actors.device.schedule import next_due
from actors.fleet import Fleet, declared_faults
from actors.journal import subject
from actors.messages import Booted, CauseArrives, ChanceArrives, FaultEnded
from engine.devices._rows import BodyRows, Recordable
from engine.digest import HistoryDigest
from engine.directory import Directory
from engine.lifecycle import POWERED, SPEAKING
from engine.links.base import Delivery
from schemas import commands, events
from schemas.addresses import sensor_address
from schemas.scenario import DeviceSpec, Scenario

ROWS: Final = 2048
"""Frames of a block at most: its states stay in the processor's cache, and a device needs some MB of memory."""

_TIMELINE, _OWN = 0, 1
_Number = tuple[int, int, int]
"""Order of timers due at one instant: when made, by whom first, which of its own."""


class Orders(NamedTuple):
    """What the timeline does to one device at one instant."""

    at_ns: int
    before_ns: int
    """The instant of the timeline before this one: when its timer was set."""
    commands: tuple[commands.DeviceCommand, ...]


class _Outlook:
    """A body as it stood in one row, for the review after a frame."""

    def __init__(self, health: float, symptoms: tuple[str, ...], broken: str | None) -> None:
        self._health = health
        self._symptoms = symptoms
        self._broken = broken

    def health(self) -> float:
        return self._health

    def symptoms(self) -> tuple[str, ...]:
        return self._symptoms

    def broken(self) -> str | None:
        return self._broken


class Life:
    """A device from the start of a scenario to its end. `blocks` lives it, once."""

    def __init__(self, scenario: Scenario, spec: DeviceSpec, orders: Sequence[Orders]) -> None:
        self.now_ns = scenario.start_ns
        self.events: list[events.Event] = []
        """What happened, in order; handed over with `take_events`."""
        self.history = HistoryDigest()
        fleet = Fleet(scenario, (spec,), Directory(lambda: self.now_ns), lambda _: Outlets((), (), self))
        self.memory = fleet.devices[spec.id]
        self._conduct = Conduct(self.memory, self)
        self._first = declared_faults((spec,))
        self._heap: list[tuple[int, _Number, Any]] = []
        self._made = 0
        self._next_ns = 0
        self._fell = False
        self._number: _Number = (0, 0, 0)
        self._orders = orders
        body: Any = self.memory.body
        self._body: Recordable = body
        sensors = [fleet.sensors[sensor_address(spec.id, fact.name)] for fact in self.memory.sensors]
        self.arrivals = Arrivals(self.memory, sensors) if has_links(scenario) else None
        """What a sink would get, in a scenario with faults of links or clocks; in others it gets what is told."""
        self._telling = Telling(self.memory, sensors, body, self.arrivals)
        self._rows = np.empty((ROWS, body.row_size))

    # --- what the conduct needs of its actor ---

    def arm(self) -> None:
        """Set the next sample by the present interval, as the actor does."""
        memory = self.memory
        now = self.now_ns - (memory.frame is None or memory.frame.time_ns < self.now_ns)
        self._next_ns = next_due(memory.grid, memory.intervals_ns, now)
        self._number = self._make()

    def later(self, when_ns: int, message: object) -> None:
        """Hear something at a later instant."""
        heappush(self._heap, (max(when_ns, self.now_ns), self._make(), message))

    def tell_chain(self, sensor: str) -> None:
        """Nobody has to be told: the chain is looked up stretch by stretch."""

    def deliver(self, deliveries: Iterable[Delivery], links: int) -> None:
        """A fault of the link has ended: what it kept goes through the others."""
        if self.arrivals is not None:
            self.arrivals.deliver(deliveries, links, self.now_ns)

    def journal(self, event: Any) -> None:
        """Write down what happened."""
        self.events.append(event)
        if subject(event) is not None:
            self.history.add((event.__class__.__name__, *astuple(event)))

    tell = journal

    def connect(self, command: commands.ConnectionCommand) -> bool:  # noqa: ARG002 - the conduct's seam
        """There is no connection in a data set."""
        return False

    def _make(self) -> _Number:
        self._made += 1
        return (self.now_ns, _OWN, self._made)

    # --- the life ---

    def take_events(self) -> list[events.Event]:
        """What has happened since this was last asked."""
        taken, self.events = self.events, []
        return taken

    def blocks(self, until_ns: int) -> Iterator[Block]:
        """Live every instant before `until_ns`."""
        self._conduct.begin()
        self.arm()
        # the fleet begins before the script, so at one instant its timers come first
        self._number = (self.now_ns, -1, 0)
        for command in self._first:
            self._conduct.carry_out(command)
        for place, order in enumerate(self._orders):
            heappush(self._heap, (order.at_ns, (order.before_ns, _TIMELINE, place), order))
        while True:
            due, number, message = self._heap[0] if self._heap else (until_ns, (0, 0, 0), None)
            limit = until_ns if message is None else min(due, until_ns)
            yield from self._sample(limit)
            if self._fell:
                self._fell = False  # a boot has begun: what is next may be another thing
                continue
            if limit == until_ns:
                if self.arrivals is not None:
                    self.arrivals.until(until_ns - 1)
                return
            if self._next_ns == due and self._number < number:
                self.now_ns = due
                self._conduct.settle(due)
                yield from self._sample(due + 1)
            self.now_ns = due
            heappop(self._heap)
            self._hear(message)

    def _hear(self, message: object) -> None:
        match message:
            case Orders():
                for command in message.commands:
                    self._conduct.carry_out(command)
            case Booted(boot=boot):
                self._conduct.booted(boot)
            case CauseArrives():
                self._conduct.faults.disturb()
            case ChanceArrives():
                self._conduct.struck_by_chance()
            case FaultEnded(id=fault):
                self._conduct.faults.ended(fault)
            case _:
                raise TypeError(f"life: unknown message {message!r}")

    def _sample(self, limit_ns: int) -> Iterator[Block]:
        """Take every sample due before `limit_ns`; nothing else happens to the device until then."""
        memory = self.memory
        interval_ns = next(iter(memory.intervals_ns.values()))
        while (count := -(-(limit_ns - self._next_ns) // interval_ns)) > 0:
            first_ns = self._next_ns
            if memory.state in SPEAKING:
                yield from self._speak(first_ns, interval_ns, min(count, ROWS))
            elif memory.state in POWERED:
                self._wait(first_ns)
                self._next_ns = first_ns + interval_ns
            else:
                self._next_ns = first_ns + interval_ns * count
            if self._fell:
                return

    def _wait(self, due_ns: int) -> None:
        """A sample that nobody takes: the body lives on, and may reset."""
        memory = self.memory
        tick = memory.grid.tick_before(due_ns)
        if memory.body.tick < tick:
            memory.body.advance(tick)
        self._fall(due_ns)

    def _fall(self, due_ns: int) -> None:
        """As the actor does when it finds that its body has reset."""
        memory = self.memory
        if memory.body.resets() != memory.resets:
            self.now_ns = due_ns
            self._conduct.fell_over(due_ns)
            self._fell = True

    def _speak(self, first_ns: int, interval_ns: int, count: int) -> Iterator[Block]:
        """Frames until the next mishap: a sample that is muted, or in which the body turns out to have reset."""
        memory = self.memory
        tick, step = memory.grid.tick_before(first_ns), interval_ns // NS_PER_S
        filled = self._body.record(tick, step, self._rows[:count], memory.resets)
        self._next_ns = first_ns + interval_ns * filled
        if filled:
            block, seen = self._telling.told(first_ns, interval_ns, self._rows[:filled])
            yield replace(block, state=self._review(seen, block.time_ns))
        if filled == count or memory.state not in SPEAKING:
            return
        self._fall(self._next_ns)
        if memory.state not in SPEAKING or memory.body.muted():
            self._next_ns += interval_ns

    def _review(self, seen: BodyRows, times: Integers) -> list[str]:
        """The state after each frame. The review is asked only where it could find something new."""
        count, memory = len(times), self.memory
        throttled = np.fromiter(("throttled" in words for words in seen.symptoms), np.bool_, count)
        found = np.where(seen.health < DEGRADED_BELOW, 2, throttled.astype(np.int64))
        # a body that has gone on beyond the last frame may have failed since: that is found in the next one
        stands = memory.body.tick == memory.grid.tick_before(times.item(-1))
        broken = memory.body.broken() if stands else None
        turns = {0, *(np.flatnonzero(found[1:] != found[:-1]) + 1).tolist()}
        if broken is not None:
            turns.add(count - 1)
        states: list[str] = []
        for turn in sorted(turns):
            states += [memory.state.value] * (turn - len(states))
            self.now_ns = times.item(turn)
            outlook: Any = _Outlook(seen.health.item(turn), seen.symptoms[turn], broken if turn == count - 1 else None)
            self._conduct.review(outlook)
            states.append(memory.state.value)
        return states + [memory.state.value] * (count - len(states))
