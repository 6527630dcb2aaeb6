"""The faults of one device: how they come, by command or by chance, act on its sensors, link and body, and end."""

from collections.abc import Iterable

from actors.device.causes import check_cause, let_causes_act
from actors.device.hands import Hands, catch_up
from actors.device.memory import DeviceMemory, FaultInForce
from actors.messages import CauseArrives, ChanceArrives, FaultEnded
from engine.links.base import LINK
from schemas import commands, events
from schemas.commands import BODY
from schemas.problems import suggest


class Faults:
    """What is in force at one device is kept in its memory; `ValueError` names what cannot be."""

    __slots__ = ("_hands", "_memory")

    def __init__(self, memory: DeviceMemory, hands: Hands) -> None:
        self._memory = memory
        self._hands = hands

    def wait_again(self) -> None:
        """Wait for the next chance and for the ends of what is in force; after another actor took over."""
        now = self._hands.now_ns
        self.await_chance()
        for fault in self._memory.faults:
            if fault.until_ns is not None:
                self._hands.later(max(fault.until_ns, now), FaultEnded(fault.id))
            if fault.sensor == BODY and fault.since_ns > now:
                self._hands.later(fault.since_ns, CauseArrives())

    def settle(self, now_ns: int) -> None:
        """What ends at this very instant has ended before anything is sampled in it."""
        for fault in self._memory.faults:
            if fault.until_ns is not None and now_ns >= fault.until_ns:
                self.ended(fault.id)

    def inject(self, command: commands.InjectFault) -> commands.Reply:
        """Let a fault begin; the answer is its id."""
        memory = self._memory
        known(command.sensor, (*(fact.name for fact in memory.sensors), LINK, BODY))
        now = self._hands.now_ns
        until = None if command.duration_ns is None else now + command.duration_ns
        id = command.id or f"{memory.id}/{command.sensor}/{memory.faults_made}"
        if any(fault.id == id for fault in memory.faults):
            raise ValueError(f"id: found '{id}', which is in force already; allowed: one that is not")
        effect = memory.make_fault(
            device=memory.id,
            sensor=command.sensor,
            fault=command.fault,
            parameters=command.parameters,
            id=id,
            since_ns=now,
            until_ns=until,
        )
        memory.faults_made += 1
        if command.sensor == BODY:
            check_cause(memory, effect)
        since = effect.since_ns if command.sensor == BODY else now
        made = FaultInForce(id, command.sensor, command.fault, since, until, effect, command.parameters)
        memory.set_faults((*memory.faults, made))
        if until is not None:
            self._hands.later(until, FaultEnded(id))
        if command.sensor == BODY:
            self._await_cause(since)
        else:
            self._hands.tell_chain(command.sensor)
        self._hands.journal(events.FaultInjected(memory.id, command.sensor, id, command.fault, now))
        return commands.Done(id)

    def await_chance(self) -> None:
        """Wait for the next fault that comes by chance, where some do."""
        memory, now = self._memory, self._hands.now_ns
        if memory.chances is not None:
            if memory.chance is None:
                memory.chance = memory.chances.after(0, now)
            self._hands.later(max(memory.chance.at_ns, now), ChanceArrives())

    def drawn(self) -> commands.InjectFault | None:
        """The fault that comes by chance now; the one after it is drawn."""
        memory = self._memory
        chance, chances = memory.chance, memory.chances
        if chance is None or chances is None:
            return None
        memory.chance = chances.after(chance.number + 1, chance.at_ns)
        id = f"{memory.id}/chance/{chance.number}"
        return commands.InjectFault(memory.id, chance.sensor, chance.fault, {}, chance.lasts_ns, id)

    def _await_cause(self, since_ns: int) -> None:
        if since_ns > self._hands.now_ns:
            self._hands.later(since_ns, CauseArrives())
        else:
            self.disturb()

    def disturb(self) -> None:
        """A common cause has arrived or is over."""
        catch_up(self._memory, self._hands.now_ns)
        let_causes_act(self._memory, self._hands.now_ns)

    def clear(self, id: str | None) -> None:
        """End one fault, or all of them."""
        ids = [fault.id for fault in self._memory.faults]
        if id is not None and id not in ids:
            raise ValueError(f"id: found '{id}'; allowed: {', '.join(ids) or 'none, no fault is in force'}")
        for each in ids if id is None else [id]:
            self.ended(each)

    def ended(self, id: str) -> None:
        """Take one fault out of its sensor's chain; nothing happens when it is gone already."""
        memory = self._memory
        for fault in memory.faults:
            if fault.id == id:
                links = memory.links
                memory.set_faults(tuple(other for other in memory.faults if other is not fault))
                if fault.sensor == LINK:
                    self._hands.deliver(fault.effect.end(self._hands.now_ns), links.index(fault.effect))
                elif fault.sensor == BODY:
                    self.disturb()
                else:
                    self._hands.tell_chain(fault.sensor)
                self._hands.journal(events.FaultCleared(memory.id, fault.sensor, id, self._hands.now_ns))


def known(sensor: str, names: Iterable[str]) -> None:
    """Raise `ValueError` with what is allowed unless there is such a sensor."""
    names = list(names)
    if sensor not in names:
        hint = suggest(sensor, names)
        raise ValueError(f"sensor: found '{sensor}'; allowed: {', '.join(names)}. {hint}".rstrip())
