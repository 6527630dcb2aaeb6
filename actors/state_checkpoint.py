"""The whole cast at one instant, as bytes and back.

Taken when no message stands in line. What needs no keeping is not kept: noise, phases and lots follow from the seed,
timers from the intervals and from what is in force.
"""

import marshal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from actors.acts import Act
from actors.device.chances import Chance
from actors.device.memory import DeviceMemory, FaultInForce
from actors.journal import Entry, JournalMemory
from actors.state_commands import made_command, plain_command
from actors.timeline_memory import TimelineMemory
from engine.digest import HistoryDigest
from engine.lifecycle import State
from engine.links.base import Delivery, frame_of, plain
from schemas import events
from schemas.readings import Frame, Reading

if TYPE_CHECKING:
    from actors.system import Simulation

VERSION: Final = 4
_FORMAT: Final = 2
"""Of `marshal`: understood by every Python since."""
_UNSETTLED: Final = (events.ActorFailed, events.ActorRestarted, events.ActorGivenUp, events.ActorHung)
_QUIET_NS: Final = 30 * 10**9
"""An actor that failed less than this ago may still be on its way back, or have its failures counted."""


class OutdatedError(ValueError):
    """A checkpoint of an earlier version of this program: its run is lived from birth instead."""


def is_settled(simulation: "Simulation") -> bool:
    """Whether every actor is there and well, and has been for a while: how one fails and comes back is not kept."""
    now = simulation.dispatcher.now_ns
    for entry in reversed(simulation.journal.entries):
        if isinstance(entry.event, _UNSETTLED) and now - entry.event.time_ns < _QUIET_NS:
            return False
    find = simulation.dispatcher.directory.find
    for address in simulation.fleet.addresses():
        endpoint = find(address)
        if endpoint is None or not endpoint.alive or endpoint.cell.stash is not None:
            return False
    return True


def freeze(simulation: "Simulation", commands: int) -> bytes:
    """Everything that has come about, after so many commands from outside."""
    pacer = simulation.dispatcher.pacer
    data = {
        "version": VERSION,
        "now_ns": simulation.dispatcher.now_ns,
        "commands": commands,
        "counted": simulation.reception.commands,
        "skipped_ns": pacer.skipped_ns,
        "stretched_ns": pacer.stretched_ns,
        "devices": {id: _device(memory) for id, memory in simulation.fleet.devices.items()},
        "journal": _journal(simulation.journal),
        "timeline": _played(simulation.timeline),
        "later": [(when, plain_command(command)) for when, command in simulation.timeline.later],
        "dead_letters": dict(simulation.dispatcher.directory.dead_letters),
    }
    return marshal.dumps(data, _FORMAT)


def thaw(simulation: "Simulation", data: bytes) -> int:
    """Make it so again, before any actor lives. Answers after how many commands. `ValueError` when it does not fit."""
    return make_so(simulation, read(data))


def read(data: bytes) -> dict[str, Any]:
    """What a checkpoint says. `OutdatedError`, or `ValueError` when it is none that this program understands."""
    try:
        found: dict[str, Any] = marshal.loads(data)
        version = found["version"]
    except (EOFError, TypeError, KeyError) as error:
        raise ValueError(f"it cannot be read: {error!r}") from error
    if version < VERSION:
        raise OutdatedError(f"it is of version {version}, from before version {VERSION}")
    if version != VERSION:
        raise ValueError(f"it is of version {version}, from after version {VERSION}")
    return found


def make_so(simulation: "Simulation", found: dict[str, Any]) -> int:
    """The same as `thaw` for a checkpoint that has been read."""
    try:
        if found["devices"].keys() != simulation.fleet.devices.keys():
            raise ValueError("it is of another fleet")
        for id, plain in found["devices"].items():
            memory = simulation.fleet.devices[id]
            _restore_device(memory, plain)
            for fact in memory.sensors:
                simulation.fleet.sensors[fact.address].chain = memory.chain(fact.name)
        _restore_journal(simulation.journal, found["journal"])
        _restore_played(simulation.timeline, found["timeline"])
        simulation.timeline.later[:] = [(when, made_command(plain)) for when, plain in found["later"]]
    except (EOFError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it cannot be read: {error!r}") from error
    dispatcher = simulation.dispatcher
    dispatcher.now_ns = found["now_ns"]
    dispatcher.pacer.skipped_ns, dispatcher.pacer.stretched_ns = found["skipped_ns"], found["stretched_ns"]
    dispatcher.directory.dead_letters.update(found["dead_letters"])
    simulation.reception.commands = found["counted"]
    commands: int = found["commands"]
    return commands


def _device(memory: DeviceMemory) -> tuple[Any, ...]:
    frame = memory.frame
    return (
        memory.state.value,
        memory.cause,
        memory.boots,
        memory.boot_until_ns,
        memory.sequence,
        memory.readings,
        memory.resets,
        memory.digest.state,
        tuple(
            (*fault[:5], fault.effect.snapshot(), dict(fault.parameters), getattr(fault.effect, "first_ns", None))
            for fault in memory.faults
        ),
        None if memory.kept_records is None else memory.kept_records.snapshot(),
        memory.faults_made,
        None if memory.chance is None else tuple(memory.chance),
        memory.clean,
        memory.clean_before,
        memory.shown,
        tuple((each.at_ns, plain(each.frame)) for each in memory.late),
        dict(memory.intervals_ns),
        memory.body.snapshot(),
        None if frame is None else (*frame[:4], tuple(map(tuple, frame.readings)), frame.throttled),
    )


def _restore_device(memory: DeviceMemory, plain: tuple[Any, ...]) -> None:
    (
        state,
        memory.cause,
        memory.boots,
        memory.boot_until_ns,
        memory.sequence,
        memory.readings,
        memory.resets,
        memory.digest.state,
        faults,
        records,
        memory.faults_made,
        chance,
        memory.clean,
        memory.clean_before,
        memory.shown,
        late,
        memory.intervals_ns,
        body,
        frame,
    ) = plain
    memory.state = State(state)
    memory.body.restore(body)
    memory.set_faults(tuple(_fault(memory, *each) for each in faults))
    if records is not None:
        memory.records.restore(records)
    memory.chance = None if chance is None else Chance(*chance)
    memory.late = [Delivery(at_ns, frame_of(data)) for at_ns, data in late]
    if frame is not None:
        device, kind, sequence, time_ns, readings, throttled = frame
        memory.frame = Frame(device, kind, sequence, time_ns, tuple(Reading(*each) for each in readings), throttled)


def _fault(
    memory: DeviceMemory,
    id: str,
    sensor: str,
    fault: str,
    since_ns: int,
    until_ns: int | None,
    state: Any,
    parameters: Mapping[str, Any],
    first_ns: int | None,
) -> FaultInForce:
    effect = memory.make_fault(
        device=memory.id,
        sensor=sensor,
        fault=fault,
        parameters=parameters,
        id=id,
        since_ns=since_ns,
        until_ns=until_ns,
    )
    effect.restore(state)
    if hasattr(effect, "first_ns"):
        effect.first_ns = first_ns
    return FaultInForce(id, sensor, fault, since_ns, until_ns, effect, parameters)


def _journal(memory: JournalMemory) -> tuple[Any, ...]:
    """What there is besides the entries, which are kept one by one."""
    digests = {device: digest.state for device, digest in memory.digests.items()}
    return memory.number, dict(memory.counts), digests, []


def _restore_journal(memory: JournalMemory, plain: tuple[Any, ...]) -> None:
    memory.number, counts, digests, entries = plain
    memory.counts.clear()
    memory.counts.update(counts)
    for device, state in digests.items():
        memory.digests[device] = digest = HistoryDigest()
        digest.state = state
    memory.entries.clear()
    memory.entries.extend(
        Entry(number, history, getattr(events, name)(*values)) for number, history, name, values in entries
    )


def _played(memory: TimelineMemory) -> tuple[Any, ...]:
    """What has been played of every act, what is held, and what has been looked at."""
    judge = None if memory.judge is None else memory.judge.snapshot()
    acts = [act.snapshot() for act in memory.acts]
    return acts, memory.holds.snapshot(), memory.over, dict(memory.abort_since), tuple(memory.struck), judge


def _restore_played(memory: TimelineMemory, played: tuple[Any, ...]) -> None:
    acts, holds, memory.over, memory.abort_since, struck, judge = played
    memory.first = ()
    for data in acts[1:]:
        if memory.read is not None:
            memory.acts.append(Act(memory.read(data[1]), data[0], data[1]))
            memory.judge_by(memory.acts[-1])
    for act, data in zip(memory.acts, acts, strict=True):
        act.restore(data)
    memory.holds.restore(holds)
    memory.struck = dict.fromkeys(struck)
    if judge is None:
        memory.judge = None
    elif memory.judge is not None:
        memory.judge.restore(judge)
