"""The tree that a hardware monitor would serve of a simulated CPU: what real programs that read such trees expect.

Order, texts, ids and formats are those of the monitors' own sources and of two recorded trees: OpenHardwareMonitor 0.9,
LibreHardwareMonitor 0.9.4, 0.9.6 and 0.9.7. A simulated CPU knows the mean of its cores only, so all its cores show it.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np

from engine.hardware.seen import Seen
from engine.hardware.tree import GROUPS

Version = Literal["ohm", "0.9.4", "0.9.6", "0.9.7"]
VERSIONS: Final[tuple[Version, ...]] = get_args(Version)
Culture = Literal["invariant", "de"]
CULTURES: Final[tuple[Culture, ...]] = get_args(Culture)

CORES: Final = 8
"""With two threads each: what the sensors of a simulated CPU's load count."""
BUS_MHZ: Final = 100.0

_FORMATS: Final = MappingProxyType(
    {
        "Voltage": ("{:.3f} V", "voltage"),
        "Power": ("{:.1f} W", "power"),
        "Clock": ("{:.1f} MHz", "clock"),
        "Temperature": ("{:.1f} °C", "temperature"),
        "Load": ("{:.1f} %", "load"),
        "Fan": ("{:.0f} RPM", "fan"),
    }
)
_TEXTS: Final = MappingProxyType({kind: text for text, kind in GROUPS.items()})
_LHM_ORDER: Final = ("Voltage", "Power", "Clock", "Temperature", "Load", "Fan")
_OHM_ORDER: Final = ("Voltage", "Clock", "Temperature", "Load", "Fan", "Power")


class Extremes(NamedTuple):
    """A value with the smallest and the largest since the monitor began to look."""

    least: float | None
    now: float | None
    most: float | None


class Machine(NamedTuple):
    """One simulated computer."""

    name: str
    maker: Literal["intel", "amd"]
    values: Mapping[str, Extremes]
    """By field of `Seen`."""


class _Sensor(NamedTuple):
    type: str
    number: int
    name: str
    quantity: str
    factor: float = 1.0


_NONE: Final = Extremes(None, None, None)
_BUS: Final = Extremes(BUS_MHZ, BUS_MHZ, BUS_MHZ)


def widened(before: Mapping[str, Extremes], seen: Seen) -> dict[str, Extremes]:
    """Extremes with one more look."""
    values = seen._asdict()
    return {name: _widen(before.get(name, _NONE), value) for name, value in values.items()}


def _widen(before: Extremes, value: float | None) -> Extremes:
    if value is None:
        return before._replace(now=None)
    least = value if before.least is None else min(before.least, value)
    most = value if before.most is None else max(before.most, value)
    return Extremes(least, value, most)


def tree_of(machines: Sequence[Machine], computer: str, version: Version, culture: Culture = "invariant") -> Any:
    """The document, ready to be written as JSON."""
    writer = _Writer(version, culture)
    root = writer.node("Sensor", ("Min", "Value", "Max"), "")
    if version == "0.9.7":
        root = {"id": root.pop("id"), "Version": "0.9.7", **root}
    top = writer.node(computer, _EMPTY, "images_icon/computer.png")
    top["Children"] = [node for n, machine in enumerate(machines) for node in _hardware(writer, n, machine)]
    root["Children"] = [top]
    return root


_EMPTY: Final = ("", "", "")


class _Writer:
    """Makes the nodes of one document, numbered in the order in which they are made."""

    def __init__(self, version: Version, culture: Culture) -> None:
        self.version = version
        self._comma = culture == "de"
        self._count = 0

    def node(self, text: str, shown: tuple[str, str, str], picture: str, **more: Any) -> dict[str, Any]:
        """One node, with its keys in the order of the version."""
        number, self._count = self._count, self._count + 1
        least, now, most = shown
        if self.version == "ohm":
            shown_last = {"Min": least, "Value": now, "Max": most, "ImageURL": picture}
            return {"id": number, "Text": text, "Children": [], **shown_last}
        first = {"id": number, "Text": text, "Min": least, "Value": now, "Max": most}
        return {**first, **more, "ImageURL": picture, "Children": []}

    def hardware(self, text: str, id: str, picture: str) -> dict[str, Any]:
        """A piece of hardware; its id is told since 0.9.5."""
        more = {"HardwareId": id} if self.version in ("0.9.6", "0.9.7") else {}
        return self.node(text, _EMPTY, f"images_icon/{picture}.png", **more)

    def groups(self, id: str, sensors: Sequence[_Sensor], machine: Machine) -> Iterator[dict[str, Any]]:
        """The sensors of a piece of hardware, in groups by their type."""
        for kind in _OHM_ORDER if self.version == "ohm" else _LHM_ORDER:
            mine = [sensor for sensor in sensors if sensor.type == kind]
            if mine:
                group = self.node(_TEXTS[kind], _EMPTY, f"images_icon/{_FORMATS[kind][1]}.png")
                group["Children"] = [self._sensor(id, sensor, machine) for sensor in mine]
                yield group

    def _sensor(self, id: str, sensor: _Sensor, machine: Machine) -> dict[str, Any]:
        found = _BUS if sensor.quantity == "bus" else machine.values.get(sensor.quantity, _NONE)
        values = [None if value is None else value * sensor.factor for value in found]
        least, now, most = (self._formatted(sensor.type, value) for value in values)
        more: dict[str, Any] = {}
        if self.version != "ohm":
            more = {"SensorId": f"{id}/{sensor.type.lower()}/{sensor.number}", "Type": sensor.type}
        if self.version in ("0.9.6", "0.9.7"):
            raw = (least, now, most) if self.version == "0.9.6" else [single(value) for value in values]
            more |= dict(zip(("RawMin", "RawValue", "RawMax"), raw, strict=True))
        return self.node(sensor.name, (least, now, most), "images/transparent.png", **more)

    def _formatted(self, kind: str, value: float | None) -> str:
        if value is None:
            return "-"
        text = _FORMATS[kind][0].format(value)
        return text.replace(".", ",") if self._comma else text


def single(value: float | None) -> float | int | None:
    """A number as .NET writes its 32 bits: nine digits, whole ones without a point."""
    if value is None:
        return None
    shown = float(f"{np.float32(value):.9g}")
    return int(shown) if shown == int(shown) else shown


def _hardware(writer: _Writer, number: int, machine: Machine) -> Iterator[dict[str, Any]]:
    """Board and CPU of one machine; a board stands before the CPU, and the fan belongs to the chip on it."""
    several = "" if number == 0 else f" {number}"
    board = writer.hardware(f"{machine.name} board", f"/motherboard{several.strip()}", "mainboard")
    chip_id = "/lpc/nct6687d" if writer.version == "ohm" else f"/lpc/nct6687d/{number}"
    chip = writer.hardware("Nuvoton NCT6687D", chip_id, "chip")
    chip["Children"] = list(writer.groups(chip_id, _BOARD, machine))
    board["Children"] = [chip]
    yield board
    cpu_id = f"/{machine.maker}cpu/{number}"
    cpu = writer.hardware(machine.name, cpu_id, "cpu")
    cpu["Children"] = list(writer.groups(cpu_id, _cpu(machine.maker, writer.version), machine))
    yield cpu


_BOARD: Final = (
    _Sensor("Voltage", 2, "Vcore", "voltage_v"),
    _Sensor("Temperature", 0, "CPU", "temperature_c"),
    _Sensor("Fan", 0, "CPU Fan", "fan_rpm"),
)


def _cpu(maker: str, version: Version) -> list[_Sensor]:
    """The sensors of a CPU of this maker, as this version names and numbers them."""
    cores = range(1, CORES + 1)
    old = version == "ohm"
    intel = maker == "intel"
    name = "CPU Core #{}" if intel or old else "Core #{}"
    found = [
        _Sensor("Voltage", 0, "CPU Core", "voltage_v") if intel else _Sensor("Voltage", 2, "VDDCR", "voltage_v"),
        _Sensor("Power", 0, "CPU Package" if intel or old else "Package", "power_w"),
        _Sensor("Clock", 0, "Bus Speed", "bus"),
        *(_Sensor("Clock", n, name.format(n), "clock_ghz", 1000.0) for n in cores),
        _Sensor("Load", 0, "CPU Total", "load_percent"),
    ]
    if old:
        found += [_Sensor("Load", n, f"CPU Core #{n}", "load_percent") for n in cores]
    else:
        threads = [
            (f"CPU Core #{n} Thread #{t}" if intel else f"CPU Core #{2 * n - 2 + t}") for n in cores for t in (1, 2)
        ]
        found.append(_Sensor("Load", 1, "CPU Core Max", "load_percent"))
        found += [_Sensor("Load", 2 + n, thread, "load_percent") for n, thread in enumerate(threads)]
    return [*found, *_temperatures(intel, old, list(cores))]


def _temperatures(intel: bool, old: bool, cores: Sequence[int]) -> list[_Sensor]:
    """A package, and what each maker's driver shows beside it."""
    names: list[tuple[int, str]]
    if not intel:
        names = [(0, "CPU Package")] if old else [(2, "Core (Tctl/Tdie)"), (3, "Package")]
    elif old:
        names = [*((n - 1, f"CPU Core #{n}") for n in cores), (len(cores), "CPU Package")]
    else:
        shown = [(n + 1, f"CPU Core #{n}") for n in cores]
        names = [(0, "Core Max"), (1, "Core Average"), *shown, (len(cores) + 2, "CPU Package")]
    return [_Sensor("Temperature", index, text, "temperature_c") for index, text in names]
