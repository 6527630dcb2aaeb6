"""From what the fleet answers to what the API shows: devices, faults, truths."""

from collections.abc import Mapping
from typing import Final

from api.models.devices import DeviceDetail, DeviceItem, FaultItem, Settable, TruthItem, WearItem
from api.run import Run
from schemas.durations import format_duration
from schemas.queries import DeviceView, FaultView, FleetView
from schemas.readings import Truth
from schemas.scenario import DeviceSpec

_UNKNOWN: Final = "provisioned"


def item(spec: DeviceSpec, view: FleetView) -> DeviceItem:
    """One device in a list."""
    frame, truth = view.frames.get(spec.id), view.truths.get(spec.id)
    return DeviceItem.model_construct(
        id=spec.id,
        kind=spec.kind,
        group=spec.group.name,
        model=spec.model,
        setup=spec.setup,
        state=view.states.get(spec.id, _UNKNOWN),
        health=None if truth is None else truth.health,
        rul_s=None if truth is None else truth.rul_s,
        labels=dict(spec.labels),
        sequence=None if frame is None else frame.sequence,
        time=None if frame is None else frame.time_ns,
        faults=len(view.faults.get(spec.id, ())),
        throttled=None if frame is None else frame.throttled,
        symptoms=() if truth is None else truth.symptoms,
        readings={} if frame is None else {reading.sensor: reading.value for reading in frame.readings},
    )


def detail(run: Run, spec: DeviceSpec, device: DeviceView, parameters: Mapping[str, object]) -> DeviceDetail:
    """One device with all that is known of it, as it answered itself."""
    frame, truth = device.frame, device.truth
    kind = run.kind(spec.kind)
    return DeviceDetail(
        id=spec.id,
        kind=spec.kind,
        group=spec.group.name,
        model=spec.model,
        setup=spec.setup,
        state=device.state,
        health=None if truth is None else truth.health,
        rul_s=None if truth is None else truth.rul_s,
        labels=dict(spec.labels),
        sequence=None if frame is None else frame.sequence,
        time=None if frame is None else frame.time_ns,
        faults=len(device.faults),
        throttled=None if frame is None else frame.throttled,
        symptoms=() if truth is None else truth.symptoms,
        readings={} if frame is None else {reading.sensor: reading.value for reading in frame.readings},
        cause=device.cause,
        intervals={sensor: format_duration(interval) for sensor, interval in device.intervals_ns},
        digest=device.digest,
        truth=None if truth is None else truth_item(truth),
        faults_in_force=tuple(fault_item(spec.id, fault) for fault in device.hanging),
        modes=run.modes(spec),
        settable=tuple(
            Settable(name=name, allowed=allowed, value=_scalar(parameters.get(name, spec.group.settings.get(name))))
            for name, allowed in kind.settable.items()
            if spec.model in kind.only_models.get(name, (spec.model,))
        ),
    )


def truth_item(truth: Truth) -> TruthItem:
    """The truth of one device."""
    return TruthItem.model_construct(
        device=truth.device,
        sequence=truth.sequence,
        time=truth.time_ns,
        state=truth.state,
        health=truth.health,
        rul_s=truth.rul_s,
        wear=tuple(
            WearItem(mode=part.mode, damage=part.damage, event_state=part.event_state, rul_s=part.rul_s)
            for part in truth.wear
        ),
        faults=tuple(fault_name(truth.device, fault.id) for fault in truth.faults),
        symptoms=truth.symptoms,
        clean=dict(truth.clean),
    )


def fault_item(device: str, fault: FaultView) -> FaultItem:
    """One sensor fault."""
    return FaultItem(
        id=fault_name(device, fault.id),
        device=device,
        sensor=fault.sensor,
        fault=fault.fault,
        since=fault.since_ns,
        until=fault.until_ns,
        parameters=dict(fault.parameters),
    )


def fault_name(device: str, id: str) -> str:
    """What a fault is called in all of the fleet: some devices' faults bear the device's name already."""
    return id if id.startswith(f"{device}/") else f"{device}/{id}"


def _scalar(value: object) -> bool | int | float | str | None:
    return value if isinstance(value, bool | int | float | str) else None
