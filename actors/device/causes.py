"""Common causes at one device: which have arrived, and what they do to its body together."""

from actors.device.memory import DeviceMemory
from engine.causes.base import Cause, Disturbable, together
from schemas.commands import BODY


def check_cause(memory: DeviceMemory, cause: Cause) -> None:
    """`ValueError` when a cause cannot act on this device's body."""
    body = memory.body
    if not isinstance(body, Disturbable):
        raise ValueError(f"sensor: found '{BODY}'; allowed: a sensor, as no cause can act on a {memory.kind}")
    cause.check(body)


def let_causes_act(memory: DeviceMemory, now_ns: int) -> None:
    """Let the causes that have arrived by now, and no others, act on the body; it must have lived up to now."""
    body = memory.body
    if not isinstance(body, Disturbable):
        return
    arrived = [fault.effect for fault in memory.faults if fault.sensor == BODY and fault.since_ns <= now_ns]
    body.disturb(together(arrived))
    for cause in arrived:
        if not cause.struck:
            cause.struck, cause.first_ns = True, now_ns
            mode = cause.strike(body)
            if mode is not None:
                memory.records.blame(mode, cause.id)
