"""How a device conducts itself: its life cycle, and what each command does to it."""

from typing import TYPE_CHECKING, Final

from actors.device.faults import Faults, known
from actors.device.hands import Hands, catch_up
from actors.device.memory import DeviceMemory
from actors.device.schedule import NS_PER_S
from actors.messages import Booted, Deliver
from engine.devices.base import SOURCE_LOST, Mirror
from engine.hardware.seen import Seen
from engine.lifecycle import SPEAKING, NotPossible, Signal, State, after
from schemas import commands, events

if TYPE_CHECKING:
    from engine.devices.base import Body

DEGRADED_BELOW: Final = 0.5
"""A device counts as degraded when its health index is below this (half of a part's life margin is gone)."""


class Conduct:
    """Carries out commands and keeps the device's state; refuses with a reason, never by an exception."""

    __slots__ = ("_hands", "_memory")

    def __init__(self, memory: DeviceMemory, hands: Hands) -> None:
        self._memory = memory
        self._hands = hands

    @property
    def faults(self) -> Faults:
        """What becomes of the device's faults; made when asked for, as few devices have any."""
        return Faults(self._memory, self._hands)

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
        self.faults.wait_again()

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
        self.faults.settle(now_ns)

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

    def struck_by_chance(self) -> None:
        """A sensor fault comes, and the next one is waited for."""
        command = self.faults.drawn()
        if command is not None:
            self.carry_out(command)
            self.faults.await_chance()

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
                catch_up(self._memory, self._hands.now_ns)
                self._move(Signal.STOP, "command")
                self._switch(on=False)
            case commands.Restart():
                self._restart(Signal.RESTART)
            case commands.SetParameter(name=name, value=value):
                catch_up(self._memory, self._hands.now_ns)
                self._memory.body.set(name, value)
                self._hands.journal(events.ParameterSet(self._memory.id, name, value, self._hands.now_ns))
            case commands.SetInterval(interval_ns=interval_ns, sensor=sensor):
                self._set_interval(interval_ns, sensor)
            case commands.InjectFault():
                return self.faults.inject(command)
            case commands.ClearFault(id=fault):
                self.faults.clear(fault)
            case commands.InjectWear(mode=mode, damage=damage):
                catch_up(self._memory, self._hands.now_ns)
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

    def _restart(self, signal: Signal) -> None:
        catch_up(self._memory, self._hands.now_ns)
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
            known(sensor, names)
            memory.intervals_ns = {**memory.intervals_ns, sensor: interval_ns}
        else:
            memory.intervals_ns = dict.fromkeys(names, interval_ns)
        self._hands.arm()
        self._hands.journal(events.IntervalSet(memory.id, sensor, interval_ns, self._hands.now_ns))

    def _repair(self, mode: str | None) -> None:
        memory = self._memory
        catch_up(self._memory, self._hands.now_ns)
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
