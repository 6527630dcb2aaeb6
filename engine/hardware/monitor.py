"""The six quantities among all the sensors that a hardware monitor knows.

Names are those of LibreHardwareMonitor's and OpenHardwareMonitor's own sources (IntelCpu, Amd17Cpu, GenericCpu,
SuperIOHardware); the first that is there is taken. What a CPU does not say of itself is taken from the board's chip.
"""

import re
from collections.abc import Sequence
from typing import Final

from engine.hardware.seen import Seen, mean, sane
from engine.hardware.tree import Sensor

_CPU: Final = "cpu"
_BOARD: Final = frozenset({"chip", "mainboard"})
_CORE: Final = re.compile(r"(?:CPU |P-|E-|LP E-)?Core #\d+")
"""One core; its twins `Core #1 (Effective)`, `Core #1 VID` and `CPU Core #1 Distance to TjMax` are something else."""
_THREAD: Final = re.compile(r"(?:CPU |P-|E-|LP E-)?Core #\d+(?: Thread #\d+)?")

_TEMPERATURE: Final = (
    *("CPU Package", "Core (Tctl/Tdie)", "Core (Tctl)", "Core (Tdie)", "Package", "CPU Cores", "CCDs Max (Tdie)"),
    *("CCD1 (Tdie)", "Core Max", "Core Average"),
)
_POWER: Final = ("CPU Package", "Package", "Total Power", "CPU Cores", "CPU Total")
_VOLTAGE: Final = ("CPU Core", "VDDCR", "Core (SVI2 TFN)", "CPU VCore")
_BOARD_VOLTAGE: Final = ("Vcore", "CPU VCore", "CPU Core", "VCore", "CPU Vcore")
_CLOCK: Final = ("Cores (Average)",)
_FAN: Final = ("CPU Fan", "CPU", "CPU Fan #1", "CPU1", "Fan CPU", "Fan #1")


def six_of(sensors: Sequence[Sensor]) -> Seen:
    """The six quantities of the first CPU; what cannot be a value of a machine counts as not said."""
    cpu = [sensor for sensor in sensors if sensor.hardware == _CPU]
    board = [sensor for sensor in sensors if sensor.hardware in _BOARD]
    return Seen(
        temperature_c=_temperature(cpu, board),
        power_w=_named("power_w", cpu, "Power", _POWER),
        load_percent=_load(cpu),
        voltage_v=_voltage(cpu, board),
        fan_rpm=_fan(cpu, board, sensors),
        clock_ghz=_clock(cpu),
    )


def _named(quantity: str, sensors: Sequence[Sensor], kind: str, names: Sequence[str]) -> float | None:
    """The value of the first name that has a sensible one."""
    for name in names:
        for sensor in sensors:
            if sensor.name == name and sensor.type == kind:
                value = sane(quantity, _si(sensor))
                if value is not None:
                    return value
    return None


def _cores(quantity: str, sensors: Sequence[Sensor], kind: str, pattern: re.Pattern[str] = _CORE) -> list[float]:
    """What the cores say, each by itself."""
    found = (sane(quantity, _si(each)) for each in sensors if each.type == kind and pattern.fullmatch(each.name))
    return [value for value in found if value is not None]


def _si(sensor: Sensor) -> float:
    """In the product's unit: GHz of MHz, degC of degF."""
    if sensor.type == "Clock":
        return sensor.value / 1000.0
    return (sensor.value - 32.0) / 1.8 if sensor.unit == "°F" else sensor.value


def _temperature(cpu: Sequence[Sensor], board: Sequence[Sensor]) -> float | None:
    found = _named("temperature_c", cpu, "Temperature", _TEMPERATURE)
    if found is None:
        found = max(_cores("temperature_c", cpu, "Temperature"), default=None)
    return _named("temperature_c", board, "Temperature", ("CPU", "CPU Core")) if found is None else found


def _load(cpu: Sequence[Sensor]) -> float | None:
    found = _named("load_percent", cpu, "Load", ("CPU Total",))
    return mean(_cores("load_percent", cpu, "Load", _THREAD)) if found is None else found


def _voltage(cpu: Sequence[Sensor], board: Sequence[Sensor]) -> float | None:
    """A core's supply; a start-up zero of the CPU gives way to what the board measures."""
    found = _named("voltage_v", cpu, "Voltage", _VOLTAGE) or _named("voltage_v", board, "Voltage", _BOARD_VOLTAGE)
    if not found:
        wanted = [each for each in cpu if each.type == "Voltage" and each.name.removesuffix(" VID") != each.name]
        found = mean(_cores("voltage_v", cpu, "Voltage")) or mean([each.value for each in wanted])
    return sane("voltage_v", found)


def _fan(cpu: Sequence[Sensor], board: Sequence[Sensor], sensors: Sequence[Sensor]) -> float | None:
    for place in (cpu, board, sensors):
        found = _named("fan_rpm", place, "Fan", _FAN)
        if found is not None:
            return found
    return None


def _clock(cpu: Sequence[Sensor]) -> float | None:
    """The mean of the cores' clocks; the bus is none of them."""
    found = mean(_cores("clock_ghz", cpu, "Clock"))
    return _named("clock_ghz", cpu, "Clock", _CLOCK) if found is None else found
