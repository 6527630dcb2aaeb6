"""Living again what an earlier process has lived: the same inputs at the same instants, as fast as it goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from actors.messages import BeginOutside
from actors.sinks.base import Spool
from actors.sinks.base.door import Mute
from actors.state_commands import made_command
from engine.clock import MAX
from schemas.addresses import TIMELINE, device_address
from schemas.commands import Command, DeviceCommand

if TYPE_CHECKING:
    from actors.system import Simulation


@contextmanager
def outside_left_alone(simulation: "Simulation") -> Iterator[None]:
    """What the timeline does outside the simulated world meanwhile is noted, and begun when this is over, if it is
    still in force then. A run that is at pace max by itself begins nothing outside anyway."""
    stage, dispatcher = simulation.timeline.stage, simulation.dispatcher
    stage.again = dispatcher.pacer.pace != MAX
    try:
        yield
    finally:
        stage.again = False
        dispatcher.directory.endpoint(TIMELINE).tell(BeginOutside())


def replay(simulation: "Simulation", logged: list[dict[str, Any]], position_ns: int | None) -> None:
    """Live up to a position, with what had been logged; sinks that do not know what they have are silent meanwhile."""
    dispatcher = simulation.dispatcher
    pace, paused, gates = dispatcher.pacer.pace, dispatcher.pacer.paused, dispatcher.gates[:]
    doors = [dispatcher.directory.endpoint(sink.address) for sink in simulation.sinks if not _remembers(sink)]
    dispatcher.gates.clear()
    dispatcher.unpause()
    dispatcher.set_pace(MAX)
    for door in doors:
        door.tell(Mute(True))
    try:
        for entry in logged:
            _do(simulation, entry)
        if position_ns is not None and position_ns >= dispatcher.now_ns:
            until_ns = position_ns + 1
            dispatcher.run(until_ns if simulation.until_ns is None else min(until_ns, simulation.until_ns))
    finally:
        for door in doors:
            door.tell(Mute(False))
        dispatcher.run(dispatcher.now_ns)
        dispatcher.gates[:] = gates
        dispatcher.set_pace(pace)
        if paused:
            dispatcher.pause()


def _do(simulation: "Simulation", entry: dict[str, Any]) -> None:
    dispatcher = simulation.dispatcher
    dispatcher.run(entry["now_ns"] + entry["after"])
    dispatcher.now_ns = entry["now_ns"]
    if "skip_to_ns" in entry:
        dispatcher.leave_out(entry["skip_to_ns"])
        return
    command = made_command(entry)
    dispatcher.directory.endpoint(addressee(command)).tell(command)
    dispatcher.run(entry["now_ns"])
    simulation.reception.commands += 1


def addressee(command: Command) -> str:
    """Who carries a command out."""
    return device_address(command.device) if isinstance(command, DeviceCommand) else TIMELINE


def _remembers(sink: Any) -> bool:
    lane = getattr(sink, "lane", None)
    return isinstance(lane, Spool) and lane.durable
