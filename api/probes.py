"""What the probes look at: each check by its name, with what is wrong when something is.

A broker or a registry that is down is never a reason to restart the process, nor to send it no requests.
"""

import shutil
from collections.abc import Callable, Mapping
from typing import Final

from actors.state_keeping import spools
from actors.supervisor import MOST_ZOMBIES
from api.host import Host, HostState

OLDEST_PULSE_S: Final = 5.0
LEAST_FREE: Final = 0.05
"""Of the disk that the state is on."""

Check = Callable[[Host], str]
"""What is wrong; empty when nothing is."""


def ping(_: Host) -> str:
    """Somebody answers."""
    return ""


def scheduler(host: Host) -> str:
    """The fleet's thread comes round, and its supervisor is there."""
    if host.state is HostState.FAILED:
        return "the run has failed"
    if host.state is HostState.RUNNING and host.pulse.age_s > OLDEST_PULSE_S:
        return f"no answer for {host.pulse.age_s:.0f} s"
    return ""


def run(host: Host) -> str:
    """There is a run, and it is where it was when the process before ended."""
    return "" if host.state in (HostState.RUNNING, HostState.ENDED) else f"the fleet is {host.state}"


def draining(host: Host) -> str:
    """Nobody has asked for the end."""
    return "the server is stopping" if host.closing.is_set() else ""


def state(host: Host) -> str:
    """What the run comes to can be kept."""
    if host.folder is None:
        return "not open yet"
    present = host.present
    kept = present.state if present is not None else None
    if kept is not None and kept.problem:
        return kept.problem
    disk = shutil.disk_usage(host.folder.path)
    if disk.free < disk.total * LEAST_FREE:
        return f"{disk.free / disk.total:.1%} of the disk is free; at least {LEAST_FREE:.0%} has to be"
    return ""


def spool(host: Host) -> str:
    """What sinks accept can be written down."""
    present = host.present
    troubles = [f"{each.trouble}" for each in spools(present)] if present is not None else []
    return "; ".join(trouble for trouble in troubles if trouble)


def zombies(host: Host) -> str:
    """Not too many threads have been abandoned."""
    count = host.pulse.zombies
    return f"{count} threads do not end; at most {MOST_ZOMBIES} may" if count > MOST_ZOMBIES else ""


LIVE: Final[Mapping[str, Check]] = {"ping": ping, "scheduler": scheduler}
READY: Final[Mapping[str, Check]] = {
    "ping": ping,
    "scheduler": scheduler,
    "run": run,
    "draining": draining,
    "state": state,
    "spool": spool,
    "zombies": zombies,
}


def notes(host: Host) -> list[str]:
    """What is worth knowing and no reason to act: sinks whose far end is down, files that were set aside."""
    found = []
    if host.folder is not None:
        found += [f"state: {name} was damaged and set aside" for name in host.folder.db.aside]
        if (number := host.folder.db.get("damaged checkpoint")) is not None:
            found.append(f"state: checkpoint {number} was damaged; an earlier one was used")
    if host.present is not None:
        found += [f"sink {sink.name}: {sink.problem}" for sink in host.present.sinks if sink.problem]
        found += [f"sink {sink.name}: {loss}" for sink in host.present.sinks if (loss := _loss(sink))]
    return found


def _loss(sink: object) -> str:
    return str(getattr(getattr(sink, "lane", None), "loss", "") or "")


def look(checks: Mapping[str, Check], host: Host) -> dict[str, str]:
    """Every check with what is wrong."""
    return {name: _carefully(check, host) for name, check in checks.items()}


def _carefully(check: Check, host: Host) -> str:
    try:
        return check(host)
    except OSError as error:
        return str(error)
