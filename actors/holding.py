"""What each command of a scenario claims, and which commands put back what was there before."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from schemas import commands
from schemas.addresses import device_address
from schemas.commands import Command
from schemas.scenario.holds import Change, Key

Memories = Callable[[str], Any]
"""The memory of a device, by its id; whoever asks may look and must not touch."""


class Held(NamedTuple):
    """A claim that a command makes."""

    key: Key
    value: Any
    before: Any


def claimed(command: Command, memory_of: Memories, now_ns: int) -> Held | None:
    """What a command holds from now on; `None` for what is over at once."""
    match command:
        case commands.Pause(device=device):
            return Held(("pause", device), None, None)
        case commands.Stop(device=device):
            return Held(("stop", device), None, None)
        case commands.GoOffline(device=device) | commands.HalfOpen(device=device):
            return Held(("link", device), None, None)
        case commands.SetParameter(device=device, name=name, value=value):
            return Held(("parameter", device, name), value, setting_of(memory_of(device), name))
        case commands.SetInterval(device=device, interval_ns=interval_ns, sensor=sensor):
            before = memory_of(device).intervals_ns
            pairs = tuple((name, ns) for name, ns in before.items() if sensor in (None, name))
            wanted = tuple((name, interval_ns) for name, _ in pairs)
            return Held(("interval", device, sensor or ""), wanted, pairs)
        case commands.InjectFault(device=device, sensor=sensor, fault=fault, id=id):
            return Held(("fault", device, sensor, fault, str(now_ns), id or ""), None, None)
        case commands.InjectWear(device=device, mode=mode, damage=damage):
            return Held(("wear", device, mode), damage, damage_of(memory_of(device), mode))
        case commands.Hang(address=address):
            return Held(("hang", address), None, None)
        case commands.BeginChaos(action=action, target=target, parameters=parameters):
            return Held(("action", action, target), dict(parameters), None)
    return None


def put_right(command: Command, held: Iterable[Key]) -> tuple[Key, ...]:
    """What a command ends of what is held: a resumed device is paused no longer, a renewed part is not worn."""
    match command:
        case commands.Resume(device=device):
            return (("pause", device),)
        case commands.Restart(device=device):
            return (("stop", device),)
        case commands.GoOnline(device=device):
            return (("link", device),)
        case commands.Release(address=address):
            return (("hang", address),)
        case commands.EndChaos(action=action, target=target):
            return (("action", action, target),)
        case commands.Repair(device=device, mode=mode):
            return tuple(key for key in held if key[:2] == ("wear", device) and mode in (None, key[2]))
        case commands.ClearFault(device=device, id=id):
            return tuple(key for key in held if key[:2] == ("fault", device) and id in (None, key[5]))
    return ()


def undoing(change: Change, memory_of: Memories) -> Iterator[Command]:
    """The commands that make a change so."""
    key, value, held = change
    match key:
        case ("parameter", device, name):
            if value is not None:
                yield commands.SetParameter(device, name, value)
        case ("interval", device, _):
            yield from (commands.SetInterval(device, ns, sensor) for sensor, ns in value)
        case ("wear", device, mode):
            yield from _worn(device, mode, value)
        case ("action", action, target):
            yield commands.BeginChaos(action, target, value) if held else commands.EndChaos(action, target)
        case ("fault", device, sensor, fault, since, id):
            yield from (commands.ClearFault(device, each) for each in _ids(memory_of(device), sensor, fault, since, id))
        case _ if not held:
            yield from _ended(key)


def _ended(key: Key) -> Iterator[Command]:
    match key:
        case ("pause", device):
            yield commands.Resume(device)
        case ("stop", device):
            yield commands.Restart(device)
        case ("link", device):
            yield commands.GoOnline(device)
        case ("hang", address):
            yield commands.Release(address)


def _worn(device: str, mode: str, damage: float | None) -> Iterator[Command]:
    yield commands.Repair(device, mode)
    if damage:
        yield commands.InjectWear(device, mode, damage)


def _ids(memory: Any, sensor: str, fault: str, since: str, id: str) -> Iterator[str]:
    for each in memory.faults:
        same = each.sensor == sensor and each.fault == fault and each.since_ns >= int(since)
        if same and (not id or each.id == id):
            yield each.id
            if not id:
                return


def damage_of(memory: Any, mode: str) -> float:
    """How far a failure mode of a device has come; 0 for one that it does not have."""
    return next((float(wear.damage) for wear in memory.body.wear() if wear.mode == mode), 0.0)


def setting_of(memory: Any, name: str) -> Any:
    """The present value of a device's setting; `None` when its body does not tell."""
    tell = getattr(memory.body, "setting", None)
    return None if tell is None else tell(name)


def addressed(command: Command) -> str:
    """The actor that a command goes to, as far as it is not done by the one who sends it."""
    return device_address(command.device) if isinstance(command, commands.DeviceCommand) else ""


def outside_first(changes: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """Hanging actors and actions first: whoever hangs cannot hear that anything else is undone."""
    first: list[Change] = []
    later: list[Change] = []
    for change in changes:
        (first if change.key[0] in ("hang", "action") else later).append(change)
    return first, later
