"""The time while no process ran the fleet: lived afterwards, left out and counted, or as if it had never been."""

import threading
from typing import TYPE_CHECKING, Any, Final

from actors.state_db import Beat
from engine.clock import MAX, WallClock
from schemas.durations import format_duration
from schemas.server_settings import Downtime as Downtime

if TYPE_CHECKING:
    from actors.system import Simulation

MOST_NS: Final = 3_600 * 10**9
"""No more simulated time than this is lived afterwards; before it, the clock has stood."""
NEAR_NS: Final = 10**9
"""So near to the present it has caught up."""
_STUCK_S: Final = 5.0
"""A sink that holds the clock up for so long is left to its own policy."""
_HURRY: Final = 1e6
"""The pace at which sinks no longer hold the clock up."""


def make_up(simulation: "Simulation", since: Beat, policy: Downtime, log: Any) -> int:
    """Deal with the time since the last beat; how much simulated time was lived afterwards, ns.

    Under `auto` that is done after a crash only: who stopped the fleet in order stopped its time as well.
    """
    if policy == "hold" or since.paused or since.pace == MAX or (policy == "auto" and since.orderly):
        return 0
    missed_ns = round((WallClock.epoch_ns() - since.wall_ns) * since.pace)
    dispatcher = simulation.dispatcher
    target_ns = since.now_ns + missed_ns
    if target_ns <= dispatcher.now_ns + NEAR_NS:
        return 0
    if policy == "skip":
        log.warning("time without a process is left out", simulated=format_duration(target_ns - dispatcher.now_ns))
        simulation.leave_out(target_ns)
        return 0
    beyond_ns = max(0, target_ns - dispatcher.now_ns - MOST_NS)
    if beyond_ns:
        log.warning(
            "the fleet's clock has stood", simulated=format_duration(beyond_ns), reason="too long without a process"
        )
    return _live(simulation, since, beyond_ns)


def _live(simulation: "Simulation", since: Beat, beyond_ns: int) -> int:
    """As fast as it goes, until the present is reached."""
    dispatcher = simulation.dispatcher
    began_ns, pace, policy = dispatcher.now_ns, dispatcher.pacer.pace, dispatcher.pacer.policy
    gates = dispatcher.gates[:]
    over = threading.Event()
    threading.Thread(target=_unstick, args=(simulation, over), name="catching-up", daemon=True).start()
    dispatcher.pacer.policy = "stretch"
    dispatcher.set_pace(MAX)
    try:
        while not simulation.stop_asked and not dispatcher.pacer.paused:
            passed_ns = round((WallClock.epoch_ns() - since.wall_ns) * since.pace)
            target_ns = since.now_ns + passed_ns - beyond_ns
            if simulation.until_ns is not None:
                target_ns = min(target_ns, simulation.until_ns)
            if target_ns <= dispatcher.now_ns + NEAR_NS:
                break
            dispatcher.run(target_ns)
    finally:
        over.set()
        dispatcher.gates[:] = gates
        dispatcher.pacer.policy = policy
        if dispatcher.pacer.pace in (MAX, _HURRY):  # nobody has set another one meanwhile
            dispatcher.set_pace(pace)
    return dispatcher.now_ns - began_ns


def _unstick(simulation: "Simulation", over: threading.Event) -> None:
    """A sink whose far end is down must not hold the fleet up for ever."""
    dispatcher = simulation.dispatcher
    before = dispatcher.now_ns
    while not over.wait(_STUCK_S):
        if dispatcher.now_ns == before and not dispatcher.pacer.paused and not over.is_set():
            dispatcher.gates.clear()
            dispatcher.set_pace(_HURRY)
            return
        before = dispatcher.now_ns
