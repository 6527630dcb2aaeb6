"""Truth: what is really so about a device at the instant of its newest frame."""

from actors.device.memory import DeviceMemory
from actors.device.records import InForce
from schemas.readings import FaultTruth, Truth, WearTruth


def in_force(memory: DeviceMemory) -> list[InForce]:
    """The injected faults, as their records need to know them."""
    return [
        InForce(fault.id, fault.sensor, fault.fault, fault.since_ns, getattr(fault.effect, "first_ns", fault.since_ns))
        for fault in memory.faults
    ]


def truth_of(memory: DeviceMemory, wear: tuple[WearTruth, ...] | None = None) -> Truth:
    """The truth that belongs to the newest frame; needs at least one frame. `wear` if it is at hand already."""
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
        wear=body.wear() if wear is None else wear,
        faults=tuple(FaultTruth(fault.id, fault.sensor, fault.fault, fault.since_ns) for fault in memory.faults),
        symptoms=body.symptoms(),
        records=memory.records.told,
        dominant=memory.records.dominant,
        clean=tuple((fact.name, clean[fact.place]) for fact in memory.sensors),
    )
