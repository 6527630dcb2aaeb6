"""A small stage for tests of devices and sensors: a body that is a straight line, real actors, virtual time."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from actors.device import Device, DeviceMemory, Outlets
from actors.device.memory import SensorFact
from actors.device.schedule import NS_PER_S, Grid
from actors.sensor import Sensor, SensorMemory
from engine.actor import DispatchedActor
from engine.dispatcher import Dispatcher
from engine.supervision import DEVICE_BACKOFF, SENSOR_BACKOFF, ChildSpec
from schemas.addresses import JOURNAL, device_address, sensor_address, sink_address
from schemas.quantities import QUANTITIES, UNITS
from schemas.readings import Frame, Reading, Truth, WearTruth

MS = 1_000_000


class LineBody:
    """Every quantity is the tick plus a tenth of its place; health and symptoms are what the test says."""

    def __init__(self) -> None:
        self.tick = 0
        self.healthy = 1.0
        self.signs: tuple[str, ...] = ()
        self.break_at: int | None = None
        self.raise_at: int | None = None
        self.settings: dict[str, Any] = {}
        self.advances: list[int] = []
        self.reboots = 0
        self.mute_ticks: range = range(0)
        self.reset_ticks: tuple[int, ...] = ()

    def advance(self, to_tick: int) -> None:
        if self.raise_at is not None and to_tick >= self.raise_at:
            self.raise_at = None
            raise ArithmeticError("the body's code is wrong")
        self.advances.append(to_tick)
        self.tick = to_tick

    def clean(self) -> tuple[float | None, ...]:
        return tuple(self.tick + index / 10 for index in range(len(QUANTITIES)))

    def extras(self) -> Mapping[str, float]:
        return {}

    def throttled(self) -> int | None:
        return None

    def symptoms(self) -> tuple[str, ...]:
        return self.signs

    def muted(self) -> bool:
        return self.tick in self.mute_ticks

    def resets(self) -> tuple[int, int]:
        past = [tick for tick in self.reset_ticks if tick < self.tick]
        return len(past), past[-1] if past else 0

    def wear(self) -> tuple[WearTruth, ...]:
        return (WearTruth("line", 1 - self.healthy, self.healthy, 100.0),)

    def health(self) -> float:
        return self.healthy

    def rul_s(self) -> float | None:
        return 100.0

    def broken(self) -> str | None:
        return "line" if self.break_at is not None and self.tick >= self.break_at else None

    def hurt(self, mode: str, damage: float) -> None:
        if mode != "line":
            raise ValueError(f"mode: found '{mode}'; allowed: line")
        self.healthy = min(self.healthy, 1 - damage)

    def repair(self, mode: str | None) -> tuple[str, ...]:
        self.healthy, self.break_at = 1.0, None
        return ("line",)

    def set(self, name: str, value: float | int | str | bool) -> None:
        if name not in {"demand", "powered"}:
            raise ValueError(f"name: found '{name}'; allowed: demand, powered")
        self.settings[name] = value

    def reboot(self) -> None:
        self.reboots += 1

    def snapshot(self) -> bytes:
        return str(self.tick).encode()

    def restore(self, data: bytes) -> None:
        self.tick = int(data)


class Plain:
    """An instrument that says what is true."""

    def measure(self, clean: float | None, z: float) -> float | None:
        return clean


class Plus:
    """A sensor fault that adds a number; drops or doubles readings when told to."""

    def __init__(self, add: float = 0.0, copies: int = 1) -> None:
        self.add = add
        self.copies = copies

    def apply(self, reading: Reading, clean: float | None, step: int) -> tuple[Reading, ...]:
        value = None if reading.value is None else reading.value + self.add
        return (reading._replace(value=value),) * self.copies


class Collector(DispatchedActor):
    """Keeps what it is told."""

    def __init__(self, kept: list[Any]) -> None:
        super().__init__()
        self._kept = kept

    def on_receive(self, message: Any) -> None:
        self._kept.append(message)


class Troupe:
    """One device with six sensors on a dispatcher; frames, truths and journal entries are collected."""

    def __init__(
        self,
        *,
        interval_ns: int = NS_PER_S,
        intervals_ns: Mapping[Any, int] | None = None,
        phase_ms: int = 0,
        boot_s: float = 3.0,
        truth: bool = True,
        id: str = "pi-1",
        dispatcher: Dispatcher | None = None,
    ) -> None:
        self.dispatcher = dispatcher or Dispatcher()
        self.said: list[Any] = []
        self.events: list[Any] = []
        self.faults: dict[str, Callable[[Any], Plus]] = {
            "plus": lambda given: Plus(float(given.get("add", 1.0))),
            "drop": lambda given: Plus(copies=0),
            "double": lambda given: Plus(copies=2),
        }
        self.body = LineBody()
        self.id = id
        endpoint = self.dispatcher.directory.endpoint
        if not endpoint(JOURNAL).alive:
            self.dispatcher.spawn(JOURNAL, 1, lambda: Collector.start(self.events))
        self.dispatcher.spawn(sink_address(id), 1, lambda: Collector.start(self.said))
        out = (endpoint(sink_address(id)),)
        self.outlets = Outlets(out, out if truth else (), endpoint(JOURNAL))
        facts = tuple(SensorFact(q, i, sensor_address(id, q)) for i, q in enumerate(QUANTITIES))
        self.memory = DeviceMemory(
            id=id,
            kind="line",
            labels={"site": "lab"},
            body=self.body,
            grid=Grid(phase_ms * MS),
            sensors=facts,
            intervals_ns=dict(intervals_ns or dict.fromkeys(QUANTITIES, interval_ns)),
            boot_ns=round(boot_s * NS_PER_S),
            make_fault=self.make_fault,
            settable={"demand", "powered"},
        )
        self.sensors = {
            fact.address: SensorMemory(
                fact.name, fact.name, UNITS[QUANTITIES[fact.place]], Plain(), (1, 2), 3, phase_ms * MS
            )
            for fact in facts
        }

    def make_fault(self, *, fault: str, parameters: Mapping[str, Any], **_: Any) -> Any:
        if fault not in self.faults:
            raise ValueError(f"fault: found '{fault}'; allowed: {', '.join(self.faults)}")
        return self.faults[fault](parameters)

    def start_device(self, address: str, generation: int) -> Any:
        return Device.start(self.memory, self.outlets)

    def start_sensor(self, address: str, generation: int) -> Any:
        return Sensor.start(self.sensors[address], self.dispatcher.directory.endpoint(device_address(self.id)))

    def children(self) -> list[ChildSpec]:
        owner = device_address(self.id)
        return [ChildSpec(owner, self.start_device, backoff=DEVICE_BACKOFF)] + [
            ChildSpec(address, self.start_sensor, backoff=SENSOR_BACKOFF, part_of=owner) for address in self.sensors
        ]

    def alone(self) -> "Troupe":
        """Start device and sensors without a supervisor."""
        for spec in self.children():
            self.dispatcher.spawn(spec.address, 1, partial(spec.factory, spec.address, 1))
        return self

    def run_to(self, second: float) -> "Troupe":
        """Live every instant before this second."""
        self.dispatcher.run(round(second * NS_PER_S))
        return self

    def send(self, command: Any) -> Any:
        """Ask the device to carry out a command, at the present instant."""
        return self.dispatcher.directory.endpoint(device_address(self.id)).cell.ref.ask(command, timeout=5)

    @property
    def frames(self) -> list[Frame]:
        return [message for message in self.said if isinstance(message, Frame)]

    @property
    def truths(self) -> list[Truth]:
        return [message for message in self.said if isinstance(message, Truth)]

    def values(self, sensor: str) -> list[float | None]:
        """What one sensor said, frame by frame."""
        return [reading.value for frame in self.frames for reading in frame.readings if reading.sensor == sensor]
