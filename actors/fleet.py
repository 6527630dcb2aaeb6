"""The fleet: from a scenario's plan to the memories of devices and sensors, and the actors that live on them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from actors.device import Device, DeviceMemory, Outlets
from actors.device.chances import FaultChances, usual
from actors.device.memory import SensorFact, tell_faults
from actors.device.schedule import Grid
from actors.families import CAUSES, DEVICES, FAULTS, LINK, LINKS, SENSORS
from actors.sensor import Sensor, SensorMemory
from actors.starting_wear import wear_at_start
from engine.devices.base import BodySpec
from engine.directory import Directory
from engine.faults.base import fault_stream
from engine.links.base import Through
from engine.streams import Stream, key, word
from engine.supervision import DEVICE_BACKOFF, SENSOR_BACKOFF, ChildSpec
from schemas.addresses import device_address, sensor_address
from schemas.commands import BODY, InjectFault
from schemas.problems import suggest
from schemas.quantities import QUANTITIES
from schemas.readings import FaultRecord, FaultTruth, Frame
from schemas.scenario import DeviceSpec, Scenario

_NS_PER_MS: Final = 1_000_000
_NOISE: Final = "noise"


class Beginner(Protocol):
    """A view of the fleet that wants to know where it begins."""

    def begin(
        self,
        device: str,
        state: str,
        intervals: Mapping[str, int],
        frame: Frame | None,
        faults: tuple[FaultTruth, ...],
    ) -> None: ...


class Fleet:
    """All devices of a run: their memories by id, their sensors' by address, and the specs of their actors."""

    def __init__(
        self,
        scenario: Scenario,
        specs: Iterable[DeviceSpec],
        directory: Directory,
        route: Callable[[DeviceSpec], Outlets],
        *,
        blank: bool = False,
    ) -> None:
        """`blank` bodies are about to be restored from a checkpoint: what they were at birth is not worked out."""
        self._blank = blank
        self._scenario = scenario
        self._directory = directory
        self.devices: dict[str, DeviceMemory] = {}
        self.sensors: dict[str, SensorMemory] = {}
        self._outlets: dict[str, Outlets] = {}
        for spec in specs:
            self._add(spec)
            outlets = self._outlets[spec.id] = route(spec)
            if outlets.faults:
                memory = self.devices[spec.id]
                memory.recorded = memory.records.streamed = True

    def children(self) -> list[ChildSpec]:
        """Every device, each followed by its sensors, as children of one supervisor."""
        children: list[ChildSpec] = []
        for id, memory in self.devices.items():
            owner = device_address(id)
            children.append(ChildSpec(owner, self._start_device, backoff=DEVICE_BACKOFF))
            children.extend(
                ChildSpec(fact.address, self._start_sensor, backoff=SENSOR_BACKOFF, part_of=owner)
                for fact in memory.sensors
            )
        return children

    def addresses(self) -> Iterator[str]:
        """Of every device and every sensor."""
        yield from map(device_address, self.devices)
        yield from self.sensors

    def keep_records(self) -> None:
        """Keep records of faults, whether anybody is told the truth or not."""
        for memory in self.devices.values():
            memory.recorded = True

    def fault_records(self) -> Iterator[FaultRecord]:
        """Every record of a fault so far."""
        for memory in self.devices.values():
            yield from memory.records.all()

    def end_records(self, now_ns: int) -> None:
        """The run is over: whoever is told of faults is told which are in force still. While nobody lives on."""
        for id, memory in self.devices.items():
            if memory.kept_records is not None and self._outlets[id].faults:
                memory.kept_records.end(now_ns)
                tell_faults(memory, self._outlets[id])

    def frames(self) -> int:
        """Frames sent so far, by all devices."""
        return sum(memory.sequence for memory in self.devices.values())

    def readings(self) -> int:
        """Readings sent so far, by all devices."""
        return sum(memory.readings for memory in self.devices.values())

    def sensors_of(self) -> dict[str, tuple[str, ...]]:
        """The names of each device's sensors."""
        return {id: tuple(fact.name for fact in memory.sensors) for id, memory in self.devices.items()}

    def show(self, view: Beginner) -> None:
        """Let a view know how the devices stand before they live, which is after all that an earlier process did."""
        for id, memory in self.devices.items():
            faults = tuple(FaultTruth(each.id, each.sensor, each.fault, each.since_ns) for each in memory.faults)
            view.begin(id, memory.state.value, memory.intervals_ns, memory.frame, faults)

    def digests(self) -> dict[str, str]:
        """The digest of each device's frames."""
        return {id: memory.digest.hex() for id, memory in self.devices.items()}

    def _start_device(self, address: str, _: int) -> Any:
        id = address.partition("/")[2]
        return Device.start(self.devices[id], self._outlets[id])

    def _start_sensor(self, address: str, _: int) -> Any:
        return Sensor.start(self.sensors[address], self._directory.endpoint(address.rpartition("/")[0]))

    def _add(self, spec: DeviceSpec) -> None:
        scenario, group = self._scenario, spec.group
        kind = DEVICES.get(spec.kind)
        origin_ns = scenario.start_ns + phase_ns(scenario.seed, spec)
        body = kind.build(
            BodySpec(
                device=spec.id,
                seed=scenario.seed,
                model=spec.model,
                setup=spec.setup,
                profile=spec.profile,
                room_temperature_c=group.room_temperature_c,
                room_swing_c=group.room_swing_c,
                spread=group.spread,
                wear={} if self._blank else wear_at_start(scenario.seed, spec),
                acceleration=group.acceleration,
                start_ns=origin_ns,
                modes=group.modes,
                fail_on_symptom=group.fail_on_symptom,
                settings=group.settings,
                cold=group.cold,
                blank=self._blank,
            )
        )
        facts = tuple(
            SensorFact(fit.name, QUANTITIES.index(fit.quantity), sensor_address(spec.id, fit.name))
            for fit in kind.sensors
        )
        for fit, fact in zip(kind.sensors, facts, strict=True):
            self.sensors[fact.address] = self._sensor(spec, fit, origin_ns)
        self.devices[spec.id] = DeviceMemory(
            id=spec.id,
            kind=spec.kind,
            labels=spec.labels,
            body=body,
            grid=Grid(origin_ns),
            sensors=facts,
            intervals_ns=_shared(tuple((fact.name, spec.interval_of(fact.name)) for fact in facts)),
            boot_ns=round(kind.boot_s * 1e9),
            make_fault=self._make_fault,
            settable=kind.settable,
        )

        often = group.sensor_faults
        if often is not None and often.per_week:
            kinds = usual(FAULTS.names()) if often.kinds is None else often.kinds
            names = [fact.name for fact in facts]
            chances = FaultChances(scenario.seed, spec.id, often.per_week, names, kinds)
            self.devices[spec.id].chances = chances

    def _sensor(self, spec: DeviceSpec, fit: Any, origin_ns: int) -> SensorMemory:
        seed = self._scenario.seed
        kind = SENSORS.get(fit.sensor)
        return SensorMemory(
            name=fit.name,
            quantity=kind.quantity,
            unit=kind.unit,
            instrument=kind.instrument(spec.model, seed, spec.id, spec.group.spread, fit),
            key=key(seed, f"{spec.id}/{fit.name}"),
            purpose=word(_NOISE),
            origin_ns=origin_ns,
        )

    def _make_fault(
        self,
        *,
        device: str,
        sensor: str,
        fault: str,
        parameters: Mapping[str, Any],
        id: str,
        since_ns: int,
        until_ns: int | None,
    ) -> Any:
        known: Any = LINKS if sensor == LINK else CAUSES if sensor == BODY else FAULTS
        if fault not in known:
            hint = suggest(fault, known.names())
            raise ValueError(f"fault: found '{fault}'; allowed: {', '.join(known.names())}. {hint}".rstrip())
        stream = fault_stream(self._scenario.seed, device, sensor, id)
        if sensor == BODY:
            return CAUSES.get(fault).make(parameters, Through(id, stream, since_ns, until_ns))
        if sensor == LINK:
            return LINKS.get(fault).make(parameters, stream, id, since_ns, until_ns)
        channel = self.sensors[sensor_address(device, sensor)].instrument.channel  # type: ignore[attr-defined]
        return FAULTS.get(fault).make(parameters, stream, id, since_ns, until_ns, channel)


@lru_cache(maxsize=256)
def _shared(intervals_ns: tuple[tuple[str, int], ...]) -> Mapping[str, int]:
    """One mapping for all devices of the same intervals; a command gives a device another one."""
    return dict(intervals_ns)


def phase_ns(seed: int, spec: DeviceSpec) -> int:
    """How far a device's grid of instants lies behind the scenario's start: a whole number of ms below a second."""
    if spec.group.phase == "aligned":
        return 0
    return Stream(seed, spec.id, "phase").integers(0, 1000) * _NS_PER_MS


def declared_faults(specs: Sequence[DeviceSpec]) -> tuple[InjectFault, ...]:
    """The commands that hang the declared faults into their sensors, in the order of the plan."""
    return tuple(
        InjectFault(
            device=spec.id,
            sensor=fault.sensor,
            fault=fault.fault,
            parameters=fault.parameters,
            duration_ns=fault.for_ns,
            id=None if fault.id is None else f"{spec.id}/{fault.id}",
        )
        for spec in specs
        for fault in spec.group.faults
    )
