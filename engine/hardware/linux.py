"""The six quantities among what Linux says of its hardware monitoring chips, and what psutil makes of other systems.

Units of the files are those of the kernel's hwmon interface: m degC, mV, RPM, uW; chips and labels those of its drivers
coretemp, k10temp, nct6775, it87, pwm-fan and cpu_thermal.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from engine.hardware.seen import mean, sane

_CPU_CHIPS: Final = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "soc_thermal", "acpitz")
"""Chips that know the CPU's temperature, the best first."""
_TEMPERATURES: Final = ("package id 0", "tdie", "tctl", "tccd1", "cpu", "")
_VCORE: Final = re.compile(r"\bv?core\b|\bcpu\b|svi2_core|vddcr", re.IGNORECASE)
_CPU_FAN: Final = re.compile(r"\bcpu", re.IGNORECASE)
_FAN_CHIPS: Final = ("pwmfan", "pwm-fan", "nct", "it87", "it86", "w83", "f71", "thinkpad", "dell_smm", "asus")


class Channel(NamedTuple):
    """One channel of a chip."""

    chip: str
    kind: str
    """`temp`, `in`, `fan` or `power`."""
    number: int
    label: str
    value: float
    """In degC, V, RPM or W."""


def temperature_c(channels: Sequence[Channel]) -> float | None:
    """The CPU's temperature."""
    for chip in _CPU_CHIPS:
        mine = [each for each in channels if each.kind == "temp" and each.chip == chip]
        for label in _TEMPERATURES:
            for each in mine:
                if each.label.lower() == label and sane("temperature_c", each.value) is not None:
                    return each.value
        cores = [each.value for each in mine if sane("temperature_c", each.value) is not None]
        if cores:
            return max(cores)
    return None


def voltage_v(channels: Sequence[Channel]) -> float | None:
    """A core's supply: a channel that says so, or the first of a Nuvoton chip, to which boards connect it."""
    for each in channels:
        if each.kind == "in" and _VCORE.search(each.label) and sane("voltage_v", each.value) is not None:
            return each.value
    for each in channels:
        if each.kind == "in" and each.number == 0 and each.chip.startswith("nct67"):
            return sane("voltage_v", each.value)
    return None


def fan_rpm(channels: Sequence[Channel]) -> float | None:
    """The CPU's fan: one that says so, or the first that turns, or one that stands still."""
    fans = [each for each in channels if each.kind == "fan" and sane("fan_rpm", each.value) is not None]
    named = [each for each in fans if _CPU_FAN.search(each.label)]
    ranked = [each for each in fans if each.chip.startswith(_FAN_CHIPS)]
    turning = [each for each in (*named, *ranked, *fans) if each.value > 0.0]
    found = [*named, *turning, *fans]
    return found[0].value if found else None


def power_w(channels: Sequence[Channel]) -> float | None:
    """The CPU's power, of the drivers that measure it."""
    for each in channels:
        if each.kind == "power" and each.chip in {"fam15h_power", "zenpower", "amd_energy", "coretemp"}:
            return sane("power_w", each.value)
    return None


def clock_ghz(frequencies_hz: Iterable[float]) -> float | None:
    """The mean of the cores' clocks."""
    return sane("clock_ghz", mean([hz / 1e9 for hz in frequencies_hz]))


def busy_of(line: str) -> tuple[int, int] | None:
    """Busy and total ticks of the first line of `/proc/stat`; idle and waiting for I/O count as not busy."""
    words = line.split()
    if len(words) < 5 or words[0] != "cpu" or not all(word.isascii() and word.isdigit() for word in words[1:]):
        return None
    # guest time stands in user time already
    ticks = [int(word[:18]) for word in words[1:9]]
    idle = ticks[3] + (ticks[4] if len(ticks) > 4 else 0)
    return sum(ticks) - idle, sum(ticks)


def load_percent(before: tuple[int, int] | None, now: tuple[int, int] | None) -> float | None:
    """The busy share between two looks; nothing at the first one, or when no tick has passed."""
    if before is None or now is None or now[1] <= before[1]:
        return None
    return sane("load_percent", 100.0 * (now[0] - before[0]) / (now[1] - before[1]))
