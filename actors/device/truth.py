"""Truth: what is really so about a device at the instant of its newest frame."""

from actors.device.memory import DeviceMemory
from schemas.readings import FaultTruth, Truth


def truth_of(memory: DeviceMemory) -> Truth:
    """The truth that belongs to the newest frame; needs at least one frame."""
    frame = memory.frame
    if frame is None:
        raise ValueError(f"{memory.id}: no frame yet, so no truth")
    body = memory.body
    clean = memory.shown
    return Truth(
        device=memory.id,
        sequence=frame.sequence,
        time_ns=frame.time_ns,
        state=memory.state.value,
        health=body.health(),
        rul_s=body.rul_s(),
        wear=body.wear(),
        faults=tuple(FaultTruth(fault.id, fault.sensor, fault.fault, fault.since_ns) for fault in memory.faults),
        symptoms=body.symptoms(),
        clean=tuple((fact.name, clean[fact.place]) for fact in memory.sensors),
    )
