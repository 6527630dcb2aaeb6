"""How a device conducts itself: its life cycle, and what each command does to it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

from actors.device.causes import check_cause, let_causes_act
from actors.device.memory import DeviceMemory, FaultInForce
from actors.device.schedule import NS_PER_S
from actors.messages import Booted, CauseArrives, ChanceArrives, Deliver, FaultEnded
from engine.devices.base import SOURCE_LOST, Mirror
from engine.hardware.seen import Seen
from engine.lifecycle import SPEAKING, NotPossible, Signal, State, after
from engine.links.base import LINK, Delivery
from schemas import commands, events
from schemas.commands import BODY
from schemas.problems import suggest

if TYPE_CHECKING:
    from engine.devices.base import Body

DEGRADED_BELOW: Final = 0.5
"""A device counts as degraded when its health index is below this (half of a part's life margin is gone)."""


class Hands(Protocol):
    """What the conduct needs of its actor."""

    @property
    def now_ns(self) -> int: ...
    def arm(self) -> None: ...
    def later(self, when_ns: int, message: object) -> None: ...
    def tell_chain(self, sensor: str) -> None: ...
    def deliver(self, deliveries: Iterable[Delivery], links: int) -> None: ...
    def journal(self, event: object) -> None: ...
    def connect(self, command: commands.ConnectionCommand) -> bool: ...


class Conduct:
    """Carries out commands and keeps the device's state; refuses with a reason, never by an exception."""

    __slots__ = ("_hands", "_memory")

    def __init__(self, memory: DeviceMemory, hands: Hands) -> None:
        self._memory = memory
        self._hands = hands

    def begin(self) -> None:
        """A new actor takes over: the first one finds its device running, a later one goes on where it stood."""
        memory = self._memory
        match memory.state:
            case State.PROVISIONED:
                self._move(Signal.BOOT, "scenario start")
                self._move(Signal.BOOTED, "found running")
            case State.BOOTING if memory.boot_until_ns > self._hands.now_ns:
                self._hands.later(memory.boot_until_ns, Booted(memory.boots))
            case State.BOOTING:
                self._boot()
            case _:
                pass
        now = self._hands.now_ns
        for delivery in memory.late:
            self._hands.later(max(delivery.at_ns, now), Deliver())
        self._await_chance()
        for fault in memory.faults:
            if fault.until_ns is not None:
                self._hands.later(max(fault.until_ns, now), FaultEnded(fault.id))
            if fault.sensor == BODY and fault.since_ns > now:
                self._hands.later(fault.since_ns, CauseArrives())

    def booted(self, boot: int) -> None:
        """The boot time is over, unless another boot began meanwhile or the device was stopped."""
        if boot == self._memory.boots and self._memory.state is State.BOOTING:
            self._move(Signal.BOOTED, "boot time over")

    def fell_over(self, now_ns: int) -> None:
        """The body has reset by itself: it boots, and may even have done so between two samples."""
        memory = self._memory
        memory.resets = memory.body.resets()
        if memory.state not in SPEAKING and memory.state is not State.BOOTING:
            return
        self._move(Signal.RESTART, "reset")
        memory.boots += 1
        memory.boot_until_ns = memory.grid.origin_ns + memory.resets[1] * NS_PER_S + memory.boot_ns
        if memory.boot_until_ns > now_ns:
            self._hands.later(memory.boot_until_ns, Booted(memory.boots))
        else:
            self.booted(memory.boots)

    def settle(self, now_ns: int) -> None:
        """What ends at this very instant has ended before anything is sampled in it."""
        memory = self._memory
        if memory.state is State.BOOTING and now_ns >= memory.boot_until_ns:
            self.booted(memory.boots)
        for fault in memory.faults:
            if fault.until_ns is not None and now_ns >= fault.until_ns:
                self.fault_ended(fault.id)

    def review(self, body: "Body") -> None:
        """Bring the state in line with the body after a frame."""
        broken = body.broken()
        if broken is not None:
            self._move(Signal.FAIL, broken)
            self._switch(on=False)
            return
        symptoms, cause = body.symptoms(), "body"
        if SOURCE_LOST in symptoms and isinstance(body, Mirror):
            found, cause = State.DEGRADED, body.trouble
            if self._memory.state is found:
                self._memory.cause = cause
        elif body.health() < DEGRADED_BELOW:
            found = State.DEGRADED
        elif "throttled" in symptoms:
            found = State.THROTTLED
        else:
            found = State.RUNNING
        if found is not self._memory.state:
            self._move(_TO[found], cause)

    def heard(self, seen: Seen, trouble: str) -> None:
        """What the source of a mirrored device says; true of the present instant on."""
        memory = self._memory
        if not isinstance(memory.body, Mirror):
            raise TypeError(f"{memory.id}: told what a machine says, and mirrors none")
        tick = memory.grid.tick_before(self._hands.now_ns)
        if memory.body.tick < tick:
            memory.body.advance(tick)
        memory.body.hear(seen, trouble)
        memory.clean = memory.clean_before = memory.shown = memory.body.clean()

    def carry_out(self, command: commands.DeviceCommand) -> commands.Reply:
        """Do what the command says; a refusal names what was found, what is allowed and what to do."""
        try:
            return self._carry_out(command)
        except (NotPossible, ValueError) as error:
            reason = str(error)
            self._hands.journal(events.CommandRefused(command.__class__.__name__, reason, self._hands.now_ns))
            return commands.Refused(reason)

    def _carry_out(self, command: commands.DeviceCommand) -> commands.Reply:
        match command:
            case commands.Pause():
                self._move(Signal.PAUSE, "command")
            case commands.Resume():
                self._move(Signal.RESUME, "command")
            case commands.Stop():
                self._catch_up()
                self._move(Signal.STOP, "command")
                self._switch(on=False)
            case commands.Restart():
                self._restart(Signal.RESTART)
            case commands.SetParameter(name=name, value=value):
                self._catch_up()
                self._memory.body.set(name, value)
                self._hands.journal(events.ParameterSet(self._memory.id, name, value, self._hands.now_ns))
            case commands.SetInterval(interval_ns=interval_ns, sensor=sensor):
                self._set_interval(interval_ns, sensor)
            case commands.InjectFault():
                return self._inject(command)
            case commands.ClearFault(id=fault):
                self._clear(fault)
            case commands.InjectWear(mode=mode, damage=damage):
                self._catch_up()
                self._memory.body.hurt(mode, damage)
                self._memory.records.blame(mode, "shock")
                self._hands.journal(events.WearInjected(self._memory.id, mode, damage, self._hands.now_ns))
            case commands.Repair(mode=mode):
                self._repair(mode)
            case _:
                self._connect(command)
        return commands.Done()

    def _connect(self, command: commands.ConnectionCommand) -> None:
        if not self._hands.connect(command):
            raise ValueError("connection: found none of the device's own; allowed: a sink with connection: per-device")
        what = _ACTED[type(command)]
        if isinstance(command, commands.Disconnect) and not command.abrupt:
            what = "disconnect"
        self._hands.journal(events.ConnectionActed(self._memory.id, what, self._hands.now_ns))

    def _move(self, signal: Signal, cause: str) -> None:
        memory = self._memory
        before = memory.state
        memory.state = after(before, signal)
        if memory.state is not before:
            memory.cause = cause
            self._hands.journal(
                events.StateChanged(memory.id, self._hands.now_ns, before.value, memory.state.value, cause)
            )

    def _catch_up(self) -> None:
        """Let the body live up to now, so that what changes, changes now."""
        memory = self._memory
        tick = memory.grid.tick_before(self._hands.now_ns)
        if memory.body.tick < tick:
            memory.body.advance(tick)
            memory.clean = memory.shown = memory.body.clean()

    def _restart(self, signal: Signal) -> None:
        self._catch_up()
        self._move(signal, "command")
        self._switch(on=True)
        self._memory.body.reboot()
        self._boot()

    def _switch(self, on: bool) -> None:
        """Switch the body's power, where the kind has a switch; time passes for a body that is off as well."""
        if "powered" in self._memory.settable:
            self._memory.body.set("powered", on)

    def _boot(self) -> None:
        memory = self._memory
        memory.boots += 1
        memory.boot_until_ns = self._hands.now_ns + memory.boot_ns
        self._hands.later(memory.boot_until_ns, Booted(memory.boots))

    def _set_interval(self, interval_ns: int, sensor: str | None) -> None:
        memory = self._memory
        if interval_ns <= 0:
            raise ValueError(f"interval: found {interval_ns} ns; allowed: more than 0")
        names = [fact.name for fact in memory.sensors]
        if sensor is not None:
            self._known(sensor, names)
            memory.intervals_ns = {**memory.intervals_ns, sensor: interval_ns}
        else:
            memory.intervals_ns = dict.fromkeys(names, interval_ns)
        self._hands.arm()
        self._hands.journal(events.IntervalSet(memory.id, sensor, interval_ns, self._hands.now_ns))

    def _known(self, sensor: str, names: Iterable[str]) -> None:
        names = list(names)
        if sensor not in names:
            hint = suggest(sensor, names)
            raise ValueError(f"sensor: found '{sensor}'; allowed: {', '.join(names)}. {hint}".rstrip())

    def _inject(self, command: commands.InjectFault) -> commands.Reply:
        memory = self._memory
        self._known(command.sensor, (*(fact.name for fact in memory.sensors), LINK, BODY))
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

    def _await_chance(self) -> None:
        memory, now = self._memory, self._hands.now_ns
        if memory.chances is not None:
            if memory.chance is None:
                memory.chance = memory.chances.after(0, now)
            self._hands.later(max(memory.chance.at_ns, now), ChanceArrives())

    def struck_by_chance(self) -> None:
        """A sensor fault comes, and the next one is waited for."""
        memory = self._memory
        chance, chances = memory.chance, memory.chances
        if chance is None or chances is None:
            return
        id = f"{memory.id}/chance/{chance.number}"
        self.carry_out(commands.InjectFault(memory.id, chance.sensor, chance.fault, {}, chance.lasts_ns, id))
        memory.chance = chances.after(chance.number + 1, chance.at_ns)
        self._await_chance()

    def _await_cause(self, since_ns: int) -> None:
        if since_ns > self._hands.now_ns:
            self._hands.later(since_ns, CauseArrives())
        else:
            self.disturb()

    def disturb(self) -> None:
        """A common cause has arrived or is over."""
        self._catch_up()
        let_causes_act(self._memory, self._hands.now_ns)

    def _clear(self, id: str | None) -> None:
        ids = [fault.id for fault in self._memory.faults]
        if id is not None and id not in ids:
            raise ValueError(f"id: found '{id}'; allowed: {', '.join(ids) or 'none, no fault is in force'}")
        for each in ids if id is None else [id]:
            self.fault_ended(each)

    def fault_ended(self, id: str) -> None:
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

    def _repair(self, mode: str | None) -> None:
        memory = self._memory
        self._catch_up()
        for renewed in memory.body.repair(mode):
            self._hands.journal(events.PartRepaired(memory.id, renewed, self._hands.now_ns))
        if memory.state is State.FAILED:
            self._restart(Signal.REPAIR)
        else:
            self._move(Signal.REPAIR, "command")


_ACTED: Final[dict[type, str]] = {
    commands.Disconnect: "drop",
    commands.GoOffline: "go-offline",
    commands.GoOnline: "go-online",
    commands.HalfOpen: "half-open",
    commands.TakeOver: "take-over",
}
"""What the journal calls the things that a device does to its connection."""

_TO: Final = {State.DEGRADED: Signal.DEGRADE, State.THROTTLED: Signal.THROTTLE, State.RUNNING: Signal.RECOVER}
